"""Any sequence of bulk edits, merges, splits and undoing, with everyday work between: links hold on both sides, every
task has one ticket, what is undone is as it was, and a refusal changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.shared.aggregate import Change
from balcao.shared.errors import Condition
from balcao.shared.timeline import Cause, tell
from balcao.tickets.domain import conversation, production, status, undoing
from balcao.tickets.domain.bulk import bulk_edit
from balcao.tickets.domain.conditions import CannotUndo, NothingToUndo, UndoneAlready
from balcao.tickets.domain.fields import Edit, Known
from balcao.tickets.domain.merging import merge
from balcao.tickets.domain.splitting import Split, split
from balcao.tickets.domain.ticket import ACTIVE, STAGES, Ticket, rank_of
from tests.unit.tickets.builders import (
    AT,
    BY_ANA,
    BY_BIA,
    DORA,
    EVA,
    TEAM,
    a_task,
    a_ticket,
    an_answer,
)
from tests.unit.tickets.test_fields import KNOWN as SOME_KNOWN

KNOWN = Known(TEAM, tags=SOME_KNOWN.tags, projects=SOME_KNOWN.projects)
COUNTERPART = {"merged_into": "merged_from", "split_into": "split_from"}


@dataclass
class Desk:
    """Tickets with their timelines, saved as the store would."""

    tickets: dict[str, Ticket] = field(default_factory=dict)
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    causes: int = 0

    def begin(self, count: int) -> None:
        """Some tickets that came by mail: every second one Eva's."""
        for number in range(1, count + 1):
            requester = EVA if number % 2 == 0 else DORA
            ticket = a_ticket(id=f"ticket-{number}", number=number, requester=requester, entries=0, rank=number)
            self.tickets[ticket.id] = ticket
            self.entries[ticket.id] = []

    def save(self, *changes: Change[Ticket]) -> None:
        """All of it, under one cause."""
        self.causes += 1
        cause = Cause(f"cause-{self.causes}", "c", AT, BY_ANA)
        for change in changes:
            if not change.facts:
                continue
            after = change.after
            assert change.before is self.tickets.get(after.id, change.before)
            assert after.entries == change.before.entries + len(change.facts)
            told = tell("tickets", after.company_id, after.id, change.facts, cause, after=change.before.entries)
            self.entries.setdefault(after.id, []).extend(told.entries)
            self.tickets[after.id] = after

    def named(self, n: int) -> Ticket:
        """One of the tickets there are by now."""
        return self.tickets[sorted(self.tickets)[n % len(self.tickets)]]

    def undo(self, ticket: Ticket, n: int) -> None:
        """Take back the operation of an entry."""
        step = undoing.operation_at(n, self.entries[ticket.id])
        data = step.head["data"]
        if step.what == "bulk_edit":
            self.save(undoing.undo_edit(ticket, step, KNOWN))
        elif step.what == "split":
            own = step.head["type"] == "ticket.split.v1"
            old_id, new_id = (ticket.id, data["into"]["id"]) if own else (data["origin"]["id"], ticket.id)
            old, new = (undoing.operation_with(step.id, self.entries[id_]) for id_ in (old_id, new_id))
            self.save(*undoing.undo_split(self.tickets[old_id], old, self.tickets[new_id], new))
        else:
            survivor_id = ticket.id if step.head["type"] == "ticket.absorbed.v1" else data["into"]["id"]
            survivor = undoing.operation_with(step.id, self.entries[survivor_id])
            merged = [one["id"] for one in survivor.head["data"]["merged"]]
            others = {id_: (self.tickets[id_], undoing.operation_with(step.id, self.entries[id_])) for id_ in merged}
            self.save(*undoing.undo_merge(self.tickets[survivor_id], survivor, others))


Act = Callable[[Desk], None]


