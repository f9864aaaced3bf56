"""Taking back a merge, a split or a bulk edit, as long as nothing that came later contradicts it (W15).

The history is never rewritten: a later entry marks the earlier ones, and the ordinary facts say what follows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Literal

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    Party,
    TicketAnalystAssigned,
    TicketDueSet,
    TicketEdited,
    TicketPromised,
    TicketStageAssigned,
    TicketStepUndone,
    TicketTaskUnlinked,
)
from balcao.tickets.domain.conditions import CannotUndo, NothingToUndo, UndoneAlready, UnknownEntry
from balcao.tickets.domain.fields import Known, retag, rewatch, set_plain
from balcao.tickets.domain.merging import linked
from balcao.tickets.domain.production import production_of, release, reopen_with_production, take_back
from balcao.tickets.domain.status import cancel_step
from balcao.tickets.domain.ticket import ACTIVE, Ticket

Entry = Mapping[str, Any]
What = Literal["merge", "split", "bulk_edit"]

_WHAT: dict[str, What] = {
    "ticket.merged.v1": "merge",
    "ticket.absorbed.v1": "merge",
    "ticket.split.v1": "split",
    "ticket.split_off.v1": "split",
    "ticket.bulk_edited.v1": "bulk_edit",
}
_UNDONE = "ticket.step_undone.v1"
_MACHINES = frozenset(
    {
        "ticket.task_followed.v1",
        "ticket.task_linked.v1",
        "ticket.task_link_refused.v1",
        "ticket.auto_reply_attached.v1",
        "ticket.mail_bounced.v1",
        "ticket.mail_loop_broken.v1",
        "ticket.due_set.v1",
    }
)
"""What happens to a ticket by itself, and is no work that undoing would throw away."""


@dataclass(frozen=True)
class Operation:
    """A merge, split or bulk edit, as one ticket's history shows it."""

    what: What
    id: str
    head: Entry
    entries: tuple[Entry, ...]
    """All entries it made on this ticket."""
    later: tuple[Entry, ...]
    """What came after them."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its entries."""
        return tuple(entry["n"] for entry in self.entries)


def operation_at(n: int, entries: Sequence[Entry]) -> Operation:
    """The operation that entry `n` belongs to. `entries` are the ticket's, in order.

    Raises `UnknownEntry`, `NothingToUndo`, and `UndoneAlready` with the entry that undid it.
    """
    chosen = next((entry for entry in entries if entry["n"] == n), None)
    if chosen is None:
        raise UnknownEntry(f"there is no entry {n}", entry=n)
    together = tuple(entry for entry in entries if entry["cause"] == chosen["cause"])
    head = next((entry for entry in together if entry["type"] in _WHAT), None)
    if head is None:
        raise NothingToUndo("only a merge, a split and a bulk edit can be undone", entry=n)
    return _operation(head, together, entries)


def operation_with(operation_id: str, entries: Sequence[Entry]) -> Operation:
    """The operation of this id, as another ticket of it names it. Raises as `operation_at` does."""
    for entry in entries:
        if entry["type"] in _WHAT and entry["data"]["operation_id"] == operation_id:
            return _operation(entry, tuple(one for one in entries if one["cause"] == entry["cause"]), entries)
    raise NothingToUndo("the ticket's history does not know this operation", operation_id=operation_id)


def undone(entries: Iterable[Entry]) -> dict[str, int]:
    """Operations that were taken back on this ticket, with the number of the entry that did it."""
    return {entry["data"]["operation_id"]: entry["n"] for entry in entries if entry["type"] == _UNDONE}


def _operation(head: Entry, together: tuple[Entry, ...], entries: Sequence[Entry]) -> Operation:
    last = max(entry["n"] for entry in together)
    id_ = str(head["data"]["operation_id"])
    later = tuple(entry for entry in entries if entry["n"] > last)
    by = undone(later).get(id_)
    if by is not None:
        raise UndoneAlready("this was undone before", entry=by)
    return Operation(_WHAT[head["type"]], id_, head, together, later)


