"""Somebody else's HTTP server on loopback: answers as a test wants and remembers all that it was sent."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn


@dataclass(frozen=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[Received], Reply | Awaitable[Reply]]


def fine(_: Received) -> Reply:
    """200 to everything."""
    return Reply()


@dataclass
class OutsideServer:
    """The server, as a test sees and sets it."""

    url: str
    received: list[Received] = field(default_factory=list)
    answer: Answering = fine

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Take one request (ASGI)."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode("latin-1"): value.decode("utf-8") for name, value in scope["headers"]}
        query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
        request = Received(scope["method"], scope["path"] + query, headers, body)
        self.received.append(request)
        reply = self.answer(request)
        if not isinstance(reply, Reply):
            reply = await reply
        raw = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        await send({"type": "http.response.body", "body": reply.body})


@asynccontextmanager
async def outside_server() -> AsyncIterator[OutsideServer]:
    """The server, listening on loopback until the block ends."""
    listening = _listen()
    there = OutsideServer(f"http://127.0.0.1:{listening.getsockname()[1]}")
    config = uvicorn.Config(there, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield there
    finally:
        server.should_exit = True
        await serving


def _listen() -> socket.socket:
    """A socket on a free port below 32768."""
    for port in range(22000, 32000, 11):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError:
            listening.close()
        else:
            return listening
    raise RuntimeError("no free port")