def everyday(a: int, what: int) -> Act:
    """What happens to a ticket besides."""

    def act(desk: Desk) -> None:
        ticket = desk.named(a)
        acts: Sequence[Callable[[], Change[Ticket]]] = (
            lambda: conversation.requester_replied(ticket, an_answer(sender=ticket.requester), "token"),
            lambda: production.follow(ticket, a_task(id=f"t-{ticket.number}", state="open"), "created"),
            lambda: production.follow(
                ticket, a_task(id=f"t-{ticket.number}", version=2, state="completed"), "completed"
            ),
            lambda: status.resolve(ticket, "answered", AT),
            lambda: production.reopen(ticket, "team"),
        )
        desk.save(acts[what % len(acts)]())

    return act


def merged(a: int, others: tuple[int, ...]) -> Act:
    """A merge of some tickets."""

    def act(desk: Desk) -> None:
        chosen = [desk.named(n) for n in others]
        desk.save(*merge(desk.named(a), chosen, BY_ANA, AT, operation_id=f"op-{desk.causes}"))

    return act


def split_off(a: int, with_tasks: bool) -> Act:
    """A split, with the tasks or without."""

    def act(desk: Desk) -> None:
        ticket, number = desk.named(a), len(desk.tickets) + 1
        tasks = [task.id for task in ticket.tasks] if with_tasks else []
        wanted = Split.model_validate({"title": "Parte", "text": "algo", "tasks": tasks})
        desk.save(
            *split(
                ticket,
                wanted,
                desk.entries[ticket.id],
                BY_ANA,
                TEAM,
                new_id=f"ticket-{number}",
                number=number,
                at=AT,
                operation_id=f"op-{desk.causes}",
            )
        )

    return act


EDITS: Sequence[Mapping[str, Any]] = (
    {"priority": 80, "kind": "fix"},
    {"workspace_id": "loja"},
    {"workspace_id": "banco", "analyst_id": "bia"},
    {"add_tags": ["natal"], "add_watchers": [{"address": "eva@cliente.test"}]},
    {"remove_tags": ["natal"], "due": None},
    {"analyst_id": "davi"},
)


def edited(a: int, which: int) -> Act:
    """A bulk edit's part on one ticket."""

    def act(desk: Desk) -> None:
        wanted = Edit.model_validate(EDITS[which % len(EDITS)])
        desk.save(bulk_edit(desk.named(a), wanted, BY_BIA, KNOWN, operation_id=f"op-{desk.causes}"))

    return act


def undone(a: int, entry: int) -> Act:
    """Undoing by any entry."""

    def act(desk: Desk) -> None:
        ticket = desk.named(a)
        desk.undo(ticket, 1 + entry % max(1, ticket.entries))

    return act


small = st.integers(0, 7)
acts = st.one_of(
    st.builds(everyday, small, small),
    st.builds(merged, small, st.tuples(small) | st.tuples(small, small)),
    st.builds(split_off, small, st.booleans()),
    st.builds(edited, small, small),
    st.builds(undone, small, st.integers(0, 30)),
)


def holds(desk: Desk) -> None:
    """What is true of all tickets together, whatever was done."""
    for ticket in desk.tickets.values():
        assert ticket.active == (ticket.status in ACTIVE)
        assert ticket.stage in STAGES
        assert ticket.rank == rank_of(ticket.priority, ticket.number)
        assert (ticket.merged_into is not None) == (ticket.resolution == "merged")
        assert [entry["n"] for entry in desk.entries[ticket.id]] == list(range(1, ticket.entries + 1))
        _links_hold(desk, ticket)
    _each_task_has_one_ticket(desk)


def _links_hold(desk: Desk, ticket: Ticket) -> None:
    for link in ticket.links:
        other = desk.tickets[link.id]
        back = {(one.kind, one.id) for one in other.links}
        kind = COUNTERPART.get(link.kind) or next(k for k, v in COUNTERPART.items() if v == link.kind)
        assert (kind, ticket.id) in back
    seen = {ticket.id}
    at = ticket
    while at.merged_into is not None:
        at = desk.tickets[at.merged_into]
        assert at.id not in seen, "merged in a circle"
        seen.add(at.id)


