"""What can be done to a task type: name, duration, default, and its phases, without losing a task that is in one."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Party, PhaseKind, TaskPhaseEntered, TaskPhaseRenamed, TaskTypeConfigured
from balcao.workflow.domain.conditions import BadTaskType, PhaseInUse, TaskTypeTaken
from balcao.workflow.domain.phases import FINISHED_FOR_THE_TICKET, Phase, TaskType, folded
from balcao.workflow.domain.tasks import Task, taken_up

MOST_TYPES = 100
MOST_PHASES = 20
MOST_RETIRED = 500
MOST_WORK_MINUTES = 60 * 24 * 200


class PhaseWanted(BaseModel):
    """A phase as it shall be. Without an id it is a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = Field(default=None, max_length=60)
    name: str = Field(min_length=1, max_length=80)
    kind: PhaseKind
    assignee: Party | None = None


def add_type(
    task_type: TaskType, others: Sequence[TaskType], phases: Sequence[PhaseWanted], *, at: datetime
) -> Change[TaskType]:
    """A new task type, with these phases or else those it came with. Raises `TaskTypeTaken` and `BadTaskType`."""
    _require_free(task_type.name, task_type.id, others)
    if len(others) >= MOST_TYPES:
        raise BadTaskType(f"a company has at most {MOST_TYPES} task types, archived ones too")
    if any(phase.id is not None for phase in phases):
        raise BadTaskType("a new type's phases have no ids yet")
    values = _arranged(task_type, phases, {}) if phases else {}
    since = at if task_type.default else None
    return _set(task_type, {**values, "default_since": since}).say(TaskTypeConfigured).done()


def edit_type(
    task_type: TaskType, values: Mapping[str, object], others: Sequence[TaskType], *, at: datetime
) -> Change[TaskType]:
    """Other values for `name`, `work_minutes`, `archived`; `default` makes it the one that new tasks are of.

    Raises `TaskTypeTaken` for a name in use, and `BadTaskType` when the default or the only one in use would be
    archived.
    """
    given = dict(values)
    if given.pop("default", False) and not task_type.default:
        given["default_since"] = at
    changed = {field: value for field, value in given.items() if getattr(task_type, field) != value}
    if not changed:
        return Revision(task_type).done()
    if isinstance(name := changed.get("name"), str):
        _require_free(name, task_type.id, others)
    archives, is_default = changed.get("archived"), "default_since" in changed or task_type.default
    if (archives or (task_type.archived and "archived" not in changed)) and is_default:
        raise BadTaskType("the default type can't be archived: make another one the default first")
    fields = tuple("default" if field == "default_since" else field for field in sorted(changed))
    return _set(task_type, changed).say(TaskTypeConfigured, changed=fields).done()


def arrange(
    task_type: TaskType, wanted: Sequence[PhaseWanted], moves: Mapping[str, str], used: Mapping[str, int]
) -> Change[TaskType]:
    """Give the type these phases in this order: renamed, reordered, added; those left out are removed.

    `moves` says where the tasks of a removed phase go, by id or name; `used` how many tasks there are in each now.
    Raises `PhaseInUse` for one with tasks that is removed without that, or whose kind would change under them; and
    `BadTaskType` for phases that make no sense.
    """
    if len(wanted) > MOST_PHASES:
        raise BadTaskType(f"at most {MOST_PHASES} phases")
    by_id = {phase.id: phase for phase in task_type.phases}
    for one in wanted:
        if one.id is not None and one.id not in by_id:
            raise BadTaskType(f"there is no phase {one.id[:60]!r} to change; a new one has no id")
        if one.id is not None and used.get(one.id) and one.kind != by_id[one.id].kind:
            raise PhaseInUse(
                f"{by_id[one.id].name!r} has tasks: its kind can't change under them", phases={one.id: used[one.id]}
            )
    gone = [phase for phase in task_type.phases if phase.id not in {one.id for one in wanted}]
    if stranded := {one.id: used[one.id] for one in gone if used.get(one.id) and one.id not in moves}:
        names = ", ".join(by_id[id_].name for id_ in stranded)
        raise PhaseInUse(f"there are tasks in {names}: say in `moves` where they go", phases=stranded)
    if strange := sorted(set(moves) - {phase.id for phase in gone}):
        raise BadTaskType("`moves` is for phases that are removed", phases=strange)
    values = _arranged(task_type, wanted, moves)
    if all(getattr(task_type, field) == value for field, value in values.items()):
        return Revision(task_type).done()
    return _set(task_type, values).say(TaskTypeConfigured, changed=("phases",)).done()


