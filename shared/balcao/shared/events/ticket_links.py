"""Facts about tickets that belong together, and about taking such steps back (W13-W15). Said by `tickets`.

One merge, split or bulk edit is one operation: all facts it says, on whichever ticket, carry its id.
"""

from typing import Literal

from pydantic import Field

from balcao.shared.events.envelope import Contract, Party
from balcao.shared.events.tickets import TicketFact

_OPERATION = "The merge or split this was part of."


class LinkedTicket(Contract):
    """Another ticket, by what people call it."""

    id: str
    number: int
    title: str = ""
    version: int | None = Field(default=None, description="Of that ticket, after the step.")


class TicketMerged(TicketFact):
    """The ticket was merged into another one and is resolved; whatever comes for it goes there (W13)."""

    type = "ticket.merged.v1"
    public = True

    operation_id: str = Field(description=_OPERATION)
    into: LinkedTicket


class TicketAbsorbed(TicketFact):
    """Other tickets were merged into this one; their requesters and watchers get copies from now on (W13)."""

    type = "ticket.absorbed.v1"

    operation_id: str = Field(description=_OPERATION)
    merged: tuple[LinkedTicket, ...]
    watchers_added: tuple[Party, ...] = ()


class TicketSplit(TicketFact):
    """Part of the ticket became a ticket of its own (W14)."""

    type = "ticket.split.v1"

    operation_id: str = Field(description=_OPERATION)
    into: LinkedTicket
    entries: tuple[int, ...] = Field(default=(), description="Numbers of the entries whose words and files went along.")
    tasks: tuple[str, ...] = Field(default=(), description="Tasks that went along.")


class TicketSplitOff(TicketFact):
    """The ticket began as part of another one (W14)."""

    type = "ticket.split_off.v1"

    operation_id: str = Field(description=_OPERATION)
    origin: LinkedTicket
    tasks: tuple[str, ...] = ()


class TicketBulkEdited(TicketFact):
    """The ticket was changed as one of many; what changed is said by the facts that come with it (W12)."""

    type = "ticket.bulk_edited.v1"

    operation_id: str = Field(description="The bulk edit, the same on every ticket of it.")
    fields: tuple[str, ...] = Field(description="Fields that were given a value.")


class TicketStepUndone(TicketFact):
    """A merge, split or bulk edit was taken back, as far as it concerns this ticket (W15). Nothing is rewritten: this
    entry marks the earlier ones, and what follows from it is said by the ordinary facts."""

    type = "ticket.step_undone.v1"

    what: Literal["merge", "split", "bulk_edit"]
    operation_id: str = Field(description="The operation taken back.")
    entries: tuple[int, ...] = Field(description="Numbers of this ticket's entries that no longer count.")
    others: tuple[LinkedTicket, ...] = Field(default=(), description="The other tickets of the operation.")
    tasks: tuple[str, ...] = Field(default=(), description="Of a split: tasks that are this ticket's again.")
