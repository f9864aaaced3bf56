"""A client that says to an SMTP server exactly what a test wants, byte for byte."""

import asyncio
import contextlib
import random
import socket
import ssl
from types import TracebackType
from typing import Self


def a_free_port() -> int:
    """A port nobody listens on, below those that the system hands out to clients."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


class Client:
    """One connection. `async with Client(port) as client`; the greeting is read and EHLO said."""

    def __init__(self, port: int, greet: str = "EHLO") -> None:
        self._port = port
        self._greet = greet
        self.greeting = ""
        self.offers = ""

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.greeting = await self.answer()
        if self.greeting.startswith("220"):
            self.offers = await self.say(f"{self._greet} cliente.test")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    async def say(self, line: str) -> str:
        """Send a line, return the answer."""
        await self.send(line.encode() + b"\r\n")
        return await self.answer()

    async def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(raw)
        await self._writer.drain()

    async def answer(self) -> str:
        """One answer, all of its lines; empty when the server has hung up."""
        lines = []
        while True:
            line = (await asyncio.wait_for(self._reader.readline(), 40)).decode()
            lines.append(line)
            if line[3:4] != "-":
                return "".join(lines)

    async def hung_up(self) -> bool:
        """Whether the server closes the connection, whatever it says before."""
        with contextlib.suppress(ConnectionError):
            while await asyncio.wait_for(self._reader.read(4096), 40):
                pass
        return True

    async def start_tls(self, trusted: str) -> ssl.SSLObject:
        """Shake hands, trusting this certificate only, and greet again."""
        context = ssl.create_default_context(cafile=trusted)
        await self._writer.start_tls(context, server_hostname="mx.agencia.test", ssl_handshake_timeout=20)
        self.offers = await self.say(f"{self._greet} cliente.test")
        shown = self._writer.get_extra_info("ssl_object")
        assert isinstance(shown, ssl.SSLObject)
        return shown

    async def start_mail(self, *recipients: str, sender: str = "dora@cliente.test") -> str:
        """MAIL, RCPT and DATA; the answer to the last."""
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        for recipient in recipients or ("suporte@agencia.test",):
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")
        return await self.say("DATA")

    async def mail(self, raw: bytes, *recipients: str, sender: str = "dora@cliente.test") -> str:
        """A whole mail, stuffed and ended as it should be; the final answer."""
        assert (await self.start_mail(*recipients, sender=sender)).startswith("354")
        stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
        await self.send(stuffed + (b"" if raw.endswith(b"\r\n") or not raw else b"\r\n") + b".\r\n")
        return await self.answer()
