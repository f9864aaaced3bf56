"""Facts about drafts: tickets that were never submitted (O12). Said by `tickets`; nobody outside hears them."""

from balcao.shared.events.tickets import TicketFact


class TicketDrafted(TicketFact):
    """Somebody at the desk began to write a ticket: it has its number and almost nothing else."""

    type = "ticket.drafted.v1"

    again: bool = False
    """A discarded draft was taken up again."""


class TicketDraftEdited(TicketFact):
    """What a draft says was changed; each field with before and after."""

    type = "ticket.draft_edited.v1"

    changes: dict[str, tuple[str | int | None, str | int | None]]


class TicketDraftDiscarded(TicketFact):
    """A draft was given up before anybody else knew of it."""

    type = "ticket.draft_discarded.v1"
