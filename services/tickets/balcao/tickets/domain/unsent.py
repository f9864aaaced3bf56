"""Unsent words: what somebody is writing on a ticket, kept until it is sent; nobody else ever sees it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from balcao.shared.events import FileRef, Party
from balcao.shared.ids import derived_id
from balcao.tickets.domain.ticket import Outgoing, Step, Ticket

Reason = Literal["undone", "cancelled", "spam", "unknown_sender", "incomplete"]


class Unsent(BaseModel):
    """The words as they stand, with all that would be sent along."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str = ""
    html: str = ""
    visible: bool = False
    add: tuple[Party, ...] = ()
    remove: tuple[str, ...] = ()
    files: tuple[FileRef, ...] = ()
    step: Step | None = None
    begun_on: int | None = None
    """The ticket's version that was on screen when they were begun: what came since is warned of."""
    made_of: str = ""
    """Id of the words that these began as: the answer drafted from a delivery (H4), or ones that were given back."""


class Kept(Unsent):
    """Unsent words as they are kept. `revision` grows with each change, also when they are sent or dropped."""

    id: str
    company_id: str
    person_id: str
    ticket_id: str
    ticket_number: int
    revision: int
    updated_at: datetime
    returned: Reason | None = None
    """Why they are unsent again, where they were accepted once."""
    drafted_from: tuple[int, ...] = ()
    """Numbers of the tasks whose deliverables Balcão drafted them from (H4); nobody has written them yet."""


def unsent_id(company_id: str, person_id: str, ticket_id: str) -> str:
    """The id of what somebody is writing on a ticket: one text per person and ticket."""
    return derived_id("unsent", company_id, person_id, ticket_id)


def returned_id(reply_id: str) -> str:
    """The id of words that were given back while their author was writing something else already."""
    return derived_id("returned", reply_id)


def given_back(ticket: Ticket, held: Outgoing, reason: Reason, at: datetime, *, made_of: str = "") -> Kept:
    """A held answer as its author's unsent words again: nothing of it is lost."""
    return Kept(
        id=unsent_id(ticket.company_id, held.author.person_id or "", ticket.id),
        company_id=ticket.company_id,
        person_id=held.author.person_id or "",
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        revision=1,
        updated_at=at,
        returned=reason,
        text=held.text,
        html=held.html,
        visible=True,
        add=held.added,
        remove=held.removed,
        files=held.files,
        step=held.step,
        begun_on=held.begun_on,
        made_of=made_of,
    )