@dataclass(frozen=True)
class Reason:
    """Why an operation can't be taken back: what stands in the way, and the later entry that put it there."""

    code: str
    number: int
    """The ticket's."""
    entry: Entry | None = None
    field: str | None = None

    def shown(self) -> dict[str, Any]:
        """For whoever asked."""
        shown: dict[str, Any] = {"code": self.code, "number": self.number}
        if self.field is not None:
            shown["field"] = self.field
        if self.entry is not None:
            actor = self.entry.get("actor") or {}
            shown |= {"entry": self.entry["n"], "type": self.entry["type"], "at": self.entry["at"]}
            shown["by"] = actor.get("name") or actor.get("address")
        return shown


def refuse(reasons: Sequence[Reason]) -> None:
    """Raise `CannotUndo` with all reasons; nothing when there is none."""
    if reasons:
        first = reasons[0]
        where = f"entry {first.entry['n']} of #{first.number}" if first.entry is not None else f"#{first.number}"
        raise CannotUndo(
            f"this can't be undone any more, because of what came later: {where}",
            reasons=[reason.shown() for reason in reasons],
        )


def undo_merge(
    survivor: Ticket, step: Operation, others: Mapping[str, tuple[Ticket, Operation]]
) -> tuple[Change[Ticket], ...]:
    """The merged tickets are in service again, and their people no longer get copies of the survivor.

    Refused when words of those people joined the survivor since (they belong to the merged ticket), when the survivor
    was merged on, or when a merged ticket is resolved as merged no more.
    """
    joined = {party["address"] for party in step.head["data"]["watchers_added"]}
    reasons = [
        Reason("words-since", survivor.number, entry)
        for entry in step.later
        if entry["type"] == "ticket.requester_replied.v1" and entry["data"]["author"].get("address") in joined
    ]
    if survivor.merged_into is not None:
        reasons.append(Reason("merged-on", survivor.number, _last(step.later, "ticket.merged.v1")))
    for ticket, own in others.values():
        if ticket.merged_into != survivor.id or ticket.status != "resolved":
            ended = _last(own.later, "ticket.closed.v1", "ticket.cancelled.v1")
            reasons.append(Reason("not-merged-now", ticket.number, ended))
    refuse(reasons)
    revision = Revision(survivor)
    revision.set(links=tuple(link for link in survivor.links if not (link.kind == "merged_from" and link.id in others)))
    revision.say(
        TicketStepUndone,
        what="merge",
        operation_id=step.id,
        entries=step.numbers,
        others=tuple(linked(ticket) for ticket, _ in others.values()),
    )
    rewatch(revision, (), tuple(party for party in survivor.watchers if party.address in joined))
    _give_back(revision, others.keys())
    return (revision.done(), *(_unmerged(ticket, survivor, own) for ticket, own in others.values()))


def _give_back(revision: Revision[Ticket], others: Set[str]) -> None:
    """The tasks of merged tickets on which work began again after the merge are theirs alone again."""
    now = revision.now
    theirs = [one for one in now.tasks if others & {now.inherited_tasks.get(one.id), *one.ticket_ids}]
    if not theirs:
        return
    gone = frozenset(task.id for task in theirs)
    inherited = {id_: of for id_, of in now.inherited_tasks.items() if id_ not in gone}
    revision.set(left_tasks=(*now.left_tasks, *gone), inherited_tasks=inherited)
    for task in theirs:
        revision.say(TicketTaskUnlinked, task=task)
    release(revision, gone)


def _unmerged(ticket: Ticket, survivor: Ticket, step: Operation) -> Change[Ticket]:
    revision = Revision(ticket)
    links = tuple(link for link in ticket.links if not (link.kind == "merged_into" and link.id == survivor.id))
    revision.set(merged_into=None, links=links)
    revision.say(TicketStepUndone, what="merge", operation_id=step.id, entries=step.numbers, others=(linked(survivor),))
    reopen_with_production(revision, "team")
    return revision.done()


