"""One session with a real Dovecot, and a store that plays up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from bson.errors import InvalidDocument
from pymongo.errors import AutoReconnect

from balcao.intake.domain.mail import Delivery
from balcao.intake.domain.reading import Unread
from balcao.intake.imap.connection import CommandRefused, Connection
from balcao.intake.imap.mailbox import ImapMailbox
from balcao.intake.imap.position import Position
from balcao.intake.imap.responses import Response
from balcao.intake.imap.session import Session, StoreAway
from balcao.intake.reception import NobodysMail
from tests.integration.intake.fetching import a_mailbox, numbered
from tests.integration.intake.running import eventually
from tests.support.dovecot import PASSWORD, USER, Dovecot, dovecot


@pytest.fixture
async def mailserver() -> AsyncIterator[Dovecot]:
    """An IMAP server with one account."""
    async with dovecot() as server:
        yield server


@dataclass
class Store:
    """Takes mails, or fails as told: by a word in the mail, with this error."""

    fails: dict[bytes, Exception] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)

    async def receive(self, raw: bytes, delivery: Delivery) -> None:
        """Take a mail, or fail."""
        assert delivery.mailbox == "suporte@agencia.test"
        for word, error in self.fails.items():
            if word in raw:
                raise error
        self.taken.append(raw)

    async def hold(self, raw: bytes, why: Unread, delivery: Delivery) -> None:
        """No mail here is too large."""
        raise AssertionError(why)


@dataclass
class Talk:
    """A session under way and what it notes and says."""

    session: Session
    stop: asyncio.Event
    positions: list[Position]
    behind: list[int]
    warnings: list[str]

    async def until(self, check: Callable[[], bool], noted: Position | None = None) -> Position:
        """Run it until the check holds; the position noted last."""
        running = asyncio.create_task(self.session.run(noted))
        try:
            await eventually(lambda: running.done() or check())
        finally:
            self.stop.set()
            await running
        assert check()
        return self.positions[-1]

    async def until_quiet(self, noted: Position | None = None) -> Position:
        """Run it until no mail waits."""
        self.behind.clear()
        return await self.until(lambda: self.behind[-1:] == [0], noted)


@asynccontextmanager
async def talking(server: Dovecot, store: Store, kind: type[Connection] = Connection) -> AsyncIterator[Talk]:
    """A session, logged in."""
    mailbox = ImapMailbox.model_validate(a_mailbox(server.port))
    async with await kind.open("127.0.0.1", server.port, None, most_literal=100_000) as connection:
        await connection.login(USER, PASSWORD)
        stop = asyncio.Event()
        positions: list[Position] = []
        behind: list[int] = []
        warnings: list[str] = []

        async def note(position: Position) -> None:
            positions.append(position)

        session = Session(
            mailbox,
            connection,
            store,
            most_bytes=90_000,
            note=note,
            tell=behind.append,
            warn=warnings.append,
            stop=stop,
        )
        yield Talk(session, stop, positions, behind, warnings)


@pytest.mark.parametrize(
    "error", [AutoReconnect("away"), TimeoutError(), ConnectionResetError()], ids=lambda one: type(one).__name__
)
async def test_while_nothing_can_be_stored_nothing_is_marked_nor_passed_over(
    mailserver: Dovecot, error: Exception
) -> None:
    mailserver.deliver(numbered(1))
    async with talking(mailserver, Store({b"Pedido": error})) as talk:
        with pytest.raises(StoreAway):
            await talk.session.run(None)
    assert mailserver.flags() == [""]
    assert [one.last_uid for one in talk.positions] == [0]


async def test_a_mailbox_whose_company_has_gone_keeps_its_mails(mailserver: Dovecot) -> None:
    mailserver.deliver(numbered(1))
    async with talking(mailserver, Store({b"Pedido": NobodysMail("nobody's")})) as talk:
        with pytest.raises(Exception, match="no company"):
            await talk.session.run(None)
    assert mailserver.flags() == [""]


async def test_a_mail_that_can_t_be_stored_holds_up_no_other_and_is_taken_later(mailserver: Dovecot) -> None:
    for number in (1, 2, 3):
        mailserver.deliver(numbered(number))
    store = Store({b"Pedido 2": InvalidDocument("too deep")})
    async with talking(mailserver, store) as talk:
        position = await talk.until_quiet()
    assert [(one.uid, one.tries) for one in position.left] == [(2, 1)]
    assert mailserver.flags() == ["", "S", "S"]
    async with talking(mailserver, store) as talk:
        position = await talk.until_quiet(position)
    assert [(one.uid, one.tries) for one in position.left] == [(2, 2)]
    store.fails.clear()
    async with talking(mailserver, store) as talk:
        position = await talk.until_quiet(position)
    assert position.left == ()
    assert mailserver.flags() == ["S", "S", "S"]
    assert sorted(store.taken) == [numbered(number) for number in (1, 2, 3)]


async def test_a_folder_of_many_mails_is_taken_by_pieces_that_are_noted(mailserver: Dovecot) -> None:
    for number in range(1, 46):
        mailserver.deliver(numbered(number))
    async with talking(mailserver, Store()) as talk:
        await talk.until_quiet()
    assert [one.last_uid for one in talk.positions] == [0, 20, 40, 45]
    assert talk.behind == [45, 25, 5, 0]


async def test_a_mail_that_comes_while_others_are_taken_is_not_forgotten(mailserver: Dovecot) -> None:
    """The server may tell of it in the answer to any command, and then not again."""
    mailserver.deliver(numbered(1))

    class Late(Store):
        async def receive(self, raw: bytes, delivery: Delivery) -> None:
            if not self.taken:
                mailserver.deliver(numbered(2))
            await super().receive(raw, delivery)

    store = Late()
    async with talking(mailserver, store) as talk:
        await talk.until(lambda: len(store.taken) == 2)


async def test_a_server_that_marks_nothing_is_told_of_and_its_mails_taken_once(mailserver: Dovecot) -> None:
    class Unwilling(Connection):
        async def add_flags(self, uids: object, flags: bytes) -> None:
            raise CommandRefused("UID STORE", Response((b"B9 NO [NOPERM] read only",)))

    mailserver.deliver(numbered(1))
    store = Store()
    async with talking(mailserver, store, Unwilling) as talk:
        position = await talk.until_quiet()
        assert talk.warnings == ["UID STORE: read only"]
    async with talking(mailserver, store, Unwilling) as talk:
        mailserver.deliver(numbered(2))
        await talk.until(lambda: len(store.taken) == 2, position)
    assert store.taken == [numbered(1), numbered(2)]
