"""Every command of the table of a ticket's life as a rule to call, and tickets brought to each status by them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Status
from balcao.tickets.domain import conversation, drafts, ending, production, status, taking, timers, waiting
from balcao.tickets.domain.life import Command
from balcao.tickets.domain.ticket import Draft, Ticket, Wait
from tests.unit.tickets.builders import AT, BY_ANA, BY_CAIO, DORA, LATER, TEAM, a_ticket, an_answer

Rule = Callable[[Ticket], Change[Ticket]]
NEVER = Wait(reason="case_launched")
UNTIL = LATER + timedelta(days=2)


def as_step(step: Callable[[Revision[Ticket]], None]) -> Rule:
    """A step as a rule of its own."""

    def rule(ticket: Ticket) -> Change[Ticket]:
        revision = Revision(ticket)
        step(revision)
        return revision.done()

    return rule


COMMANDS: dict[Command, Rule] = {
    "submit": drafts.submit,
    "take": lambda ticket: taking.take(ticket, BY_CAIO),
    "give_back": taking.give_back,
    "wait": lambda ticket: waiting.wait(ticket, Wait(reason="follow_up", until=UNTIL), BY_ANA),
    "wait_over": lambda ticket: production.reopen(ticket, "wait_over"),
    "no_answer": as_step(lambda revision: status.resolve_step(revision, "no_response", AT, who="clock")),
    "reply": lambda ticket: conversation.requester_replied(ticket, an_answer(), "token"),
    "resolve": lambda ticket: status.resolve(ticket, "answered", AT),
    "close": lambda ticket: status.resolve(ticket, "spam", AT),
    "end": lambda ticket: ending.end(ticket, "solved", AT),
    "window_over": as_step(status.close_step),
    "cancel": status.cancel,
    "reopen": lambda ticket: production.reopen(ticket, "team"),
}
"""Each command that does something to a ticket that is there."""


def a_draft(**values: Any) -> Ticket:
    """A draft that has all that submitting needs; `values` replace fields of it."""
    given = {"title": "Banner", "description": "Um banner para o Natal", "kind": "quote", "requester": DORA}
    begun = drafts.begin(given, BY_ANA, TEAM, ticket_id="ticket-8", number=8, at=AT)
    return begun.after.model_copy(update=values)


def in_status(name: Status, *, never_submitted: bool = False, **values: Any) -> Ticket:
    """A ticket brought to a status by commands."""
    ticket = a_draft(**values) if never_submitted or name == "draft" else a_ticket(**values)
    paths: dict[Status, list[Command]] = {
        "draft": [],
        "open": [],
        "waiting": ["wait"],
        "resolved": ["resolve"],
        "closed": ["close"],
        "cancelled": ["cancel"],
    }
    for command in paths[name]:
        ticket = COMMANDS[command](ticket).after
    assert ticket.status == name
    return ticket


def at_moment(ticket: Ticket, kind: timers.Kind, at: datetime) -> Change[Ticket]:
    """The timer of that kind fires."""
    moment = next(one for one in timers.moments_of(ticket) if one.kind == kind)
    return timers.fire(ticket, moment, at)


def with_draft(ticket: Ticket) -> Ticket:
    """As it would be had nobody submitted it."""
    return ticket.model_copy(update={"draft": Draft(by=BY_ANA)})
