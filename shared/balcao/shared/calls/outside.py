"""One HTTP call to somebody else's server: names are looked up and judged at the moment of connecting, redirects are
not followed, time and answer are bounded."""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore
import structlog

from balcao.shared.calls.reach import Reach, TargetRefused
from balcao.shared.clock import now

MOST_ANSWER_BYTES = 256 * 1024
"""Of an answer that is read; what is longer is cut."""
MOST_EXCERPT = 2_000
LONGEST_RETRY_AFTER_S = 86_400.0
_KEEP_OPEN_S = 5.0
_MOST_CONNECTIONS = 100

_log = structlog.get_logger()


@dataclass(frozen=True)
class Request:
    """What is sent."""

    url: str
    body: bytes = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a call went. Without a `status` there was no answer, and `reason` says why."""

    status: int | None
    reason: str = ""
    content: bytes = b""
    """The answer, cut at 256 KiB."""
    duration_ms: int = 0
    retry_after_s: float | None = None
    """How long the other side asked us to wait."""

    @property
    def ok(self) -> bool:
        """Whether the other side took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def excerpt(self) -> str:
        """The beginning of the answer, for people who look at the log."""
        return self.content[: MOST_EXCERPT * 4].decode("utf-8", "replace")[:MOST_EXCERPT]


class Outside:
    """Makes calls. One for a process; connections are kept open for a moment."""

    def __init__(self, reach: Reach, *, timeout_s: float = 15.0, trusted: ssl.SSLContext | None = None) -> None:
        self.reach = reach
        self.timeout_s = timeout_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted or httpcore.default_ssl_context(),
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=_MOST_CONNECTIONS // 2,
            keepalive_expiry=_KEEP_OPEN_S,
            network_backend=_Judged(reach),
        )

    async def call(self, request: Request) -> Outcome:
        """Make the call, within `timeout_s` from the look-up to the end of the answer. Raises nothing for trouble on
        the way: the outcome says it."""
        begun = time.perf_counter()
        try:
            self.reach.check(request.url)
            async with asyncio.timeout(self.timeout_s):
                outcome = await self._send(request)
        except TargetRefused as error:
            outcome = Outcome(None, error.message)
        except TimeoutError:
            outcome = Outcome(None, f"no answer within {self.timeout_s:g} s")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            outcome = Outcome(None, _in_words(error))
        took = round((time.perf_counter() - begun) * 1000)
        return Outcome(outcome.status, outcome.reason, outcome.content, took, outcome.retry_after_s)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _send(self, request: Request) -> Outcome:
        headers = {"user-agent": "Balcao/1", "accept": "application/json", **request.headers}
        raw = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()]
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self.timeout_s)
        async with self._pool.stream(
            request.method,
            request.url,
            headers=[(b"content-length", str(len(request.body)).encode()), *raw],
            content=request.body,
            extensions={"timeout": limits},
        ) as response:
            content = b""
            async for piece in response.aiter_stream():
                content += piece
                if len(content) >= MOST_ANSWER_BYTES:
                    content = content[:MOST_ANSWER_BYTES]
                    break
            reason = "" if response.status < 300 else _refusal(response.status)
            return Outcome(response.status, reason, content, retry_after_s=_retry_after(response.headers))


class _Judged(httpcore.AsyncNetworkBackend):
    """Connects to addresses that may be reached, and to the very address that was judged: a name that leads somewhere
    else a moment later (DNS rebinding) gains nothing."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._net = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        allowed = [one for one in dict.fromkeys(addresses) if self._reach.allows(one)]
        if not allowed:
            _log.warning("call.target_refused")
            raise TargetRefused(f"{host} leads to an address inside a private network")
        trouble: Exception | None = None
        for address in allowed[:3]:
            try:
                return await self._net.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        assert trouble is not None
        raise trouble

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise TargetRefused("no call goes to a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _refusal(status: int) -> str:
    return "redirects are not followed" if 300 <= status < 400 else f"answered {status}"


def _retry_after(headers: list[tuple[bytes, bytes]]) -> float | None:
    """The wait that the other side asked for (RFC 9110, 10.2.3), bounded; none when it said nothing we understand."""
    value = next((value.decode("latin-1") for name, value in headers if name.lower() == b"retry-after"), "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_RETRY_AFTER_S)
    try:
        wait = (parsedate_to_datetime(value) - now()).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(wait, 0.0), LONGEST_RETRY_AFTER_S)


def _in_words(error: Exception) -> str:
    """What went wrong on the way; the name of the error where it has no words."""
    return f"{type(error).__name__}: {error}"[:300].rstrip(": ")
