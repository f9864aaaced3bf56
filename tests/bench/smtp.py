"""The two SMTP ends of the bench: a client that keeps its connections, and a sink that notes when what arrived."""

import asyncio
import re
import time
from collections.abc import Sequence
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

from tests.bench.mails import Sample

_SUBJECT_NUMBER = re.compile(r"\[#(\d+)\]")


async def send_all(host: str, port: int, to: str, mails: Sequence[Sample], connections: int) -> dict[str, float]:
    """Send as fast as the server takes them; returns the moment (perf_counter) of each mail's 250 by Message-ID."""
    answered: dict[str, float] = {}
    queue = list(reversed(mails))

    async def one() -> None:
        client = await Client.connect(host, port)
        while queue:
            mail = queue.pop()
            await client.send(mail.sender, to, mail.raw)
            answered[mail.message_id] = time.perf_counter()
        await client.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return answered


async def send_paced(host: str, port: int, to: str, mails: Sequence[Sample], per_s: float) -> dict[str, float]:
    """Send at a steady rate over one connection."""
    answered: dict[str, float] = {}
    client = await Client.connect(host, port)
    begun = time.perf_counter()
    for place, mail in enumerate(mails):
        await asyncio.sleep(max(0.0, begun + place / per_s - time.perf_counter()))
        await client.send(mail.sender, to, mail.raw)
        answered[mail.message_id] = time.perf_counter()
    await client.close()
    return answered


class Client:
    """A bare SMTP client: little work of its own, so that the server is what is measured."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, host: str, port: int) -> "Client":
        """Connect and say EHLO."""
        client = cls(*await asyncio.open_connection(host, port))
        await client._expect(b"2")
        await client._say(b"EHLO bench\r\n", b"2")
        return client

    async def send(self, sender: str, to: str, raw: bytes) -> None:
        """One mail; returns at its 250. Raises `RuntimeError` with any other answer."""
        await self._say(f"MAIL FROM:<{sender}>\r\n".encode(), b"2")
        await self._say(f"RCPT TO:<{to}>\r\n".encode(), b"2")
        await self._say(b"DATA\r\n", b"3")
        await self._say(raw.replace(b"\r\n.", b"\r\n..") + b".\r\n", b"2")

    async def close(self) -> None:
        """Say QUIT."""
        await self._say(b"QUIT\r\n", b"2")
        self._writer.close()

    async def _say(self, line: bytes, expected: bytes) -> None:
        self._writer.write(line)
        await self._writer.drain()
        await self._expect(expected)

    async def _expect(self, expected: bytes) -> None:
        while True:
            line = await self._reader.readline()
            if not line.startswith(expected):
                raise RuntimeError(f"the server answered {line!r}")
            if line[3:4] != b"-":
                return


class Sink:
    """Takes and counts every mail; when it `reads` them it also notes (recipient, ticket number) → moment."""

    def __init__(self) -> None:
        self.count = 0
        self.reads = False
        self.arrived: dict[tuple[str, int], float] = {}
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self, port: int) -> None:
        """Listen on loopback."""
        self.port = port
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=2**20)

    async def stop(self) -> None:
        """Stop listening, and hang up: senders keep connections for their next mail."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go\r\n")
                    self._note(await reader.readuntil(b"\r\n.\r\n"))
                    writer.write(b"250 kept\r\n")
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                elif verb == b"EHLO":
                    writer.write(b"250-sink\r\n250-8BITMIME\r\n250 PIPELINING\r\n")
                else:
                    writer.write(b"250 ok\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        self._open.discard(writer)
        writer.close()

    def _note(self, raw: bytes) -> None:
        self.count += 1
        if not self.reads:
            return
        arrived = time.perf_counter()
        head = message_from_bytes(raw[: raw.find(b"\r\n\r\n")])
        number = _SUBJECT_NUMBER.search(str(make_header(decode_header(head["Subject"]))))
        if number:
            self.arrived[parseaddr(head["To"])[1].lower(), int(number[1])] = arrived
