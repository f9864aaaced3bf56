"""Task types: the phases a company's work goes through. Each is of one of five kinds, on which the link rules rest."""

import unicodedata
from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from balcao.shared.events import PhaseKind
from balcao.shared.ids import derived_id
from balcao.workflow.domain.conditions import BadTaskType, NoSuchPhase

FINISHED_FOR_THE_TICKET: frozenset[PhaseKind] = frozenset({"external_approval", "done"})
"""In a phase of these kinds the producer has nothing left to do (H4)."""


class Phase(BaseModel):
    """One step of the work, by the company's own name."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern=r"^[a-z0-9_-]{1,60}$", description="Unique within its task type; never changes.")
    name: str = Field(min_length=1, max_length=80)
    kind: PhaseKind


class TaskType(BaseModel):
    """A kind of work and its phases in the order of the board, first the one where new tasks start."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    company_id: str
    name: str = Field(min_length=1, max_length=80)
    default: bool = False
    """Taken for tasks that name no type."""
    phases: tuple[Phase, ...]

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
        """The phase with this id, else with this name (accents and case don't matter).

        Raises `NoSuchPhase`, which lists those there are.
        """
        name = folded(wanted)
        by_id = next((phase for phase in self.phases if phase.id == wanted), None)
        found = by_id or next((phase for phase in self.phases if folded(phase.name) == name), None)
        if found is not None:
            return found
        raise NoSuchPhase(
            f"{self.name!r} has no phase {wanted[:80]!r}; its phases are {', '.join(p.name for p in self.phases)}",
            possible=[phase.id for phase in self.phases],
        )


def default_type(company_id: str) -> TaskType:
    """What a company starts with; its id follows from the company's, so that two replicas make the same one."""
    return TaskType(
        id=derived_id("task-type", company_id, "default"),
        company_id=company_id,
        name="Produção",
        default=True,
        phases=(
            Phase(id="todo", name="A fazer", kind="todo"),
            Phase(id="doing", name="Produzindo", kind="doing"),
            Phase(id="internal_review", name="Revisão interna", kind="internal_review"),
            Phase(id="external_approval", name="Homologação externa", kind="external_approval"),
            Phase(id="done", name="Concluída", kind="done"),
        ),
    )


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
