"""Who has a ticket in hand: taking it, giving it back, and a robot's refusal (W3)."""

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Party, Stage, TicketAnalystAssigned, TicketStageAssigned
from balcao.tickets.domain.conditions import NotYourTicket
from balcao.tickets.domain.stages import BEFORE_PLANNING, assign_analyst, enter, touch
from balcao.tickets.domain.status import allow, submitted
from balcao.tickets.domain.ticket import Ticket


def take(ticket: Ticket, by: Party) -> Change[Ticket]:
    """Take a ticket that is to do, or take it over from somebody: whoever does so answers for it from now on."""
    allow(ticket, "take")
    if ticket.analyst is None or ticket.analyst.person_id == by.person_id:
        revision = Revision(ticket)
        before = ticket.progress
        touch(revision, by)
        if before == "todo" and not any(one.fact is TicketAnalystAssigned for one in revision.said):
            revision.say(TicketAnalystAssigned, before=ticket.analyst, taken=True)
        return revision.done()
    return assign_analyst(ticket, by, by, taken=True)


def give_back(ticket: Ticket) -> Change[Ticket]:
    """Un-assign: nobody answers for it any more, and it is to do again (W3)."""
    submitted(ticket)
    allow(ticket, "give_back")
    return _returned(ticket)


def reject(ticket: Ticket, by: Party, remark: str) -> Change[Ticket]:
    """The robot or person it was assigned to can't do it: to do again, for somebody else (W3).

    Raises `NotYourTicket` when somebody else answers for it by now.
    """
    submitted(ticket)
    allow(ticket, "give_back")
    if ticket.analyst is None or ticket.analyst.person_id != by.person_id:
        raise NotYourTicket("only whoever a ticket is assigned to can reject it", analyst=ticket.analyst)
    return _returned(ticket, rejected=True, remark=remark)


def _returned(ticket: Ticket, *, rejected: bool = False, remark: str = "") -> Change[Ticket]:
    before = ticket.analyst
    revision = Revision(ticket)
    if before is None and ticket.progress != "in_progress":
        return revision.done()
    if ticket.stage == "triage":
        enter(revision, "analysis", "first_touch")
    revision.set(analyst=None, progress="todo" if ticket.status == "open" else None)
    revision.say(TicketAnalystAssigned, before=before, returned=True, rejected=rejected, remark=remark)
    for stage in _held_with(ticket, before):
        kept = {name: party for name, party in revision.now.stage_assignees.items() if name != stage}
        revision.set(stage_assignees=kept)
        revision.say(TicketStageAssigned, stage=stage, assignee=None, before=before)
    return revision.done()


def _held_with(ticket: Ticket, analyst: Party | None) -> tuple[Stage, ...]:
    """The stages that go with the analyst: those before planning which they hold themselves (H8)."""
    if analyst is None:
        return ()
    held = ticket.stage_assignees
    return tuple(one for one in BEFORE_PLANNING if one in held and held[one].person_id == analyst.person_id)