def undo_split(origin: Ticket, step: Operation, new: Ticket, own: Operation) -> tuple[Change[Ticket], Change[Ticket]]:
    """The ticket that was split off is cancelled, and the tasks it took along come back.

    Refused when anybody has worked on it since, or said something there: that would be thrown away.
    """
    reasons = [Reason("worked-on-since", new.number, entry) for entry in own.later if not by_itself(entry)]
    if new.status not in ACTIVE and not reasons:
        reasons.append(Reason("out-of-service", new.number))
    if origin.merged_into is not None:
        reasons.append(Reason("merged-on", origin.number, _last(step.later, "ticket.merged.v1")))
    refuse(reasons)
    back = {task.id for task in new.tasks}
    old = Revision(origin)
    links = tuple(link for link in origin.links if not (link.kind == "split_into" and link.id == new.id))
    old.set(links=links, moved_tasks={task: to for task, to in origin.moved_tasks.items() if task not in back})
    old.say(
        TicketStepUndone,
        what="split",
        operation_id=step.id,
        entries=step.numbers,
        others=(linked(new),),
        tasks=tuple(task.id for task in new.tasks),
    )
    if origin.active:
        take_back(old, new.tasks)
    else:
        old.set(tasks=(*origin.tasks, *new.tasks))
    gone = Revision(new)
    gone.set(tasks=(), production=production_of(()), moved_tasks={**new.moved_tasks, **dict.fromkeys(back, origin.id)})
    gone.set(links=tuple(link for link in new.links if not (link.kind == "split_from" and link.id == origin.id)))
    gone.say(TicketStepUndone, what="split", operation_id=own.id, entries=own.numbers, others=(linked(origin),))
    cancel_step(gone)
    return old.done(), gone.done()


def undo_edit(ticket: Ticket, step: Operation, known: Known) -> Change[Ticket]:
    """What a bulk edit changed on this ticket is as before again, the notes beside it and the fact that the team has
    looked at it aside (H2).

    Refused when a field was changed again since, with the entry that did it; tags and people in copy just go back.
    """
    revision = Revision(ticket)
    reasons: list[Reason] = []
    revision.say(TicketStepUndone, what="bulk_edit", operation_id=step.id, entries=step.numbers)
    for entry in reversed(step.entries):
        take_back_entry = _BACK.get(entry["type"])
        if take_back_entry is not None:
            reasons.extend(take_back_entry(revision, entry, step.later, known))
    refuse(reasons)
    return revision.done()


def _plain_back(revision: Revision[Ticket], entry: Entry, later: Sequence[Entry], known: Known) -> list[Reason]:
    del known
    now, changes, names = revision.now, entry["data"]["changes"], entry["data"].get("names") or {}
    moved = [name for name, (_, after) in changes.items() if getattr(now, name) != after]
    if moved:
        return [Reason("changed-since", now.number, _edited_last(later, name), name) for name in moved]
    set_plain(revision, {name: before for name, (before, _) in changes.items()})
    back = {name: (after, before) for name, (before, after) in changes.items()}
    called = {name: (pair[1], pair[0]) for name, pair in names.items()}
    revision.say(TicketEdited, changes=back, names=called)
    return []


def _tags_back(revision: Revision[Ticket], entry: Entry, later: Sequence[Entry], known: Known) -> list[Reason]:
    del later
    added, removed = ([str(tag["id"]) for tag in entry["data"].get(key, ())] for key in ("added", "removed"))
    now = revision.now.tags
    retag(revision, tuple(t for t in removed if t not in now), tuple(t for t in added if t in now), known)
    return []


def _people_back(revision: Revision[Ticket], entry: Entry, later: Sequence[Entry], known: Known) -> list[Reason]:
    del later, known
    now = revision.now
    there = {now.requester.address, *(one.address for one in now.watchers)}
    added = {party["address"] for party in entry["data"].get("added", ())}
    removed = [Party.model_validate(party) for party in entry["data"].get("removed", ())]
    rewatch(
        revision,
        tuple(party for party in removed if party.address not in there),
        tuple(party for party in now.watchers if party.address in added),
    )
    return []


