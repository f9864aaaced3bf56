"""One connection to an IMAP server. Every wait has an end: a peer that is gone is noticed, never waited for."""

import asyncio
import base64
import contextlib
import itertools
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Self

from balcao.intake.imap.responses import (
    ProtocolError,
    Response,
    Value,
    fetched,
    folder_name,
    found_numbers,
    literal_size,
    number,
    quoted,
)

CONNECTED_WITHIN_S = 20.0
ANSWERED_WITHIN_S = 60.0
"""From one piece of an answer to the next; a large mail over a slow line may take as long as it comes on."""
GOODBYE_WITHIN_S = 3.0
_CHUNK = 64 * 1024
_LONGEST_LINE = 2 * 1024 * 1024
_MOST_LINES = 1000
_LATER = (b"UNAVAILABLE", b"INUSE", b"LIMIT")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class CommandRefused(Exception):
    """The server answered NO or BAD. The message is what it said, as far as it may be shown."""

    def __init__(self, command: str, response: Response) -> None:
        super().__init__(f"{command}: {response.text or 'refused'}")
        self.command = command


class ServerBusy(ConnectionError):
    """The server can't do it now and says that it will later (RFC 5530)."""


class LoginRefused(Exception):
    """The server does not take the name and the secret."""


class NotOffered(Exception):
    """The server lacks what the settings ask for."""


class Selected:
    """A folder as SELECT described it. `uid_next` is none where the server does not tell."""

    def __init__(self, responses: Sequence[Response]) -> None:
        codes = {name: _code(responses, name) for name in (b"UIDVALIDITY", b"UIDNEXT")}
        if codes[b"UIDVALIDITY"] is None:
            raise NotOffered("the server does not keep UIDs")
        self.uid_validity = codes[b"UIDVALIDITY"]
        self.uid_next = codes[b"UIDNEXT"]