def refit(task: Task, task_type: TaskType, *, at: datetime) -> Change[Task]:
    """Bring a task to where its type's phases are now: its own by its new name, or the one it was moved to.

    A cancelled task says no move: nobody works on it. Nothing happens to a task that fits.
    """
    phase = task_type.as_now(task.phase)
    revision = Revision(task)
    if phase == task.phase:
        return revision.done()
    moved = phase.id != task.phase.id and task.state != "cancelled"
    rounds = taken_up(task, phase) if moved else task.rounds
    revision.set(phase=phase, rounds=rounds, updated_at=max(task.updated_at, at))
    if moved:
        return revision.say(TaskPhaseEntered, before=task.phase.name, before_kind=task.phase.kind).done()
    return revision.say(TaskPhaseRenamed, before=task.phase.name).done()


def _require_free(name: str, id_: str, others: Sequence[TaskType]) -> None:
    if any(folded(one.name) == folded(name) and one.id != id_ for one in others):
        raise TaskTypeTaken(f"there is a task type called {name[:80]!r} already, maybe an archived one")


def _arranged(task_type: TaskType, wanted: Sequence[PhaseWanted], moves: Mapping[str, str]) -> dict[str, object]:
    """The type's fields that follow from the phases wanted."""
    used = {phase.id for phase in task_type.phases} | set(task_type.retired)
    phases: list[Phase] = []
    assignees: dict[str, Party] = {}
    for one in wanted:
        id_ = one.id or _new_id(one.name, used)
        used.add(id_)
        phases.append(Phase(id=id_, name=one.name.strip() or one.name, kind=one.kind))
        if one.assignee is not None:
            assignees[id_] = one.assignee
    gone = [phase for phase in task_type.phases if phase.id not in {one.id for one in phases}]
    retired = {**task_type.retired, **{phase.id: _target(phase, phases, moves).id for phase in gone}}
    if len(retired) > MOST_RETIRED:
        raise BadTaskType("too many phases were removed from this type; begin a new one")
    return {"phases": tuple(phases), "assignees": assignees, "retired": retired}


def _target(gone: Phase, phases: Sequence[Phase], moves: Mapping[str, str]) -> Phase:
    """Where the tasks of a removed phase go: a task may enter it while it is being removed, even if it was empty."""
    if gone.id in moves:
        wanted = moves[gone.id]
        found = next((one for one in phases if wanted == one.id or folded(wanted) == folded(one.name)), None)
        if found is None:
            raise BadTaskType(f"there is no phase {wanted[:80]!r} for the tasks of {gone.name!r}")
        if (found.kind == "done") != (gone.kind == "done"):
            raise BadTaskType(f"tasks of {gone.name!r} can't go to {found.name!r}: that would complete or reopen them")
        return found
    alike = [one for one in phases if one.kind == gone.kind]
    apart = [one for one in phases if one.kind not in FINISHED_FOR_THE_TICKET]
    if not alike and (gone.kind == "done" or not apart):
        raise BadTaskType("at least one phase must be of the kind done")
    return (alike or apart)[0]


def _new_id(name: str, used: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", folded(name)).strip("_")[:50] or "phase"
    return next(id_ for n in range(1, 10_000) if (id_ := plain if n == 1 else f"{plain}_{n}") not in used)


def _set(task_type: TaskType, values: Mapping[str, object]) -> Revision[TaskType]:
    """Give the type other values, checked as a new one's are. Raises `BadTaskType`."""
    checked = TaskType.model_validate({**task_type.model_dump(), **values})
    return Revision(task_type).set(**{field: getattr(checked, field) for field in values})
