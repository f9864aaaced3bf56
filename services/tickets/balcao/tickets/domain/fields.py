"""Editing the fields of a ticket: only those that are given a value change, and each says what it was before (W12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    Party,
    TagName,
    TicketDueSet,
    TicketEdited,
    TicketNoted,
    TicketPromised,
    TicketRequesterChanged,
    TicketTagged,
    TicketWatchersChanged,
)
from balcao.tickets.domain.conditions import (
    ExtendingNeedsNote,
    OwnAddress,
    TooManyWatchers,
    UnknownPerson,
    UnknownProject,
    UnknownTag,
    UnknownWorkspace,
)
from balcao.tickets.domain.people import MailAddress
from balcao.tickets.domain.stages import hand_over, set_assignee, touch
from balcao.tickets.domain.status import in_service
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Kind, Ticket, rank_of

MOST_WATCHERS = 100
MOST_TAGS = 50
PRIORITY_STEP = 5
CLASSIFYING = frozenset({"kind", "project_id", "add_tags", "remove_tags"})
"""Fields that say what a ticket is about: they may be put right when it is long finished, which nobody is told."""
_NEVER_NONE = ("title", "kind", "priority", "analyst_id", "requester")

Id = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]


class Somebody(BaseModel):
    """A person by mail address; who they are in the directory is looked up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: MailAddress
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class Edit(BaseModel):
    """New values of fields. One that is left out stays as it is; `null` empties one that may be empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title | None = None
    kind: Kind | None = Field(default=None, description="Tipo de ocorrência (O10).")
    priority: int | None = Field(
        default=None, ge=0, le=100, multiple_of=PRIORITY_STEP, description="0 to 100, in steps of 5 at the desk (O9)."
    )
    workspace_id: Id | None = Field(default=None, description="Null: of no workspace.")
    project_id: Id | None = Field(default=None, description="A project of the ticket's workspace (W11).")
    add_tags: tuple[Id, ...] = Field(default=(), max_length=MOST_TAGS, description="Ids of tags (O14).")
    remove_tags: tuple[Id, ...] = Field(default=(), max_length=MOST_TAGS)
    add_watchers: tuple[Somebody, ...] = Field(default=(), max_length=MOST_WATCHERS, description="Em cópia (W11).")
    remove_watchers: tuple[MailAddress, ...] = Field(default=(), max_length=MOST_WATCHERS)
    analyst_id: Id | None = Field(default=None, description="Who answers for the ticket (H8).")
    requester: Somebody | None = Field(default=None, description="Whose request it is.")
    promised_for: AwareDatetime | None = Field(default=None, description="Previsto para (W9). Null: no date any more.")
    due: AwareDatetime | None = Field(default=None, description="The team's own date (W16).")
    note: Note = Field(default="", description="A private note beside it; needed when a date is extended (W17).")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        empty = [name for name in _NEVER_NONE if name in self.model_fields_set and getattr(self, name) is None]
        if empty:
            raise ValueError(f"can't be emptied: {', '.join(empty)}")
        both = set(self.add_tags) & set(self.remove_tags)
        if both:
            raise ValueError(f"both added and removed: {', '.join(sorted(both))}")
        return self

    def gives(self, name: str) -> bool:
        """Whether a field was given a value."""
        return name in self.model_fields_set

    @property
    def given(self) -> frozenset[str]:
        """The fields that were given a value."""
        return frozenset(self.model_fields_set) - {"note"}

    @property
    def addresses(self) -> tuple[str, ...]:
        """Mail addresses whose owners have to be looked up."""
        return tuple(one.address for one in (*self.add_watchers, *((self.requester,) if self.requester else ())))


@dataclass(frozen=True)
class Project:
    """A project as far as a ticket needs to know it."""

    id: str
    name: str
    workspace_id: str | None


@dataclass(frozen=True)
class Known:
    """What the directory knows that an edit may name. Archived things are left out: they can't be chosen any more."""

    team: Team
    tags: Mapping[str, TagName] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    people: Mapping[str, Party] = field(default_factory=dict)
    """By address, those who were looked up."""
    named: Mapping[str, str] = field(default_factory=dict)
    """Names of archived tags and projects too, by id: for the history."""

    def party(self, somebody: Somebody) -> Party:
        """A person by address, as the directory knows them or else as they were given."""
        return self.people.get(somebody.address) or Party(name=somebody.name, address=somebody.address)

    def workspace_name(self, id_: str | None) -> str | None:
        """How a workspace is called."""
        workspace = self.team.workspaces.get(id_ or "")
        return workspace.name if workspace is not None else None

    def project_name(self, id_: str | None) -> str | None:
        """How a project is called."""
        project = self.projects.get(id_ or "")
        return project.name if project is not None else self.named.get(id_ or "")

    def tag(self, id_: str) -> TagName:
        """A tag by id, by its name where that is known."""
        return self.tags.get(id_) or TagName(id=id_, name=self.named.get(id_, ""))


