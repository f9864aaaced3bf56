"""Generated lives of tasks, as their facts come on the bus: in order, twice, late. Independent of `workflow`'s code."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from balcao.shared.events import PhaseKind, TaskSnapshot
from balcao.tickets.domain.production import What

SITUATIONS = ("under way", "finished", "given up")


@dataclass(frozen=True)
class News:
    """One fact about a task; `began` says that work on it began with it, and `situation` how it is afterwards."""

    what: What
    task: TaskSnapshot
    situation: str
    began: bool


@dataclass(frozen=True)
class _Step:
    what: What
    state: str
    phase: PhaseKind


_WORK: tuple[PhaseKind, ...] = ("todo", "doing", "internal_review")
_TO_WORK = [_Step("phase_entered", "open", kind) for kind in _WORK]
_APPROVAL = _Step("phase_entered", "open", "external_approval")
_COMPLETED = _Step("completed", "completed", "done")
_REOPENED = _Step("reopened", "open", "doing")
_ASSIGNED = "assigned"
_NEXT: dict[str, list[_Step | str]] = {
    "open": [*_TO_WORK, _APPROVAL, _COMPLETED, "cancelled", _ASSIGNED],
    "completed": [
        _REOPENED,
        _Step("phase_entered", "completed", "done"),
        _Step("reopened", "open", "external_approval"),
    ],
    "cancelled": [_REOPENED],
}


@st.composite
def lives(draw: st.DrawFn, task_id: str, longest: int = 7) -> list[News]:
    """The facts of one task from its creation on."""
    told = [_news("created", TaskSnapshot(id=task_id, number=1, version=1, title=task_id), None)]
    for _ in range(draw(st.integers(0, longest))):
        before = told[-1]
        step = draw(st.sampled_from(_NEXT[before.task.state]))
        told.append(_followed_by(before, step))
    return told


def _followed_by(before: News, step: _Step | str) -> News:
    task = before.task.model_copy(update={"version": before.task.version + 1})
    if step == _ASSIGNED:
        return _news("assigned", task, before)
    if isinstance(step, str):
        return _news("cancelled", task.model_copy(update={"state": "cancelled"}), before)
    return _news(step.what, task.model_copy(update={"state": step.state, "phase_kind": step.phase}), before)


def _news(what: What, task: TaskSnapshot, before: News | None) -> News:
    if task.state == "cancelled":
        situation = "given up"
    elif task.state == "completed" or task.phase_kind == "external_approval":
        situation = "finished"
    else:
        situation = "under way"
    began = situation == "under way" and (before is None or before.situation != "under way")
    if before is not None and began:
        task = task.model_copy(update={"rounds": before.task.rounds + 1})
    return News(what, task, situation, began)


@st.composite
def several_lives(draw: st.DrawFn) -> list[News]:
    """The facts of one to three tasks in the order in which they happened."""
    waiting = [draw(lives(f"task-{n}")) for n in range(draw(st.integers(1, 3)))]
    happened: list[News] = []
    while any(waiting):
        some = [life for life in waiting if life]
        happened.append(draw(st.sampled_from(some)).pop(0))
    return happened


@st.composite
def deliveries(draw: st.DrawFn, happened: Sequence[News]) -> list[News]:
    """The same facts as they may arrive: each once or more, in any order."""
    again = draw(st.lists(st.sampled_from(list(happened)), max_size=6))
    return draw(st.permutations([*happened, *again]))


def newest(told: Sequence[News]) -> dict[str, News]:
    """What is known of each task by the newest of its facts."""
    found: dict[str, News] = {}
    for one in told:
        if one.task.id not in found or found[one.task.id].task.version < one.task.version:
            found[one.task.id] = one
    return found


def where_h5_says(known: dict[str, News]) -> str:
    """The stage by the words of H5: "Delivery comes when none is left open (each is completed, in external approval, or
    cancelled, and at least one is not cancelled) … all tasks cancelled move it to planning"."""
    situations = {news.situation for news in known.values()}
    if "under way" in situations:
        return "production"
    return "delivery" if "finished" in situations else "planning"
