"""What only the passing of time does to a ticket: which moments a ticket waits for, and what each does to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import TicketReminded
from balcao.shared.ids import derived_id
from balcao.tickets.domain.production import reopen_with_production
from balcao.tickets.domain.status import close_step, resolve_step
from balcao.tickets.domain.ticket import Ticket

Kind = Literal["wait_over", "window_over", "promise_near", "promise_reached", "reply_out"]
KINDS: tuple[Kind, ...] = ("wait_over", "window_over", "promise_near", "promise_reached")
_REMINDERS: frozenset[Kind] = frozenset({"promise_near", "promise_reached"})


@dataclass(frozen=True)
class Moment:
    """Something a ticket waits for the time to do."""

    kind: Kind
    due: datetime


def moments_of(ticket: Ticket) -> frozenset[Moment]:
    """The moments that mean something to a ticket as it is now; those of an ordinary new one are none.

    They follow from the ticket alone: whichever rule changes it, the timers are right, and a timer whose moment is
    not among them any more does nothing.
    """
    moments: set[Moment] = set()
    if ticket.status == "waiting" and ticket.wait is not None and ticket.wait.until is not None:
        moments.add(Moment("wait_over", ticket.wait.until))
    if ticket.status == "resolved" and ticket.reply_until is not None:
        moments.add(Moment("window_over", ticket.reply_until))
    if ticket.status in ("open", "waiting") and ticket.promised_for is not None:
        moments.add(Moment("promise_reached", ticket.promised_for))
        if ticket.remind_at is not None:
            moments.add(Moment("promise_near", ticket.remind_at))
    # An answer in its undo window goes out whatever its ticket has become: sending is `undo_window`'s.
    moments.update(Moment("reply_out", held.goes_out_at) for held in ticket.outgoing)
    return frozenset(moments)


def newly_armed(change: Change[Ticket], at: datetime) -> tuple[Moment, ...]:
    """The moments that a change made matter. Nobody is reminded of what had passed when it was promised."""
    before = moments_of(change.before) if change.before.version else frozenset[Moment]()
    new = moments_of(change.after) - before
    return tuple(sorted((one for one in new if one.kind not in _REMINDERS or one.due > at), key=lambda one: one.kind))


def cause_of(ticket_id: str, moment: Moment) -> str:
    """The id of the cause that a moment is. The same for all timers of the moment, so that it acts once."""
    return derived_id("timer", ticket_id, moment.kind, moment.due.isoformat())


def fire(ticket: Ticket, moment: Moment, at: datetime) -> Change[Ticket]:
    """The moment has come. Does nothing to a ticket that has moved on (W4, W6, W9)."""
    revision = Revision(ticket)
    if moment in moments_of(ticket):
        if moment.kind == "wait_over":
            _end_wait(revision, at)
        elif moment.kind == "window_over":
            close_step(revision)
        else:
            _remind(revision, moment)
    return revision.done()


def _end_wait(revision: Revision[Ticket], at: datetime) -> None:
    """It comes back highlighted, or is concluded because nobody answered (W4)."""
    wait = revision.now.wait
    if wait is not None and wait.close_if_no_answer:
        resolve_step(revision, "no_response", at, who="clock")
        return
    reopen_with_production(revision, "wait_over")
    if revision.now.highlight is None:
        revision.set(highlight="wait_over")


def _remind(revision: Revision[Ticket], moment: Moment) -> None:
    if revision.now.highlight is None:
        revision.set(highlight="promised")
    what = "near" if moment.kind == "promise_near" else "reached"
    revision.say(TicketReminded, what=what, promised_for=revision.now.promised_for)