def edit(ticket: Ticket, wanted: Edit, by: Party, known: Known) -> Change[Ticket]:
    """Change the fields that were given a value; as an edit by the team it takes the ticket and moves it out of triage
    (H2, W3). What is as wanted already says nothing.

    Raises a condition when the ticket is out of service (what it is about may be put right all the same), when
    something named is not known, and `ExtendingNeedsNote`.
    """
    revision = Revision(ticket)
    edit_step(revision, wanted, by, known)
    return revision.done()


def edit_step(revision: Revision[Ticket], wanted: Edit, by: Party, known: Known) -> None:
    """`edit` as one step of a change."""
    if not wanted.given <= CLASSIFYING:
        in_service(revision.now)
    before = len(revision.said)
    _plain(revision, wanted, known)
    _tags(revision, wanted, known)
    _people(revision, wanted, known)
    _dates(revision, wanted)
    if len(revision.said) == before:
        return
    if wanted.note:
        revision.say(TicketNoted, author=by, text=wanted.note)
    if revision.now.active and revision.now.status != "draft":
        touch(revision, by)


def begin_with(revision: Revision[Ticket], wanted: Edit, known: Known) -> None:
    """The project, tags, people in copy and promised date that a ticket begins with: they are part of its opening and
    no edit, so that it stays in triage and to do (O11). Raises as `edit` does."""
    if wanted.project_id is not None:
        _fits(wanted.project_id, revision.now.workspace_id, known)
        revision.set(project_id=wanted.project_id)
    _tags(revision, wanted, known)
    _watch(revision, wanted, known)
    _dates(revision, wanted)


def _plain(revision: Revision[Ticket], wanted: Edit, known: Known) -> None:
    now = revision.now
    values: dict[str, Any] = {
        name: getattr(wanted, name) for name in ("title", "kind", "priority", "workspace_id") if wanted.gives(name)
    }
    if values.get("workspace_id") is not None and known.team.workspace(values["workspace_id"]) is None:
        raise UnknownWorkspace("there is no such workspace", workspace_id=values["workspace_id"])
    workspace_id = values.get("workspace_id", now.workspace_id)
    if wanted.gives("project_id"):
        values["project_id"] = wanted.project_id
        _fits(wanted.project_id, workspace_id, known)
    elif now.project_id is not None and workspace_id != now.workspace_id:
        project = known.projects.get(now.project_id)
        if project is None or project.workspace_id not in (None, workspace_id):
            values["project_id"] = None  # a project belongs to its workspace
    changed = {name: value for name, value in values.items() if getattr(now, name) != value}
    if not changed:
        return
    set_plain(revision, changed)
    revision.say(
        TicketEdited,
        changes={name: (getattr(now, name), value) for name, value in changed.items()},
        names=names_of(known, {name: (getattr(now, name), value) for name, value in changed.items()}),
    )
    if "workspace_id" in changed:
        _follow_table(revision, now, known.team, analyst_too=wanted.analyst_id is None)


def set_plain(revision: Revision[Ticket], values: Mapping[str, Any]) -> None:
    """Give plain fields their values, and what is derived from them."""
    revision.set(**values)
    draft = revision.now.draft
    if "kind" in values and draft is not None:
        revision.set(draft=draft.model_copy(update={"kind_chosen": True}))
    if "priority" in values:
        revision.set(rank=rank_of(revision.now.priority, revision.now.number))


def names_of(known: Known, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[str | None, str | None]]:
    """What the ids among these changes are called, before and after."""
    by_field = {"workspace_id": known.workspace_name, "project_id": known.project_name}
    return {
        name: (by_field[name](before), by_field[name](after))
        for name, (before, after) in changes.items()
        if name in by_field
    }


def _fits(project_id: str | None, workspace_id: str | None, known: Known) -> None:
    if project_id is None:
        return
    project = known.projects.get(project_id)
    if project is None or project.workspace_id not in (None, workspace_id):
        raise UnknownProject("the ticket's workspace has no such project", project_id=project_id)