def _analyst_back(revision: Revision[Ticket], entry: Entry, later: Sequence[Entry], known: Known) -> list[Reason]:
    del known
    now, after = revision.now.analyst, entry["data"]["ticket"].get("analyst") or {}
    if (now.person_id if now else None) != after.get("person_id"):
        return [Reason("changed-since", revision.now.number, _last(later, entry["type"]), "analyst_id")]
    before = entry["data"].get("before")
    revision.set(analyst=Party.model_validate(before) if before else None)
    if not before and revision.now.status == "open":
        revision.set(progress="todo")  # nobody has it any more (W3)
    revision.say(TicketAnalystAssigned, before=now, returned=not before)
    return []


def _assignee_back(revision: Revision[Ticket], entry: Entry, later: Sequence[Entry], known: Known) -> list[Reason]:
    del known
    data, assignees = entry["data"], dict(revision.now.stage_assignees)
    now, after, before = assignees.get(data["stage"]), data.get("assignee"), data.get("before")
    if (now.person_id if now else None) != (after or {}).get("person_id"):
        return [
            Reason(
                "changed-since",
                revision.now.number,
                _stage_last(later, data["stage"]),
                f"stage_assignees.{data['stage']}",
            )
        ]
    assignees.pop(data["stage"], None)
    if before:
        assignees[data["stage"]] = Party.model_validate(before)
    revision.set(stage_assignees=assignees)
    revision.say(TicketStageAssigned, stage=data["stage"], assignee=assignees.get(data["stage"]), before=now)
    return []


def _promise_back(revision: Revision[Ticket], entry: Entry, later: Sequence[Entry], known: Known) -> list[Reason]:
    del known
    now, data = revision.now.promised_for, entry["data"]
    if now != data.get("promised_for"):
        return [Reason("changed-since", revision.now.number, _last(later, entry["type"]), "promised_for")]
    revision.set(promised_for=data.get("before"))
    revision.say(TicketPromised, promised_for=data.get("before"), before=now)
    return []


def _due_back(revision: Revision[Ticket], entry: Entry, later: Sequence[Entry], known: Known) -> list[Reason]:
    del known
    now, data = revision.now.due, entry["data"]
    if now != data.get("due"):
        return [Reason("changed-since", revision.now.number, _last(later, entry["type"]), "due")]
    revision.set(due=data.get("before"))
    revision.say(TicketDueSet, due=data.get("before"), before=now)
    return []


_BACK: dict[str, Callable[[Revision[Ticket], Entry, Sequence[Entry], Known], list[Reason]]] = {
    "ticket.edited.v1": _plain_back,
    "ticket.tagged.v1": _tags_back,
    "ticket.watchers_changed.v1": _people_back,
    "ticket.analyst_assigned.v1": _analyst_back,
    "ticket.stage_assigned.v1": _assignee_back,
    "ticket.promised.v1": _promise_back,
    "ticket.due_set.v1": _due_back,
}
"""How each fact that a bulk edit says is taken back."""


def by_itself(entry: Entry) -> bool:
    """Whether nobody did it: production or a machine."""
    if entry["type"] == "ticket.stage_entered.v1":
        return bool(entry["data"]["reason"] not in ("team", "first_touch"))
    return entry["type"] in _MACHINES


def _last(entries: Sequence[Entry], *types: str) -> Entry | None:
    return next((entry for entry in reversed(entries) if entry["type"] in types), None)


def _edited_last(entries: Sequence[Entry], field: str) -> Entry | None:
    return next(
        (
            entry
            for entry in reversed(entries)
            if entry["type"] == "ticket.edited.v1" and field in entry["data"]["changes"]
        ),
        None,
    )


def _stage_last(entries: Sequence[Entry], stage: str) -> Entry | None:
    return next(
        (
            one
            for one in reversed(entries)
            if one["type"] == "ticket.stage_assigned.v1" and one["data"]["stage"] == stage
        ),
        None,
    )
