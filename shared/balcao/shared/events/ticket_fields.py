"""Facts about the fields of a ticket. Said by `tickets`. Each carries what was there before (W9, W11, W12, O9, O14)."""

from datetime import datetime

from pydantic import Field

from balcao.shared.events.envelope import Contract, Party
from balcao.shared.events.tickets import TicketFact


class TagName(Contract):
    """A tag as it was called at the time."""

    id: str
    name: str = ""
    colour: str | None = None


class TicketEdited(TicketFact):
    """Plain fields of the ticket got other values; each with before and after."""

    type = "ticket.edited.v1"

    changes: dict[str, tuple[str | int | None, str | int | None]]
    names: dict[str, tuple[str | None, str | None]] = Field(
        default_factory=dict, description="What the ids in `changes` were called: of workspaces and projects."
    )


class TicketPromised(TicketFact):
    """The date given to the requester was set or moved (W9)."""

    type = "ticket.promised.v1"
    public = True

    promised_for: datetime | None
    before: datetime | None = None


class TicketDueSet(TicketFact):
    """The team's own date was set or moved by hand; the requester does not see it (W16, W17)."""

    type = "ticket.due_set.v1"

    due: datetime | None
    before: datetime | None = None


class TicketTagged(TicketFact):
    """Tags were put on the ticket or taken off (O14, W19)."""

    type = "ticket.tagged.v1"

    added: tuple[TagName, ...] = ()
    removed: tuple[TagName, ...] = ()


class TicketWatchersChanged(TicketFact):
    """People joined or left those who get copies of visible comments (W11)."""

    type = "ticket.watchers_changed.v1"

    added: tuple[Party, ...] = ()
    removed: tuple[Party, ...] = ()


class TicketRequesterChanged(TicketFact):
    """The request is somebody else's: `ticket` names the new requester."""

    type = "ticket.requester_changed.v1"

    before: Party