def _each_task_has_one_ticket(desk: Desk) -> None:
    holders: dict[str, list[str]] = {}
    for ticket in desk.tickets.values():
        for task in ticket.tasks:
            holders.setdefault(task.id, []).append(ticket.id)
    for task_id, where in holders.items():
        assert len(where) == 1, (task_id, where)
        at, steps = f"ticket-{task_id.removeprefix('t-')}", 0
        while task_id in desk.tickets[at].moved_tasks:
            at, steps = desk.tickets[at].moved_tasks[task_id], steps + 1
            assert steps <= len(desk.tickets)
        assert at == where[0], "production's facts would not find it"


@settings(deadline=None, max_examples=150)
@given(st.integers(2, 4), st.lists(acts, max_size=14))
def test_whatever_is_done_tickets_hold_together(count: int, done: list[Act]) -> None:
    """W12, W13, W14, W15, H5: a refused step leaves everything as it was."""
    desk = Desk()
    desk.begin(count)
    for act in done:
        before = dict(desk.tickets)
        try:
            act(desk)
        except Condition:
            assert desk.tickets == before
        holds(desk)


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 4), st.lists(acts, max_size=8), small, st.sampled_from(range(len(EDITS))))
def test_a_bulk_edit_undone_at_once_leaves_the_fields_as_they_were(
    count: int, done: list[Act], a: int, which: int
) -> None:
    """W15: that the team has looked at it stays true (H2)."""
    desk = prepared(count, done)
    before = desk.named(a)
    if not attempted(desk, edited(a, which)) or desk.named(a) == before:
        return
    desk.undo(desk.named(a), before.entries + 1)
    after = desk.named(a)
    same = ("title", "kind", "priority", "workspace_id", "project_id", "promised_for", "due", "analyst", "rank")
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert set(after.tags) == set(before.tags)
    assert {one.address for one in after.watchers} == {one.address for one in before.watchers}
    assert after.stage_assignees == before.stage_assignees


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 4), st.lists(acts, max_size=8), small, small)
def test_a_merge_undone_at_once_leaves_both_as_they_were(count: int, done: list[Act], a: int, b: int) -> None:
    """W15"""
    desk = prepared(count, done)
    survivor, other = desk.named(a), desk.named(b)
    if not attempted(desk, merged(a, (b,))):
        return
    desk.undo(desk.tickets[other.id], other.entries + 1)
    after, back = desk.tickets[survivor.id], desk.tickets[other.id]
    assert (after.links, after.watchers) == (survivor.links, survivor.watchers)
    assert (back.status, back.merged_into, back.links, back.tasks) == ("open", None, other.links, other.tasks)
    again_refused(desk, other.id, other.entries + 1)
    holds(desk)


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 4), st.lists(acts, max_size=8), small, st.booleans())
def test_a_split_undone_at_once_brings_the_tasks_home(count: int, done: list[Act], a: int, with_tasks: bool) -> None:
    """W15, H5"""
    desk = prepared(count, done)
    before = desk.named(a)
    if not attempted(desk, split_off(a, with_tasks)):
        return
    desk.undo(desk.tickets[before.id], before.entries + 1)
    after = desk.tickets[before.id]
    assert {task.id for task in after.tasks} == {task.id for task in before.tasks}
    assert (after.links, after.production) == (before.links, before.production)
    assert after.stage == (before.stage if before.stage != "triage" else "analysis")
    again_refused(desk, before.id, before.entries + 1)
    holds(desk)


def prepared(count: int, done: list[Act]) -> Desk:
    """Tickets after some work on them."""
    desk = Desk()
    desk.begin(count)
    for act in done:
        attempted(desk, act)
    return desk


def attempted(desk: Desk, act: Act) -> bool:
    """Whether it was allowed."""
    try:
        act(desk)
    except Condition:
        return False
    return True


def again_refused(desk: Desk, ticket_id: str, entry: int) -> None:
    """What is undone can't be undone again."""
    try:
        desk.undo(desk.tickets[ticket_id], entry)
    except (UndoneAlready, CannotUndo, NothingToUndo):
        return
    raise AssertionError("undone twice")