class Connection:
    """Commands, one at a time. After any error other than `CommandRefused` it is to be closed."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most_literal: int) -> None:
        self._reader = reader
        self._writer = writer
        self._patience_s = ANSWERED_WITHIN_S
        self._most_literal = most_literal
        self._tags = itertools.count(1)
        self._offers: frozenset[bytes] = frozenset()
        self._told = asyncio.Event()

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        *,
        starttls: bool = False,
        most_literal: int,
    ) -> Self:
        """Connect and hear the greeting. With `starttls` TLS begins in the conversation, and nothing goes before it.

        Literals over `most_literal` bytes end the connection. Raises `OSError` (TLS included), `ProtocolError`,
        `NotOffered` and `TimeoutError`.
        """
        async with asyncio.timeout(CONNECTED_WITHIN_S):
            at_once = None if starttls else tls
            reader, writer = await asyncio.open_connection(
                host, port, ssl=at_once, server_hostname=host if at_once else None, limit=_LONGEST_LINE
            )
            connection = cls(reader, writer, most_literal)
            try:
                connection._keep_alive()
                await connection._be_greeted(tls if starttls else None, host)
            except BaseException:
                connection.close()
                raise
            return connection

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye when all went well; hang up in any case."""
        if error is None:
            with contextlib.suppress(OSError, TimeoutError, CommandRefused):
                async with asyncio.timeout(GOODBYE_WITHIN_S):
                    await self._command("LOGOUT")
        self.close()

    def close(self) -> None:
        """Hang up at once."""
        self._writer.transport.abort()

    def offers(self, capability: bytes) -> bool:
        """Whether the server can do something."""
        return capability in self._offers

    async def login(self, user: str, password: str) -> None:
        """Log in by password. Raises `LoginRefused`, `NotOffered`."""
        if self.offers(b"LOGINDISABLED"):
            raise NotOffered("the server takes no password on this connection; it wants TLS")
        try:
            name, secret = quoted(user), quoted(password)
        except (UnicodeEncodeError, ValueError):
            await self._authenticate(b"PLAIN", b"\0" + user.encode() + b"\0" + password.encode())
            return
        try:
            await self._command("LOGIN", name + b" " + secret)
        except CommandRefused as error:
            raise LoginRefused("the server refuses the name or the password") from error
        await self._learn_offers()

    async def login_by_token(self, user: str, token: str) -> None:
        """Log in by an OAuth 2.0 access token. Raises `LoginRefused`, `NotOffered`."""
        if not self.offers(b"AUTH=XOAUTH2"):
            raise NotOffered("the server takes no OAuth 2.0 token (XOAUTH2)")
        await self._authenticate(b"XOAUTH2", f"user={user}\x01auth=Bearer {token}\x01\x01".encode())

    async def select(self, folder: str) -> Selected:
        """Open a folder. Raises `CommandRefused`, `NotOffered`."""
        return Selected(await self._command("SELECT", folder_name(folder)))

    async def create(self, folder: str) -> None:
        """Make a folder unless it is there. Raises `CommandRefused`."""
        there = await self._command("LIST", b'"" ' + folder_name(folder))
        if not any(one.words(1) == [b"LIST"] for one in there):
            await self._command("CREATE", folder_name(folder))

    async def search(self, low: int, high: int | None, criteria: bytes = b"") -> list[int]:
        """The UIDs from `low` to `high` (none: the last) that meet the criteria, ascending."""
        span = b"%d:%s" % (low, b"*" if high is None else b"%d" % high)
        found = found_numbers(
            await self._command("UID SEARCH", b"UID " + span + (b" " + criteria if criteria else b""))
        )
        # "9:*" means the last mail even when that is number 8
        return [uid for uid in found if uid >= low]

    async def last_uid(self) -> int:
        """The UID of the folder's last mail; 0 when there is none."""
        return max(found_numbers(await self._command("UID SEARCH", b"UID *")), default=0)

    async def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """How large mails are, by UID; those that are gone are missing."""
        items = await self._fetch(uids, b"(UID RFC822.SIZE)", (b"RFC822.SIZE",))
        return {uid: size for uid, found in items.items() if (size := number(found[b"RFC822.SIZE"])) is not None}

    async def mails(self, uids: Sequence[int], most_bytes: int) -> dict[int, bytes]:
        """Mails by UID, each cut after `most_bytes`; those that are gone are missing. Nothing is marked as read."""
        items = await self._fetch(uids, b"(UID BODY.PEEK[]<0.%d>)" % most_bytes, (b"BODY[]<0>", b"BODY[]"))
        return _texts(items)

    async def header(self, uid: int, most_bytes: int) -> bytes:
        """A mail's header, cut after `most_bytes`."""
        wanted = b"(UID BODY.PEEK[HEADER]<0.%d>)" % most_bytes
        items = await self._fetch((uid,), wanted, (b"BODY[HEADER]<0>", b"BODY[HEADER]"))
        return _texts(items).get(uid, b"")[:most_bytes]

    async def add_flags(self, uids: Sequence[int], flags: bytes) -> None:
        """Put flags on mails, such as `\\Seen`. Raises `CommandRefused`."""
        await self._command("UID STORE", b"%s +FLAGS.SILENT (%s)" % (_set(uids), flags))

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails to another folder. Raises `CommandRefused`."""
        if self.offers(b"MOVE"):
            await self._command("UID MOVE", _set(uids) + b" " + folder_name(folder))
        else:
            await self._command("UID COPY", _set(uids) + b" " + folder_name(folder))
            await self.delete(uids)

    async def delete(self, uids: Sequence[int]) -> None:
        """Delete mails; where the server can't delete these alone they are only marked, for those who marked others
        may still want them. Raises `CommandRefused`."""
        await self.add_flags(uids, rb"\Deleted")
        if self.offers(b"UIDPLUS"):
            await self._command("UID EXPUNGE", _set(uids))

    async def noop(self) -> None:
        """Return when the server is still there."""
        await self._command("NOOP")

    def heard_of_mail(self) -> bool:
        """Whether the server has told of mail since this was asked last, in whatever answer: it tells once only."""
        told = self._told.is_set()
        self._told.clear()
        return told

    async def idle(self, for_s: float, stop: asyncio.Event) -> None:
        """Return when the server has told of mail, the time is over or `stop` is set.

        The server has answered once more then, so it is known to be there.
        """
        tag = await self._send("IDLE", b"")
        while not (answer := await self._read(self._patience_s)).is_continuation:
            if answer.tag == tag:
                raise ProtocolError("the server does not idle")
        listening = asyncio.ensure_future(self._listen())
        waiting = {listening, *(asyncio.ensure_future(one.wait()) for one in (self._told, stop))}
        try:
            await asyncio.wait(waiting, timeout=for_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
            ended = await asyncio.gather(listening, return_exceptions=True)
        if isinstance(ended[0], Exception):
            raise ended[0]
        await self._write(b"DONE\r\n")
        await self._until_ended(tag, "IDLE")

    async def _listen(self) -> None:
        # Nothing has literals here, so whoever ends this ends it between two lines.
        while True:
            await self._read(None)

    async def _be_greeted(self, tls: ssl.SSLContext | None, host: str) -> None:
        greeting = await self._read(CONNECTED_WITHIN_S)
        if greeting.words(1) != [b"OK"]:
            raise ProtocolError("the server greets with a refusal")
        if tls is not None:
            await self._start_tls(tls, host)
        await self._learn_offers()

    async def _start_tls(self, tls: ssl.SSLContext, host: str) -> None:
        await self._learn_offers()
        if not self.offers(b"STARTTLS"):
            raise NotOffered("the server does not offer STARTTLS")
        await self._command("STARTTLS")
        # What came in the clear after the answer was put there by somebody on the way.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                await self._reader.read(1)
                raise ProtocolError("words between STARTTLS and TLS")
        await self._writer.start_tls(tls, server_hostname=host)

    async def _learn_offers(self) -> None:
        said = await self._command("CAPABILITY")
        self._offers = frozenset(
            word for one in said if one.words(1) == [b"CAPABILITY"] for word in one.lines[0].upper().split()[2:]
        )

    async def _authenticate(self, mechanism: bytes, secret: bytes) -> None:
        tag = await self._send("AUTHENTICATE", mechanism)
        answers = [base64.b64encode(secret) + b"\r\n"]
        while (answer := await self._read(self._patience_s)).tag != tag:
            if answer.is_continuation:
                # A second question is an error report (XOAUTH2): an empty line lets the server refuse.
                await self._write(answers.pop() if answers else b"\r\n")
        if answer.words(1) != [b"OK"]:
            raise LoginRefused(f"the server refuses the name or the secret ({mechanism.decode()})")
        await self._learn_offers()

    async def _fetch(
        self, uids: Sequence[int], wanted: bytes, one_of: Sequence[bytes]
    ) -> dict[int, dict[bytes, Value]]:
        """What was fetched, by UID; what the server tells of other mails meanwhile is left out."""
        asked = set(uids)
        items: dict[int, dict[bytes, Value]] = {}
        for response in await self._command("UID FETCH", _set(uids) + b" " + wanted):
            found = fetched(response)
            uid = number(found.get(b"UID")) if found is not None else None
            if found is not None and uid is not None and uid in asked and any(name in found for name in one_of):
                items[uid] = found
        return items

    async def _command(self, name: str, arguments: bytes = b"") -> list[Response]:
        """Everything the server says until it ends the command. Raises `CommandRefused` for NO and BAD."""
        return await self._until_ended(await self._send(name, arguments), name)

    async def _send(self, name: str, arguments: bytes) -> bytes:
        tag = b"B%d" % next(self._tags)
        await self._write(b"%s %s%s\r\n" % (tag, name.encode(), b" " + arguments if arguments else b""))
        return tag

    async def _write(self, content: bytes) -> None:
        async with asyncio.timeout(self._patience_s):
            self._writer.write(content)
            await self._writer.drain()

    async def _until_ended(self, tag: bytes, name: str) -> list[Response]:
        said: list[Response] = []
        while (response := await self._read(self._patience_s)).tag != tag:
            said.append(response)
        if response.words(1) != [b"OK"]:
            if any(response.code(code) is not None for code in _LATER):
                raise ServerBusy(f"{name}: {response.text}")
            raise CommandRefused(name, response)
        return [*said, response]

    async def _read(self, within_s: float | None) -> Response:
        """The next response, however large: what must not take longer is the wait for each next piece of it."""
        lines, literals = [], []
        while True:
            line = await self._line(within_s)
            size = literal_size(line)
            if size is None:
                lines.append(line[:-2] if line.endswith(b"\r\n") else line[:-1])
                break
            if size > self._most_literal or len(lines) > _MOST_LINES:
                raise ProtocolError("a literal that is larger than what was asked for")
            lines.append(line[:-2])
            literals.append(await self._literal(size))
        response = Response(tuple(lines), tuple(literals))
        if response.tag == b"*":
            if response.words(1) == [b"BYE"]:
                raise ConnectionResetError("the server hangs up")
            if response.words(2)[1:] == [b"EXISTS"]:
                self._told.set()
        return response

    async def _line(self, within_s: float | None) -> bytes:
        try:
            async with asyncio.timeout(within_s):
                return await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the server has gone") from None
        except asyncio.LimitOverrunError:
            raise ProtocolError("a line without an end") from None

    async def _literal(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            async with asyncio.timeout(self._patience_s):
                piece = await self._reader.read(min(_CHUNK, size - len(content)))
            if not piece:
                raise ConnectionResetError("the server left in the middle of a mail")
            content += piece
        return bytes(content)

    def _keep_alive(self) -> None:
        """Have the system ask now and then whether the peer is there: routers forget silent connections."""
        held = self._writer.get_extra_info("socket")
        if held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            with contextlib.suppress(OSError, AttributeError):
                held.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
                held.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15)
                held.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)


def since(day: date) -> bytes:
    """The search criterion for what came on a day or later."""
    return f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}".encode()


def _code(responses: Sequence[Response], name: bytes) -> int | None:
    values = (one.code(name) for one in responses)
    return next((int(value) for value in values if value is not None and value.isdigit()), None)


def _set(uids: Sequence[int]) -> bytes:
    return b",".join(b"%d" % uid for uid in uids)


def _texts(items: Mapping[int, Mapping[bytes, Value]]) -> dict[int, bytes]:
    """The one thing asked for of each mail, where the server gave it."""
    return {
        uid: value
        for uid, found in items.items()
        for name, value in found.items()
        if name.startswith(b"BODY[") and isinstance(value, bytes)
    }
