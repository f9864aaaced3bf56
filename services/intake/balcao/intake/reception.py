"""Takes in what arrives: through the pipeline, into the store, and only then is it ours."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from prometheus_client import Counter, Histogram

from balcao.intake.domain.mail import Delivery
from balcao.intake.domain.pipeline import Pipeline, Taken
from balcao.intake.domain.reading import Reading, Unread
from balcao.intake.known import KnownCompanies
from balcao.intake.readers import Readers
from balcao.intake.store import Mails, Repeated
from balcao.shared import telemetry
from balcao.shared.clock import now
from balcao.shared.errors import Condition, Refused
from balcao.shared.events import AnyEnvelope, Envelope, Fact, FileRef, MessageReceived, Party, ThreadingEvidence
from balcao.shared.ids import derived_id, new_id
from balcao.shared.tokens import Acting

SOURCE = "intake"

MAILS = Counter("balcao_mails_total", "Mails and portal messages that came in, by outcome.", ["outcome"])
PIPELINE_SECONDS = Histogram(
    "balcao_mail_pipeline_seconds", "Time to read a mail.", buckets=(0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 5)
)

_log = structlog.get_logger()


class NobodysMail(Condition):
    """The mail is for none of the companies."""


class KeyUsedBefore(Refused):
    """This Idempotency-Key was used for another message."""


@dataclass(frozen=True)
class PortalMessage:
    """What a person wrote in the portal."""

    subject: str
    text: str
    ticket_id: str | None = None
    files: tuple[FileRef, ...] = ()
    kind: Literal["request", "question", "fix", "quote", "improvement"] | None = None
    """What is asked for, of a message that opens a ticket (P3, O10)."""

    def digest(self) -> str:
        """The same for the same words, to recognise a repeated request."""
        parts = [self.subject, self.text, self.ticket_id or "", *(one.model_dump_json() for one in self.files)]
        parts += [self.kind] if self.kind is not None else []
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail that is stored durably at one company."""

    id: str
    company_id: str
    outcome: str
    """As in the ledger; `duplicate` when it was there already."""


