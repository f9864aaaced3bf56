"""Splitting a ticket: part of it becomes a ticket of its own, linked both ways (W14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    FileRef,
    Party,
    TaskSnapshot,
    TicketNoted,
    TicketOpened,
    TicketSplit,
    TicketSplitOff,
)
from balcao.tickets.domain.conditions import CannotSplit, UnknownPerson, UnknownWorkspace
from balcao.tickets.domain.fields import PRIORITY_STEP, Id, Note, Title
from balcao.tickets.domain.merging import linked
from balcao.tickets.domain.opening import MOST_EXCERPT
from balcao.tickets.domain.production import STAGE_OF, production_of, release
from balcao.tickets.domain.stages import hand_over, touch
from balcao.tickets.domain.status import submitted
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Kind, Link, Ticket, rank_of

MOST_ENTRIES = 50
_SAID_IN_PUBLIC = ("ticket.requester_replied.v1", "ticket.replied.v1")
_OPENED = "ticket.opened.v1"
_NOTED = "ticket.noted.v1"


class Split(BaseModel):
    """What goes along, and how the new ticket begins. What is left out is as on the old one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title
    text: Annotated[str, StringConstraints(max_length=100_000)] = Field(
        default="", description="What is asked for, in the team's words; before the words taken along."
    )
    entries: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(), max_length=MOST_ENTRIES, description="Numbers of the entries whose words and files go along."
    )
    tasks: tuple[Id, ...] = Field(
        default=(), max_length=MOST_ENTRIES, description="Tasks that go along; the rest stay."
    )
    kind: Kind | None = None
    priority: int | None = Field(default=None, ge=0, le=100, multiple_of=PRIORITY_STEP)
    workspace_id: Id | None = None
    analyst_id: Id | None = None
    watchers: bool = Field(default=True, description="Whether those in copy get copies of the new ticket too.")
    status: Literal["todo", "in_progress"] = Field(
        default="todo", description="Whether somebody has to take the new ticket first (W3)."
    )
    note: Note = Field(default="", description="A private note on both tickets.")

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if not (self.text.strip() or self.entries or self.tasks):
            raise ValueError("say what goes along: some text, entries or tasks")
        return self


@dataclass(frozen=True)
class _Taken:
    """The words that go along: the public ones become what was asked for, private ones stay private."""

    public: tuple[str, ...]
    private: tuple[Mapping[str, Any], ...]
    files: tuple[FileRef, ...]


def split(
    ticket: Ticket,
    wanted: Split,
    entries: Sequence[Mapping[str, Any]],
    by: Party,
    team: Team,
    *,
    new_id: str,
    number: int,
    at: datetime,
    operation_id: str,
) -> tuple[Change[Ticket], Change[Ticket]]:
    """Split part of a ticket off: the changes of the old one and of the new one.

    `entries` are the ticket's timeline entries that were chosen. A private note that goes along stays a private note;
    it never becomes part of what the requester reads. Raises `CannotSplit`, which names what can't go along, and a
    condition when the ticket is out of service.
    """
    submitted(ticket)
    taken = _taken(ticket, wanted, entries)
    tasks = _tasks(ticket, wanted)
    new = _new(ticket, wanted, taken, tasks, team, new_id=new_id, number=number, at=at)
    old = Revision(ticket)
    link = Link(kind="split_into", id=new.id, number=new.number, title=new.title)
    gone = {task.id: new.id for task in tasks}
    old.set(links=(*ticket.links, link), moved_tasks={**ticket.moved_tasks, **gone})
    old.say(
        TicketSplit,
        operation_id=operation_id,
        into=linked(new),
        entries=wanted.entries,
        tasks=tuple(gone),
    )
    if tasks:
        release(old, frozenset(gone))
    if wanted.note:
        old.say(TicketNoted, author=by, text=wanted.note)
    touch(old, by)
    return old.done(), _opened(new, ticket, wanted, taken, by, team, operation_id)


def _taken(ticket: Ticket, wanted: Split, entries: Sequence[Mapping[str, Any]]) -> _Taken:
    by_number = {entry["n"]: entry for entry in entries}
    public: list[str] = []
    private: list[Mapping[str, Any]] = []
    files: list[FileRef] = []
    wordless = []
    for n in dict.fromkeys(wanted.entries):
        entry = by_number.get(n)
        kind = entry["type"] if entry is not None else None
        if entry is None or kind not in (*_SAID_IN_PUBLIC, _OPENED, _NOTED):
            wordless.append(n)
        elif kind == _OPENED:
            public.append(ticket.requested)
            files.extend(ticket.requested_files)
        elif kind == _NOTED:
            private.append(entry["data"])
        else:
            public.append(_own_words(entry["data"]))
            files.extend(FileRef.model_validate(file) for file in entry["data"].get("files", ()))
    if wordless:
        raise CannotSplit("these entries have no words that could go along", entries=wordless)
    return _Taken(tuple(public), tuple(private), tuple({file.file_id: file for file in files}.values()))


