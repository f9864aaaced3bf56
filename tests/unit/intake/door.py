"""An open mail door without a service behind it: a book of addresses, and a box that keeps what is handed in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from balcao.intake.certificate import Certificate
from balcao.intake.domain.mail import Delivery
from balcao.intake.reception import Kept
from balcao.intake.settings import Settings
from balcao.intake.smtp import SmtpDoor
from tests.unit.intake.builders import DIRECTORY, SECRET
from tests.unit.intake.talking import a_free_port

MOST = 64 * 1024


class Book:
    """Knows the addresses, or can't say."""

    away = False

    async def knows(self, address: str) -> bool:
        """Look the address up."""
        if self.away:
            raise ConnectionError("away")
        return DIRECTORY(address) is not None


class Box:
    """Keeps what is handed in, or fails."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, Delivery]] = []
        self.fails_with: Exception | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def receive(self, raw: bytes, delivery: Delivery) -> tuple[Kept, ...]:
        """Keep a mail."""
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.fails_with is not None:
            raise self.fails_with
        self.mails.append((raw, delivery))
        return (Kept(f"id-{len(self.mails)}", "agencia", "accepted"),)

    async def receive_for_each(self, raw: bytes, delivery: Delivery) -> dict[str, Kept | BaseException]:
        """Keep a mail for each recipient."""
        (kept,) = await self.receive(raw, delivery)
        return dict.fromkeys(delivery.recipients, kept)

    @property
    def texts(self) -> list[bytes]:
        """The mails' bytes."""
        return [raw for raw, _ in self.mails]


class Place:
    """A door with its book and box."""

    def __init__(self, kind: type[SmtpDoor], **values: Any) -> None:
        self.book, self.box = Book(), Box()
        port = a_free_port()
        settings = Settings(
            mongo_url="mongodb://nowhere.test",
            amqp_url="amqp://nowhere.test",
            http_port=1,
            smtp_port=port,
            lmtp_port=port,
            service_secret=SecretStr(SECRET),
            **{"most_mail_bytes": MOST, "smtp_connections": 20, **values},
        )
        certificate = None
        if settings.smtp_tls_certificate:
            certificate = Certificate(settings.smtp_tls_certificate, settings.smtp_tls_key)
        self.door = kind(settings, self.book, self.box, certificate=certificate)
        self.port = port


@asynccontextmanager
async def an_open_place(kind: type[SmtpDoor] = SmtpDoor, **values: Any) -> AsyncIterator[Place]:
    """A door that is open; `values` are settings."""
    place = Place(kind, **values)
    await place.door.start()
    try:
        yield place
    finally:
        await place.door.stop()
