"""A company's tracker elsewhere: what it tells us and what that does to tasks, what we tell it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.aggregate import Change, Revision
from balcao.shared.errors import Invalid, Refused
from balcao.shared.events import (
    Party,
    TaskCreated,
    TaskOutsideLinked,
    TaskTicketNamed,
)
from balcao.workflow.domain.outside_link import OutsideLink
from balcao.workflow.domain.phases import Phase, TaskType
from balcao.workflow.domain.ready_trackers import READY, READY_PHASES
from balcao.workflow.domain.tasks import Task
from balcao.workflow.domain.tracker_mapping import (
    Mapping,
    OutsideChange,
    TrackerKind,
    folded_state,
)
from balcao.workflow.domain.tracker_outbound import Outbound

MOST_TRACKERS = 30
MOST_STATES = 200
MOST_KEEPERS = 5
_KINDS = {
    "@todo": "todo",
    "@doing": "doing",
    "@internal_review": "internal_review",
    "@external_approval": "external_approval",
    "@done": "done",
}
_OTHERS = frozenset({"@reopen", "@cancel"})


class TooManyTrackers(Refused):
    """The company has as many trackers as it may have."""


class BadTracker(Invalid):
    """The tracker's settings don't make sense."""


@dataclass(frozen=True)
class Command:
    """What a person would do at the desk."""

    what: Literal["move", "reopen", "cancel"]
    phase: str = ""


class Tracker(BaseModel):
    """A tracker as the company set it up."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    company_id: str
    version: int = 1
    name: str
    kind: TrackerKind
    state: Literal["active", "paused"] = "active"
    secret: str
    """Sealed. What the tracker signs with."""
    mapping: Mapping | None = None
    """None: the ready one of its kind."""
    phases: Dict[str, str] = Field(default_factory=dict)
    """From what a state is called there to a phase of the task type, or @todo, @doing, @done, @reopen, @cancel…"""
    task_type: str | None = None
    """Id of the type that new tasks take; the default one when none."""
    creates: bool = True
    """Whether what is new there becomes a task."""
    names_tickets: bool = True
    """Whether a ticket may be named in it. To switch off where strangers can write."""
    outbound: Outbound | None = None
    """What it is told; none: nothing."""
    keepers: tuple[Party, ...] = ()
    """Those who set it up or changed it last, the latest first."""
    created_at: datetime
    updated_at: datetime

    @property
    def reads_by(self) -> Mapping:
        """The mapping in force."""
        mapping = self.mapping or READY.get(self.kind)
        if mapping is None:
            raise BadTracker("a generic tracker needs a mapping")
        return mapping

    @property
    def party(self) -> Party:
        """The tracker as the one who acts."""
        return Party(person_id=actor_id(self.id), name=self.name)

    def phase_of(self, states: Sequence[str]) -> tuple[str, str] | None:
        """The first of these states that has a meaning, and the meaning."""
        known = {**READY_PHASES[self.kind], **{folded_state(name): to for name, to in self.phases.items()}}
        return next(((state, known[state]) for state in states if known.get(state)), None)


def actor_id(tracker_id: str) -> str:
    """What a tracker is called among those who act."""
    return f"tracker:{tracker_id}"


def checked(tracker: Tracker, types: Sequence[TaskType]) -> Tracker:
    """The tracker, if it makes sense. Raises `BadTracker`, `NoSuchPhase`."""
    tracker.reads_by  # noqa: B018  (raises)
    if len(tracker.phases) > MOST_STATES:
        raise BadTracker(f"at most {MOST_STATES} states can be named")
    chosen = next((one for one in types if one.id == tracker.task_type), None)
    if tracker.task_type is not None and (chosen is None or chosen.archived):
        raise BadTracker("there is no such task type", task_type=tracker.task_type)
    task_type = chosen or types[0]
    for wanted in tracker.phases.values():
        if wanted:
            meant(task_type, wanted)
    return tracker