class Reception:
    """Everything that comes in passes here, whatever the channel. Every message ends in exactly one outcome."""

    def __init__(
        self, mails: Mails, companies: KnownCompanies, secret: str, readers: Readers, trusted_authserv: str = ""
    ) -> None:
        self._mails = mails
        self._companies = companies
        self._secret = secret
        self._readers = readers
        self._trusted_authserv = trusted_authserv

    async def receive(self, raw: bytes, delivery: Delivery) -> tuple[Kept, ...]:
        """Take a mail in; returns what became of it at each company once it is durable everywhere.

        A mail that is there already is counted as a duplicate and says nothing. Raises `NobodysMail`, and the
        driver's errors when the store is away: then the sender must try again, which makes nothing twice.
        """
        return await self._keep_all(await self._taken(raw, delivery), raw, delivery)

    async def receive_for_each(self, raw: bytes, delivery: Delivery) -> dict[str, Kept | BaseException]:
        """The same where each recipient is answered for itself (LMTP): what `receive` would return or raise for them.

        Recipients of one company share one message.
        """
        all_taken = await self._taken(raw, delivery)
        kept = await asyncio.gather(*(self._keep(taken, raw, delivery) for taken in all_taken), return_exceptions=True)
        by_company = {taken.company_id: one for taken, one in zip(all_taken, kept, strict=True)}
        found: dict[str, Kept | BaseException] = {}
        for recipient in delivery.recipients:
            company = self._companies.directory(recipient)
            outcome = by_company.get(company.id) if company is not None else None
            found[recipient] = outcome if outcome is not None else NobodysMail("it belongs to no company any more")
        return found

    async def hold(self, raw: bytes, why: Unread, delivery: Delivery) -> tuple[Kept, ...]:
        """Hold a mail of which no more than `raw` can be taken in (its header, say), as `receive` does a whole one."""
        return await self._keep_all(self._judged(raw, why, delivery), raw, delivery)

    async def _taken(self, raw: bytes, delivery: Delivery) -> tuple[Taken, ...]:
        with PIPELINE_SECONDS.time():
            reading = await self._readers.read(raw, delivery.sender)
            return self._judged(raw, reading, delivery)

    def _judged(self, raw: bytes, reading: Reading | Unread, delivery: Delivery) -> tuple[Taken, ...]:
        pipeline = Pipeline(self._companies.directory, self._secret, trusted_authserv=self._trusted_authserv)
        return pipeline.judge(raw, reading, delivery)

    async def _keep_all(self, all_taken: tuple[Taken, ...], raw: bytes, delivery: Delivery) -> tuple[Kept, ...]:
        if not all_taken:
            raise NobodysMail("no recipient belongs to a company")
        return tuple(await asyncio.gather(*(self._keep(taken, raw, delivery) for taken in all_taken)))

    async def _keep(self, taken: Taken, raw: bytes, delivery: Delivery) -> Kept:
        actor = Party(name=taken.sender.name, address=taken.sender.address) if taken.sender.address else None
        events = events_of(taken.id, taken.company_id, taken.facts, delivery.received_at, actor)
        outcome: str = taken.outcome
        try:
            await self._mails.keep(taken, raw, delivery, events)
        except Repeated:
            outcome = "duplicate"
            await self._mails.note_repeat(taken, len(raw), delivery.received_at)
        MAILS.labels(outcome).inc()
        _log.info(f"mail.{outcome}", mail_id=taken.id, company_id=taken.company_id, rule=taken.rule, size=len(raw))
        return Kept(taken.id, taken.company_id, outcome)

    async def take_portal_message(self, written: PortalMessage, acting: Acting, key: str | None) -> str:
        """Take in what somebody wrote in the portal; returns the message's id once it is durable.

        The same key from the same person gives the same message. Raises `KeyUsedBefore` when the words differ.
        """
        message_id = derived_id("portal", acting.company_id, acting.person_id, key) if key is not None else new_id()
        digest = written.digest()
        fact = MessageReceived(
            message_id=message_id,
            channel="portal",
            sender=acting.party(),
            subject=written.subject,
            kind=written.kind,
            text=written.text,
            files=written.files,
            # The gateway vouches for the ticket as a signed address would; `tickets` checks that they are part of it.
            evidence=ThreadingEvidence(token_ticket_id=written.ticket_id),
        )
        at = now()
        event = events_of(message_id, acting.company_id, (fact,), at, acting.party())[0]
        try:
            await self._mails.keep_portal_message(fact, acting.company_id, digest, at, event)
        except Repeated:
            stored = await self._mails.row(acting.company_id, message_id)
            if stored["request_digest"] != digest:
                raise KeyUsedBefore("this Idempotency-Key was used for other words; take a new one") from None
            return message_id
        MAILS.labels("accepted").inc()
        _log.info("message.taken", message_id=message_id, company_id=acting.company_id, channel="portal")
        return message_id


def event_id(message_id: str, type_: str = MessageReceived.type, place: int = 0) -> str:
    """The id of the event that says what a message was: the same again when it is said again."""
    return derived_id(message_id, type_, str(place))


def events_of(
    message_id: str, company_id: str, facts: Sequence[Fact], at: Any, actor: Party | None
) -> tuple[AnyEnvelope, ...]:
    """The facts in their envelopes; ids follow from the message, so that a repeat is the same event."""
    parent = telemetry.traceparent()
    return tuple(
        Envelope[Any](
            id=event_id(message_id, fact.type, place),
            source=SOURCE,
            type=fact.type,
            subject=message_id,
            time=at,
            correlationid=message_id,
            causationid=message_id,
            companyid=company_id,
            actor=actor,
            traceparent=parent,
            data=fact,
        )
        for place, fact in enumerate(facts)
    )
