"""Any history of a ticket: commands of everybody, replies, news of its tasks, timers early, late, twice or too late for
anything, under any policies. In every state it is a ticket as the rules want it, and every step is in the table."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.shared.aggregate import Change
from balcao.shared.errors import Condition, Invalid, Refused
from balcao.shared.rich_text import plain
from balcao.tickets.domain import (
    conversation,
    drafts,
    ending,
    fields,
    production,
    stages,
    status,
    taking,
    timers,
    undo_window,
    waiting,
)
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.conversation import Comment
from balcao.tickets.domain.life import TRANSITIONS
from balcao.tickets.domain.policies import Policies
from balcao.tickets.domain.settling import settle
from balcao.tickets.domain.ticket import STAGES, Step, Ticket, Wait
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, BY_CAIO, DORA, TEAM, an_answer, opened
from tests.unit.tickets.lives import a_draft
from tests.unit.tickets.task_histories import News, deliveries, several_lives
from tests.unit.tickets.test_production_sequences import check_change

PEOPLE = (BY_ANA, BY_BIA, BY_CAIO)
KNOWN = fields.Known(team=TEAM)
policies = st.builds(
    Policies,
    resolution_required=st.sampled_from(["none", "note", "mail"]),
    feedback_days=st.sampled_from([None, 0, 1, 30]),
    remind_days_before=st.sampled_from([None, 0, 1]),
    close_if_no_answer=st.booleans(),
)
COMMANDS = (
    "take",
    "give back",
    "reject",
    "follow up",
    "wait for answer",
    "case launched",
    "resolve",
    "spam",
    "cancel",
    "reopen",
    "note",
    "answer",
    "answer and resolve",
    "answer and wait",
    "held answer",
    "send held",
    "undo held",
    "reply",
    "auto reply",
    "bounce",
    "solved",
    "not needed",
    "stage",
    "analyst",
    "ask for a task",
    "title",
    "priority",
    "promise",
    "take promise back",
    "action plan",
    "edit draft",
    "submit",
)
step_of = st.tuples(
    st.one_of(st.sampled_from(COMMANDS), st.sampled_from(["timer", "task", "hours pass"])),
    st.integers(min_value=0, max_value=40),
)


@dataclass
class World:
    """The ticket, its timers as the store keeps them, what has acted already, and the time."""

    ticket: Ticket
    company: Company
    at: datetime = AT
    armed: list[timers.Moment] = field(default_factory=list)
    acted: set[str] = field(default_factory=set)


def command(world: World, name: str, n: int) -> Change[Ticket]:
    """What somebody does; `n` chooses who and what."""
    ticket, by, at = world.ticket, PEOPLE[n % 3], world.at
    team = TEAM.model_copy(update={"company": world.company})
    held = ticket.outgoing[0].id if ticket.outgoing else "none"
    later = at + timedelta(hours=n + 1)
    answer = Comment(plain(f"resposta {n}"), visible=True)
    rules: dict[str, Any] = {
        "take": lambda: taking.take(ticket, by),
        "give back": lambda: taking.give_back(ticket),
        "reject": lambda: taking.reject(ticket, by, "não"),
        "follow up": lambda: waiting.wait(ticket, waiting.plan("follow_up", team, at, until=later), by),
        "wait for answer": lambda: waiting.wait(ticket, waiting.plan("more_information", team, at, days=n % 4), by),
        "case launched": lambda: waiting.wait(ticket, Wait(reason="case_launched"), by),
        "resolve": lambda: status.resolve(ticket, ("answered", "rejected", "no_response")[n % 3], at),
        "spam": lambda: status.resolve(ticket, "spam", at),
        "cancel": lambda: status.cancel(ticket),
        "reopen": lambda: production.reopen(ticket, "team"),
        "note": lambda: conversation.comment(ticket, f"nota {n}", by, at),
        "answer": lambda: conversation.write(ticket, answer, by, at),
        "answer and resolve": lambda: conversation.comment(
            ticket, f"feito {n}", by, at, visible=True, then_resolve="answered"
        ),
        "answer and wait": lambda: conversation.write(
            ticket,
            Comment(plain("aguardo"), visible=True, step=Step(command="wait", wait=Wait(reason="visit", until=later))),
            by,
            at,
        ),
        "held answer": lambda: undo_window.accept(
            ticket, answer, by, at, reply_id=f"held-{n}-{ticket.version}", undo_seconds=15
        ),
        "send held": lambda: undo_window.send(ticket, held, at),
        "undo held": lambda: undo_window.undo(ticket, held),
        "reply": lambda: replied(ticket, at),
        "auto reply": lambda: conversation.attach_auto_reply(ticket, DORA, "Férias", "volto já", "m"),
        "bounce": lambda: conversation.note_undelivered(ticket, "dora@cliente.test", "no", permanent=n % 2 == 0),
        "solved": lambda: ending.end(ticket, "solved", at),
        "not needed": lambda: ending.end(ticket, "not_needed", at),
        "stage": lambda: stages.move(ticket, STAGES[n % 5], by),
        "analyst": lambda: stages.assign_analyst(ticket, PEOPLE[(n + 1) % 3], by),
        "ask for a task": lambda: production.request_task(ticket, f"task-{n % 3}", by),
        "title": lambda: fields.edit(ticket, fields.Edit(title=f"Título {n}"), by, KNOWN),
        "priority": lambda: fields.edit(ticket, fields.Edit(priority=n % 20 * 5), by, KNOWN),
        "promise": lambda: fields.edit(
            ticket, fields.Edit(promised_for=at + timedelta(days=n % 5, hours=1), note="combinado"), by, KNOWN
        ),
        "take promise back": lambda: fields.edit(ticket, fields.Edit(promised_for=None), by, KNOWN),
        "action plan": lambda: conversation.write_action_plan(ticket, f"plano {n}", by),
        "edit draft": lambda: drafts.edit(ticket, {"title": f"Rascunho {n}", "description": ""}, team),
        "submit": lambda: drafts.submit(ticket),
    }
    change: Change[Ticket] = rules[name]()
    return change


def replied(ticket: Ticket, at: datetime) -> Change[Ticket]:
    """As the desk does it: what comes too late is placed elsewhere."""
    status.takes_replies(ticket, at)
    return conversation.requester_replied(ticket, an_answer(), "token")


def fire(world: World, n: int) -> Change[Ticket] | None:
    """One of the timers, any of them and as often as it comes; it never fires before its time."""
    if not world.armed:
        return None
    moment = world.armed[n % len(world.armed)]
    world.at = max(world.at, moment.due)
    cause = timers.cause_of(world.ticket.id, moment)
    if cause in world.acted:
        return None  # the store finds that this cause has acted
    if moment.kind == "reply_out":
        due = [one for one in world.ticket.outgoing if one.goes_out_at <= moment.due]
        return undo_window.send(world.ticket, due[0].id, world.at) if due else None
    change = timers.fire(world.ticket, moment, world.at)
    if change.facts:
        world.acted.add(cause)
        assert timers.fire(settle(change, world.company, world.at).after, moment, world.at).facts == () or (
            moment.kind in ("promise_near", "promise_reached")
        )
    return change


@settings(deadline=None, max_examples=400)
@given(
    policies,
    st.booleans(),
    several_lives().flatmap(deliveries),
    st.lists(step_of, max_size=30),
)
def test_in_every_state_it_is_a_ticket_as_the_rules_want_it(
    policies: Policies, as_draft: bool, news: list[News], steps: list[tuple[str, int]]
) -> None:
    """H1, H2, H3, H4, H5, H8, O12, W1, W2, W3, W4, W5, W6, W7, W16, P4"""
    company = TEAM.company.model_copy(update={"policies": policies})
    world = World(a_draft() if as_draft else settle(opened(), company, AT).after, company)
    check_ticket(world)
    for name, n in steps:
        if name == "hours pass":
            world.at += timedelta(hours=n)
            continue
        before = world.ticket
        try:
            if name == "timer":
                change = fire(world, n)
            elif name == "task":
                change = heard(world, news, n)
            else:
                change = command(world, name, n)
            if change is None:
                continue
            change = settle(change, world.company, world.at)
        except (Refused, Invalid) as refused:
            check_refusal(before, refused)
            continue
        check_change(before, change)
        check_step(before, change)
        world.armed.extend(timers.newly_armed(change, world.at))
        world.ticket = change.after
        check_ticket(world)


def heard(world: World, news: list[News], n: int) -> Change[Ticket] | None:
    """News of a task, of a draft never: nobody asked for one."""
    if not news or world.ticket.draft is not None:
        return None
    one = news[n % len(news)]
    return production.follow(world.ticket, one.task, one.what)


def check_refusal(ticket: Ticket, refused: Condition) -> None:
    """Every refusal has words, and those of a situation say what is possible."""
    assert refused.message
    if refused.code.startswith("ticket-is-"):
        assert refused.details.get("ticket_status", ticket.status) == ticket.status


def check_step(before: Ticket, change: Change[Ticket]) -> None:
    """Each change of situation is made of rows of the table; what is closed stays so; of drafts nobody hears."""
    after = change.after
    rows = {(row.before, row.after) for row in TRANSITIONS}
    direct = before.status == after.status or (before.status, after.status) in rows
    # An answer that submits a draft and resolves or waits, or one that takes a ticket up again, is two steps.
    by_two = any((before.status, one) in rows and (one, after.status) in rows for one in ("open", "resolved"))
    assert direct or by_two, (before.status, after.status)
    if before.status == "closed":
        assert after.status == "closed"
    if after.draft is not None:
        assert [fact.type for fact in change.facts if fact.public and fact.type != "ticket.promised.v1"] == []
        assert (after.stage, after.tasks) == ("triage", ())
    if before.draft is not None and after.draft is None:
        assert change.facts[0].type in ("ticket.opened.v1", "ticket.reply_undone.v1") or any(
            fact.type == "ticket.opened.v1" for fact in change.facts
        )


def check_ticket(world: World) -> None:
    """What must be true of every ticket."""
    ticket = world.ticket
    assert ticket.active == (ticket.status in ("draft", "open", "waiting"))
    assert (ticket.progress is not None) == (ticket.status == "open")
    assert not (ticket.progress == "in_progress" and ticket.analyst is None)
    assert (ticket.wait is not None) == (ticket.status == "waiting")
    assert (ticket.resolution is not None) == (ticket.status in ("resolved", "closed"))
    assert (ticket.resolved_at is not None) == (ticket.resolution is not None)
    assert ticket.reply_until is None or ticket.status == "resolved"
    assert ticket.draft is None or ticket.status in ("draft", "cancelled")
    assert ticket.status != "draft" or ticket.draft is not None
    assert ticket.due is None or ticket.status in ("open", "waiting", "draft")
    has_window = world.company.policies.feedback_days is not None
    assert (ticket.reply_until is not None) == (ticket.status == "resolved" and has_window)
    if ticket.resolution_entry is not None:
        assert ticket.resolution_entry <= ticket.entries
    assert ticket.rank == ticket.priority * 10**9 + ticket.number
    for moment in timers.moments_of(ticket):
        reminds = moment.kind in ("promise_near", "promise_reached")
        assert moment in world.armed or moment.due <= world.at or (reminds and ticket.version == 0), moment
