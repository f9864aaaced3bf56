"""Decisions about mails that are held: let in, put aside, or left to wait again. Each is made once."""

from collections.abc import Sequence
from typing import Any

import structlog

from balcao.intake.domain.address import Addressed, Directory
from balcao.intake.domain.letting_in import Held, let_in
from balcao.intake.domain.mail import Delivery, Mailbox
from balcao.intake.readers import Readers
from balcao.intake.reception import events_of
from balcao.intake.store import Companies, Decision, Mails
from balcao.shared.clock import now
from balcao.shared.commit import Conflict
from balcao.shared.errors import NotFound, Refused
from balcao.shared.events import AnyEnvelope, CompanyProfile
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting

_log = structlog.get_logger()


class MessageIsDecided(Refused):
    """Somebody has decided about this message already."""


class Deciding:
    """What people who decide can do about a mail that is held. Every call raises `NotFound` for a message that never
    was held, or is another company's."""

    def __init__(
        self, mails: Mails, companies: Companies, readers: Readers, secret: str, trusted_authserv: str = ""
    ) -> None:
        self._mails = mails
        self._companies = companies
        self._readers = readers
        self._secret = secret
        self._trusted_authserv = trusted_authserv

    async def let_in(self, message_id: str, acting: Acting) -> None:
        """Say the mail as `message.received`, past the rule that held it; `tickets` decides where it goes. In the
        ledger it counts as accepted from then on. Doing so again changes nothing.

        Raises `MessageIsDecided` when somebody decided otherwise, and `NobodyToAnswer`.
        """
        row = await self._undecided(message_id, acting, "let_in")
        if row is None:
            return
        companies = await self._companies.all()
        held = _held(row, companies)
        raw = await self._mails.raw(acting.company_id, message_id)
        reading = await self._readers.read(raw, held.delivery.sender)
        fact = let_in(
            held,
            reading,
            acting.party(),
            Directory(companies),
            secret=self._secret,
            trusted_authserv=self._trusted_authserv,
        )
        # Now and not when it arrived: notices of it would stand among old ones, invitations might be over.
        said = events_of(message_id, acting.company_id, (fact,), now(), fact.sender)
        found = {"evidence": fact.evidence.model_dump(exclude_none=True), "message_id": fact.internet_message_id}
        await self._decide(row, acting, "let_in", {"outcome": "accepted", **found}, said)

    async def put_aside(self, message_id: str, acting: Acting) -> None:
        """Note that nothing is to come of it; it stays in the ledger as held. Raises `MessageIsDecided`."""
        row = await self._undecided(message_id, acting, "put_aside")
        if row is not None:
            await self._decide(row, acting, "put_aside", {})

    async def wait_again(self, message_id: str, acting: Acting) -> None:
        """Let one that was put aside wait for a decision; nothing when it waits. Raises `MessageIsDecided` when it was
        let in."""
        row = await self._row(message_id, acting)
        if "decision" not in row:
            return
        if row["decision"]["what"] != "put_aside":
            raise _decided(row)
        await self._decide(row, acting, None, {})

    async def _undecided(self, message_id: str, acting: Acting, what: Decision) -> Document | None:
        """The row; none when this person decided the same before."""
        row = await self._row(message_id, acting)
        decision = row.get("decision")
        if decision is None:
            return row
        if (decision["what"], decision["by"].get("person_id")) == (what, acting.person_id):
            return None
        raise _decided(row)

    async def _row(self, message_id: str, acting: Acting) -> Document:
        row = await self._mails.row(acting.company_id, message_id)
        if row["outcome"] != "held" and "decision" not in row:
            raise NotFound("no such held message")
        return row

    async def _decide(
        self,
        row: Document,
        acting: Acting,
        what: Decision | None,
        also: Document,
        events: Sequence[AnyEnvelope] = (),
    ) -> None:
        decision: dict[str, Any] | None = None
        if what is not None:
            decision = {"what": what, "by": acting.party().model_dump(exclude_none=True), "at": now()}
        try:
            await self._mails.decide(row, decision, also, events)
        except Conflict:
            raise _decided(await self._mails.row(acting.company_id, row["_id"])) from None
        _log.info(f"mail.{what or 'wait_again'}", mail_id=row["_id"], company_id=acting.company_id, rule=row["rule"])


def _decided(row: Document) -> MessageIsDecided:
    what = row["decision"]["what"] if "decision" in row else "waits"
    return MessageIsDecided("somebody has decided about this mail already", state=what)


def _held(row: Document, companies: Sequence[CompanyProfile]) -> Held:
    envelope, sender = row["envelope"], row["sender"]
    company = next((one for one in companies if one.id == row["company_id"]), None)
    if company is None:
        raise NotFound("no such company any more")
    return Held(
        id=row["_id"],
        rule=row["rule"],
        sender=Mailbox(sender["name"], sender["address"]),
        subject=row["subject"],
        delivery=Delivery(
            received_at=row["received_at"],
            recipients=tuple(envelope["recipients"]),
            sender=envelope["sender"],
            mailbox=envelope.get("mailbox", ""),
        ),
        to=Addressed(company, row["address"] or "", row["addressed_by"]),
    )