def _follow_table(revision: Revision[Ticket], before: Ticket, team: Team, *, analyst_too: bool) -> None:
    """Another workspace, another row of the team table (H7): whoever it names takes over where the old row's person
    still stands; where somebody was chosen by hand, they stay."""
    old, new = team.stage_assignees(before.workspace_id), team.stage_assignees(revision.now.workspace_id)
    for stage, assignee in new.items():
        if before.stage_assignees.get(stage) == old.get(stage):
            set_assignee(revision, stage, assignee)
    was, becomes = team.analyst(before.workspace_id), team.analyst(revision.now.workspace_id)
    if analyst_too and before.progress == "todo" and before.analyst == was and becomes is not None:
        hand_over(revision, becomes)


def _tags(revision: Revision[Ticket], wanted: Edit, known: Known) -> None:
    now = revision.now.tags
    unknown = [tag for tag in wanted.add_tags if tag not in known.tags]
    if unknown:
        raise UnknownTag("there is no such tag", tags=unknown)
    added = tuple(dict.fromkeys(tag for tag in wanted.add_tags if tag not in now))
    removed = tuple(dict.fromkeys(tag for tag in wanted.remove_tags if tag in now))
    retag(revision, added, removed, known)


def retag(revision: Revision[Ticket], added: tuple[str, ...], removed: tuple[str, ...], known: Known) -> None:
    """Put tags on and take tags off as one step of a change; none of either is no step."""
    if not added and not removed:
        return
    kept = tuple(tag for tag in revision.now.tags if tag not in removed)
    if len(kept) + len(added) > MOST_TAGS:
        raise UnknownTag(f"a ticket has at most {MOST_TAGS} tags", tags=list(added))
    revision.set(tags=(*kept, *added))
    revision.say(
        TicketTagged,
        added=tuple(known.tag(tag) for tag in added),
        removed=tuple(known.tag(tag) for tag in removed),
    )


def _people(revision: Revision[Ticket], wanted: Edit, known: Known) -> None:
    if wanted.requester is not None:
        requester = known.party(wanted.requester)
        _not_our_own(wanted.requester.address, known)
        before = revision.now.requester
        if requester.address != before.address:
            others = tuple(one for one in revision.now.watchers if one.address != requester.address)
            revision.set(requester=requester, watchers=others)
            revision.say(TicketRequesterChanged, before=before)
    _watch(revision, wanted, known)
    if wanted.analyst_id is not None:
        analyst = known.team.member(wanted.analyst_id)
        if analyst is None:
            raise UnknownPerson("nobody of the team has this id", person_id=wanted.analyst_id)
        hand_over(revision, analyst)


def _watch(revision: Revision[Ticket], wanted: Edit, known: Known) -> None:
    for one in wanted.add_watchers:
        _not_our_own(one.address, known)
    now = revision.now
    there = {now.requester.address, *(one.address for one in now.watchers)}
    added = {one.address: known.party(one) for one in wanted.add_watchers if one.address not in there}
    removed = tuple(one for one in now.watchers if one.address in wanted.remove_watchers)
    rewatch(revision, tuple(added.values()), removed)


def rewatch(revision: Revision[Ticket], added: tuple[Party, ...], removed: tuple[Party, ...]) -> None:
    """Let people join and leave those who get copies as one step of a change; none of either is no step."""
    if not added and not removed:
        return
    gone = {one.address for one in removed}
    watchers = (*(one for one in revision.now.watchers if one.address not in gone), *added)
    if len(watchers) > MOST_WATCHERS:
        raise TooManyWatchers(f"at most {MOST_WATCHERS} people can be in copy", would_be=len(watchers))
    revision.set(watchers=watchers)
    revision.say(TicketWatchersChanged, added=added, removed=removed)


def _not_our_own(address: str, known: Known) -> None:
    if known.team.owns(address):
        raise OwnAddress("this is one of the company's own addresses", address=address)


def _dates(revision: Revision[Ticket], wanted: Edit) -> None:
    now = revision.now
    extended = [
        name
        for name in ("promised_for", "due")
        if wanted.gives(name)
        and (before := getattr(now, name)) is not None
        and ((after := getattr(wanted, name)) is None or after > before)
    ]
    if extended and not wanted.note:
        raise ExtendingNeedsNote("say in a note why the date moves", fields=extended)
    if wanted.gives("promised_for") and wanted.promised_for != now.promised_for:
        revision.set(promised_for=wanted.promised_for)
        revision.say(TicketPromised, promised_for=wanted.promised_for, before=now.promised_for)
    if wanted.gives("due") and wanted.due != now.due:
        revision.set(due=wanted.due)
        revision.say(TicketDueSet, due=wanted.due, before=now.due)
