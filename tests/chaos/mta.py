"""A mail server that has mails for us and, as real ones do, tries again until it hears 250."""

import asyncio
import random
from dataclasses import dataclass
from typing import Literal

from tests.chaos.record import Record

_PATIENCE_S = 40.0
"""For one answer. Longer than the server's own patience with its store, so that its 451 is heard."""
_AT_ONCE = 8


@dataclass(frozen=True)
class Mail:
    """A mail to send."""

    sender: str
    to: str
    message_id: str
    raw: bytes


class Refused(Exception):
    """The server answered something else than was hoped for."""

    def __init__(self, line: bytes) -> None:
        super().__init__(line.decode("utf-8", "replace").strip())
        self.code = int(line[:3]) if line[:3].isdigit() else 0


class Mta:
    """Sends every mail until it is accepted, however often the server dies meanwhile."""

    def __init__(self, host: str, port: int, record: Record, seed: int) -> None:
        self._address = (host, port)
        self._record = record
        self._chance = random.Random(seed)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def send(self, mail: Mail, answer_lost: Literal["", "before", "after"] = "") -> None:
        """Return at the mail's 250, or when it was refused for good, which is noted as a trouble.

        With `answer_lost` the connection breaks at the first try once the whole mail was sent: before the answer comes,
        or as if the answer had been lost on its way. Either way the mail is sent again, the very same.
        """
        wait_s = 0.2
        while True:
            async with self._turns:
                outcome = await self._try(mail, answer_lost)
            self._record.smtp[outcome] += 1
            if outcome in ("250", "bounced"):
                return
            answer_lost = ""
            await asyncio.sleep(wait_s * self._chance.uniform(0.7, 1.3))
            wait_s = min(wait_s * 1.6, 2.0)

    async def _try(self, mail: Mail, answer_lost: str) -> str:
        writer: asyncio.StreamWriter | None = None
        handed_over = False
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(*self._address)
            conversation = _Conversation(reader, writer)
            await conversation.until_data(mail)
            await conversation.hand_over(mail.raw)
            handed_over = True
            self._record.handed_over[mail.message_id] += 1
            if answer_lost == "before":
                return "answer lost"
            await conversation.expect(b"2")
            self._record.accepted[mail.message_id] += 1
            return "answer lost" if answer_lost else "250"
        except Refused as refusal:
            if refusal.code >= 500:
                self._record.troubles.append(f"mail {mail.message_id} was refused for good: {refusal}")
                return "bounced"
            return str(refusal.code)
        except TimeoutError:
            return "no answer in time"
        except OSError as error:
            if writer is None:
                return "refused connection"
            return "answer lost" if handed_over else f"dropped ({type(error).__name__})"
        finally:
            if writer is not None:
                writer.transport.abort()


class _Conversation:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def until_data(self, mail: Mail) -> None:
        await self.expect(b"2")
        await self._say(b"EHLO mx.cliente.test\r\n", b"2")
        await self._say(f"MAIL FROM:<{mail.sender}>\r\n".encode(), b"2")
        await self._say(f"RCPT TO:<{mail.to}>\r\n".encode(), b"2")
        await self._say(b"DATA\r\n", b"3")

    async def hand_over(self, raw: bytes) -> None:
        self._writer.write(raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        async with asyncio.timeout(_PATIENCE_S):
            await self._writer.drain()

    async def expect(self, expected: bytes) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                line = await self._reader.readline()
                if not line:
                    raise ConnectionResetError("the server left")
                if not line.startswith(expected):
                    raise Refused(line)
                if line[3:4] != b"-":
                    return

    async def _say(self, line: bytes, expected: bytes) -> None:
        self._writer.write(line)
        await self.expect(expected)