def _own_words(data: Mapping[str, Any]) -> str:
    text, quote_at = str(data.get("text", "")), data.get("quote_at")
    return text if quote_at is None else text[:quote_at].rstrip()


def _tasks(ticket: Ticket, wanted: Split) -> tuple[TaskSnapshot, ...]:
    tasks = tuple(task for task in ticket.tasks if task.id in wanted.tasks)
    strangers = set(wanted.tasks) - {task.id for task in tasks}
    if strangers:
        raise CannotSplit("these tasks are none of the ticket's", tasks=sorted(strangers))
    unmade = [task.id for task in tasks if task.state == "requested"]
    if unmade:
        raise CannotSplit("these tasks are still being created; try again in a moment", tasks=unmade)
    asked = {one.task_id for one in ticket.approvals if one.state == "asked"}.intersection(wanted.tasks)
    if asked:
        raise CannotSplit("the requester is asked to approve these; wait for the answer", asked=sorted(asked))
    return tasks


def _new(
    ticket: Ticket,
    wanted: Split,
    taken: _Taken,
    tasks: tuple[TaskSnapshot, ...],
    team: Team,
    *,
    new_id: str,
    number: int,
    at: datetime,
) -> Ticket:
    given = wanted.model_fields_set
    workspace_id = wanted.workspace_id if "workspace_id" in given else ticket.workspace_id
    if "workspace_id" in given and workspace_id is not None and team.workspace(workspace_id) is None:
        raise UnknownWorkspace("there is no such workspace", workspace_id=workspace_id)
    same_place = workspace_id == ticket.workspace_id
    priority = ticket.priority if wanted.priority is None else wanted.priority
    text = "\n\n".join(part for part in (wanted.text.strip(), *(one.strip() for one in taken.public)) if part)
    return Ticket(
        id=new_id,
        company_id=ticket.company_id,
        number=number,
        title=wanted.title,
        stage_assignees=team.stage_assignees(workspace_id),
        requester=ticket.requester,
        watchers=ticket.watchers if wanted.watchers else (),
        analyst=ticket.analyst if same_place else team.analyst(workspace_id),
        kind=wanted.kind or ticket.kind,
        priority=priority,
        rank=rank_of(priority, number),
        workspace_id=workspace_id,
        project_id=ticket.project_id if same_place else None,
        channel="desk",
        requested=text[:100_000],
        requested_files=taken.files,
        last_words=text[:MOST_EXCERPT],
        tasks=tuple(task.model_copy(update={"ticket_ids": (new_id,)}) for task in tasks),
        production=production_of(tasks),
        stage=STAGE_OF[production_of(tasks).state],
        links=(Link(kind="split_from", id=ticket.id, number=ticket.number, title=ticket.title),),
        opening_rule="split",
        related_ticket_id=ticket.id,
        opened_at=at,
        updated_at=at,
    )


def _opened(
    new: Ticket, origin: Ticket, wanted: Split, taken: _Taken, by: Party, team: Team, operation_id: str
) -> Change[Ticket]:
    revision = Revision(new)
    revision.say(
        TicketOpened,
        channel="desk",
        kind=new.kind,
        priority=new.priority,
        workspace_id=new.workspace_id,
        excerpt=new.requested[:MOST_EXCERPT],
    )
    revision.say(
        TicketSplitOff, operation_id=operation_id, origin=linked(origin), tasks=tuple(task.id for task in new.tasks)
    )
    for data in taken.private:
        files = tuple(FileRef.model_validate(file) for file in data.get("files", ()))
        author = Party.model_validate(data["author"])
        of_mail = {key: data[key] for key in ("message_id", "rule", "quote_at") if data.get(key) is not None}
        revision.say(TicketNoted, author=author, text=str(data.get("text", "")), files=files, **of_mail)
    if wanted.note:
        revision.say(TicketNoted, author=by, text=wanted.note)
    if wanted.analyst_id is not None:
        analyst = team.member(wanted.analyst_id)
        if analyst is None:
            raise UnknownPerson("nobody of the team has this id", person_id=wanted.analyst_id)
        hand_over(revision, analyst)
    if wanted.status == "in_progress":
        touch(revision, by)
    return revision.done()
