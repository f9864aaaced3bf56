"""Task types: the phases a company's work goes through. Each is of one of five kinds, on which the link rules rest."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from balcao.shared.aggregate import Aggregate
from balcao.shared.events import Party, PhaseKind, PhaseProfile, TaskTypeProfile
from balcao.shared.ids import derived_id
from balcao.workflow.domain.conditions import BadTaskType, NoSuchPhase

FINISHED_FOR_THE_TICKET: frozenset[PhaseKind] = frozenset({"external_approval", "done"})
"""In a phase of these kinds the producer has nothing left to do (H4)."""


class Phase(BaseModel):
    """One step of the work, by the company's own name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(pattern=r"^[a-z0-9_-]{1,60}$", description="Unique within its task type; never changes.")
    name: str = Field(min_length=1, max_length=80)
    kind: PhaseKind


class TaskType(Aggregate):
    """A kind of work and its phases in the order of the board, first the one where new tasks start."""

    name: str = Field(min_length=1, max_length=80)
    default: bool = False
    """Taken for tasks that name no type. Follows from `default_since` of all the company's types: see `in_order`."""
    default_since: datetime | None = None
    archived: bool = False
    """Takes no new tasks; those it has go on."""
    work_minutes: int | None = None
    """Working time that such a task usually takes; due dates are proposed from it."""
    phases: tuple[Phase, ...]
    assignees: Mapping[str, Party] = Field(default_factory=dict)
    """Who gets a task that enters a phase, by the phase's id."""
    retired: Mapping[str, str] = Field(default_factory=dict)
    """Phases there are no more, each with the one its tasks went to."""

    @model_validator(mode="after")
    def _can_be_worked_through(self) -> Self:
        """Refuse phases that would leave a task nowhere to start, nowhere to work or nowhere to end."""
        for what, values in (
            ("ids", [phase.id for phase in self.phases]),
            ("names", [folded(phase.name) for phase in self.phases]),
        ):
            if len(set(values)) != len(values):
                raise BadTaskType(f"the phases' {what} must differ from each other")
        if not self.phases or self.phases[0].kind in FINISHED_FOR_THE_TICKET:
            raise BadTaskType("the first phase, where new tasks start, must be one with work left to do")
        if all(phase.kind != "done" for phase in self.phases):
            raise BadTaskType("at least one phase must be of the kind done")
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def key(self) -> str:
        """Its name as people compare it: kept with it, because no two may share one."""
        return folded(self.name)

    @property
    def first(self) -> Phase:
        """Where new tasks start."""
        return self.phases[0]

    @property
    def done(self) -> Phase:
        """Where completed tasks go: the first phase of the kind done."""
        return next(phase for phase in self.phases if phase.kind == "done")

    @property
    def resumed(self) -> Phase:
        """Where reopened work goes on: the first phase of the kind doing, else where tasks start."""
        return next((phase for phase in self.phases if phase.kind == "doing"), self.first)

    def phase(self, wanted: str) -> Phase:
        """The phase with this id, else with this name (accents and case don't matter), else the one that took the place
        of the one with this id.

        Raises `NoSuchPhase`, which lists those there are.
        """
        name = folded(wanted)
        by_id = next((phase for phase in self.phases if phase.id == wanted), None)
        by_name = next((phase for phase in self.phases if folded(phase.name) == name), None)
        found = by_id or by_name or self._instead_of(wanted)
        if found is not None:
            return found
        raise NoSuchPhase(
            f"{self.name!r} has no phase {wanted[:80]!r}; its phases are {', '.join(p.name for p in self.phases)}",
            possible=[phase.id for phase in self.phases],
        )

    def as_now(self, phase: Phase) -> Phase:
        """A phase that a task entered once, as it is called now; or the one its tasks went to when it was removed."""
        same = next((one for one in self.phases if one.id == phase.id), None)
        return same or self._instead_of(phase.id) or phase

    def about(self) -> dict[str, Any]:
        """Each of its facts carries it whole."""
        return {"task_type": self.profile()}

    def profile(self) -> TaskTypeProfile:
        """What others need to know of it."""
        return TaskTypeProfile(
            id=self.id,
            name=self.name,
            default_since=self.default_since,
            archived=self.archived,
            work_minutes=self.work_minutes,
            phases=tuple(PhaseProfile(**one.model_dump(), assignee=self.assignees.get(one.id)) for one in self.phases),
            version=max(self.version, 1),
        )

    def _instead_of(self, gone: str) -> Phase | None:
        seen: set[str] = set()
        while gone in self.retired and gone not in seen:
            seen.add(gone)
            gone = self.retired[gone]
        return next((phase for phase in self.phases if phase.id == gone), None)


def default_type(company_id: str) -> TaskType:
    """What a company starts with; its id follows from the company's, so that two replicas make the same one."""
    return TaskType(
        id=derived_id("task-type", company_id, "default"),
        company_id=company_id,
        name="Produção",
        default=True,
        phases=usual_phases(),
    )


def usual_phases() -> tuple[Phase, ...]:
    """Phases for a type that names none."""
    return (
        Phase(id="todo", name="A fazer", kind="todo"),
        Phase(id="doing", name="Produzindo", kind="doing"),
        Phase(id="internal_review", name="Revisão interna", kind="internal_review"),
        Phase(id="external_approval", name="Homologação externa", kind="external_approval"),
        Phase(id="done", name="Concluída", kind="done"),
    )


def in_order(types: Iterable[TaskType]) -> list[TaskType]:
    """A company's types, the default first and marked as such: of those in use the one that became it last, else the
    first by name."""
    ordered = sorted(types, key=lambda one: (one.archived, folded(one.name), one.id))
    in_use = [one for one in ordered if not one.archived] or ordered
    since = [one for one in in_use if one.default_since is not None]
    starting = [one for one in in_use if one.default]
    default = max(since, key=lambda one: str(one.default_since)) if since else (starting or in_use)[0]
    marked = [one.model_copy(update={"default": one.id == default.id}) for one in ordered]
    return sorted(marked, key=lambda one: not one.default)


def named(types: Sequence[TaskType], wanted: str) -> TaskType | None:
    """The type with this id, else with this name (accents and case don't matter); none when there is none."""
    name = folded(wanted)
    by_id = next((one for one in types if one.id == wanted), None)
    return by_id or next((one for one in types if folded(one.name) == name), None)


def chosen(types: Sequence[TaskType], wanted: str | None) -> TaskType:
    """The type asked for by id or name; the company's default when none, or an unknown one, was asked for.

    A task is never lost over the name of its type. `types` must not be empty.
    """
    found = named(types, wanted) if wanted is not None else None
    return found or next((one for one in types if one.default), types[0])


def folded(text: str) -> str:
    """Text as people compare it: without case, accents and surplus spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