def meant(task_type: TaskType, wanted: str) -> Phase | None:
    """The phase that a meaning leads to; none for @reopen and @cancel. Raises `BadTracker`, `NoSuchPhase`."""
    if wanted in _OTHERS:
        return None
    if not wanted.startswith("@"):
        return task_type.phase(wanted)
    if wanted not in _KINDS:
        raise BadTracker(f"{wanted[:40]} means nothing; these do: {', '.join(sorted({*_KINDS, *_OTHERS}))}")
    phase = next((one for one in task_type.phases if one.kind == _KINDS[wanted]), None)
    if phase is None:
        raise BadTracker(f"{task_type.name!r} has no phase of the kind {_KINDS[wanted]}", task_type=task_type.id)
    return phase


def create_from_outside(
    change: OutsideChange, tracker: Tracker, task_type: TaskType, *, task_id: str, number: int, at: datetime
) -> Change[Task]:
    """The task that something in a tracker becomes, linked to it, in the first phase of its type."""
    task = Task(
        id=task_id,
        company_id=tracker.company_id,
        number=number,
        title=change.title,
        description=change.description,
        type_id=task_type.id,
        phase=task_type.first,
        executor=task_type.assignees.get(task_type.first.id),
        created_at=at,
        updated_at=at,
    )
    revision = Revision(task).say(TaskCreated, description=task.description)
    _link(revision, outside_link(tracker, change.outside_id, change.label, change.url), tracker)
    return revision.done()


def outside_link(tracker: Tracker, outside_id: str, label: str, url: str) -> OutsideLink:
    """Where to find a piece of work there."""
    return OutsideLink(tracker_id=tracker.id, outside_id=outside_id, label=label, url=url)


def link_outside(task: Task, link: OutsideLink, tracker: Tracker) -> Change[Task]:
    """The task is the same work as something there. Nothing happens when that is known."""
    revision = Revision(task)
    _link(revision, link, tracker)
    return revision.done()


def next_command(task: Task, task_type: TaskType, wanted: str) -> Command | None:
    """The next command that brings the task to where the work stands there; none when it stands there already.

    Raises `BadTracker`, `NoSuchPhase`.
    """
    if wanted == "@cancel":
        return Command("cancel") if task.state == "open" else None
    if wanted == "@reopen":
        return Command("reopen") if task.state != "open" else None
    phase = meant(task_type, wanted)
    assert phase is not None
    if task.state == "cancelled":
        return Command("reopen")  # and then to the phase
    return Command("move", phase.id) if phase.id != task.phase.id else None


def name_tickets(task: Task, tracker: Tracker, numbers: Sequence[int]) -> Change[Task]:
    """What stands there names tickets that the work is for; each is said once."""
    revision = Revision(task)
    known = {*task.named_tickets, *(linked.number for linked in task.tickets)}
    new = [one for one in numbers if one not in known]
    if new:
        revision.set(named_tickets=(*task.named_tickets, *new))
        for number in new:
            revision.say(TaskTicketNamed, tracker_id=tracker.id, ticket_number=number)
    return revision.done()


def task_mark(task: Task, tracker_id: str, secret: str) -> str:
    """What is written into the tracker so that it is known as this task when it comes back. Only we can write it."""
    return f"Balcao-Task: {task.number}.{task_mac(task.id, tracker_id, secret)}"


def task_mac(task_id: str, tracker_id: str, secret: str) -> str:
    """The signature in a task's mark."""
    digest = hmac.new(secret.encode(), f"task:{tracker_id}:{task_id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:8]).decode().rstrip("=").lower()


def _link(revision: Revision[Task], link: OutsideLink, tracker: Tracker) -> None:
    others = tuple(one for one in revision.now.outside if one.tracker_id != link.tracker_id)
    if link in revision.now.outside:
        return
    revision.set(outside=(*others, link))
    revision.say(TaskOutsideLinked, tracker_id=tracker.id, tracker=tracker.name, label=link.label, url=link.url)
