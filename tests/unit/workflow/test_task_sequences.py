"""Any sequence of commands: the task is always where the rules say."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from balcao.shared.aggregate import Change
from balcao.shared.errors import Condition
from balcao.shared.events import Party
from balcao.workflow.domain import links
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.conditions import NoSuchPhase, TaskIsCancelled, TaskIsCompleted, TaskIsOpen
from balcao.workflow.domain.tasks import Task
from tests.unit.workflow.builders import AT, BIA, CAIO, TYPE, a_task, a_ticket

PHASES = ["todo", "doing", "internal_review", "external_approval", "done"]


@dataclass(frozen=True)
class Model:
    """A task as somebody who knows the product would keep it on paper."""

    state: str = "open"
    phase: str = "todo"
    executor: str | None = None
    marked: bool = False
    rounds: int = 1

    def with_work(self, phase: str) -> "Model":
        """Open in that phase; a round begins when there was nothing left to do for the producer and now there is."""
        had = self.state == "open" and self.phase != "external_approval"
        begins = phase != "external_approval" and not had
        return replace(self, state="open", phase=phase, rounds=self.rounds + int(begins))


@dataclass(frozen=True)
class Outcome:
    """What should come of a command: the task afterwards and the one fact, or nothing, or a refusal."""

    model: Model
    says: str | None = None
    refused: type[Condition] | None = None


Command = tuple[str, str | None]

commands = st.one_of(
    st.tuples(st.just("move"), st.sampled_from([*PHASES, "nowhere"])),
    st.tuples(st.sampled_from(["complete", "cancel", "reopen", "ticket cancelled"]), st.none()),
    st.tuples(st.just("assign"), st.sampled_from(["bia", "caio", None])),
)


def expected(model: Model, command: Command) -> Outcome:
    """The rules once more, as a table in words (H4, H5, H6)."""
    what, wanted = command
    if what == "ticket cancelled":
        return Outcome(model) if model.marked else Outcome(replace(model, marked=True), "task.ticket_followed.v1")
    return {"open": while_open, "completed": while_completed, "cancelled": while_cancelled}[model.state](
        model, what, wanted
    )


def while_open(model: Model, what: str, wanted: str | None) -> Outcome:
    if what == "reopen":
        return Outcome(model, refused=TaskIsOpen)
    if what == "cancel":
        return Outcome(replace(model, state="cancelled"), "task.cancelled.v1")
    if what == "assign":
        return Outcome(replace(model, executor=wanted), None if wanted == model.executor else "task.assigned.v1")
    if what == "complete" or wanted == "done":
        return Outcome(replace(model, state="completed", phase="done"), "task.completed.v1")
    if wanted == "nowhere":
        return Outcome(model, refused=NoSuchPhase)
    assert wanted is not None
    return Outcome(model.with_work(wanted), None if wanted == model.phase else "task.phase_entered.v1")


def while_completed(model: Model, what: str, wanted: str | None) -> Outcome:
    if what == "reopen":
        return Outcome(model.with_work("doing"), "task.reopened.v1")
    if what != "move":
        return Outcome(model, refused=TaskIsCompleted)
    if wanted == "nowhere":
        return Outcome(model, refused=NoSuchPhase)
    if wanted == "done":
        return Outcome(model)
    assert wanted is not None
    return Outcome(model.with_work(wanted), "task.reopened.v1")


def while_cancelled(model: Model, what: str, _: str | None) -> Outcome:
    if what == "reopen":
        phase = "doing" if model.phase == "external_approval" else model.phase
        return Outcome(model.with_work(phase), "task.reopened.v1")
    return Outcome(model, refused=TaskIsCancelled)


def apply(task: Task, command: Command, step: int) -> Change[Task]:
    what, wanted = command
    at = AT + timedelta(minutes=step)
    people: dict[str | None, Party | None] = {"bia": BIA, "caio": CAIO, None: None}
    by_name: dict[str, Callable[[], Change[Task]]] = {
        "move": lambda: rules.move(task, TYPE, wanted or "", at=at),
        "complete": lambda: rules.complete(task, TYPE, f"pronto {step}", at=at),
        "cancel": lambda: rules.cancel(task, f"motivo {step}", at=at),
        "reopen": lambda: rules.reopen(task, TYPE, at=at),
        "assign": lambda: rules.assign(task, people[wanted], at=at),
        "ticket cancelled": lambda: links.ticket_cancelled(task, a_ticket(7, version=9), at=at),
    }
    return by_name[what]()


def attempt(task: Task, command: Command, step: int) -> Change[Task] | Condition:
    """What came of a command: the change, or the refusal."""
    try:
        return apply(task, command, step)
    except Condition as refusal:
        return refusal


def as_model(task: Task) -> Model:
    executor = task.executor.person_id if task.executor else None
    marked = any(ticket.cancelled_at for ticket in task.tickets)
    return Model(task.state, task.phase.id, executor, marked, task.rounds)


@given(st.lists(commands, max_size=30))
def test_a_task_is_always_where_the_rules_say(sequence: list[Command]) -> None:
    task, model = a_task(), Model()
    for step, command in enumerate(sequence, start=1):
        outcome = expected(model, command)
        change = attempt(task, command, step)
        if isinstance(change, Condition):
            assert type(change) is outcome.refused
            continue
        assert outcome.refused is None
        assert [fact.type for fact in change.facts] == ([outcome.says] if outcome.says else [])
        assert as_model(change.after) == outcome.model
        task, model = change.after, outcome.model


@given(st.lists(commands, max_size=30))
def test_versions_and_entries_grow_by_one_exactly_with_what_is_said(sequence: list[Command]) -> None:
    task = a_task()
    for step, command in enumerate(sequence, start=1):
        change = attempt(task, command, step)
        if isinstance(change, Condition):
            continue
        grown = len(change.facts)
        assert (change.after.version, change.after.entries) == (task.version + grown, task.entries + grown)
        assert change.before == task
        for fact in change.facts:
            assert fact.model_dump()["task"] == change.after.snapshot().model_dump()
        if not change.facts:
            assert change.after == task
        task = change.after


@given(st.lists(commands, max_size=30))
def test_what_belongs_to_a_state_is_there_in_that_state_only(sequence: list[Command]) -> None:
    task = a_task()
    for step, command in enumerate(sequence, start=1):
        change = attempt(task, command, step)
        task = task if isinstance(change, Condition) else change.after
        assert (task.state == "completed") == (task.phase.kind == "done")
        assert (task.closed_at is None) == (task.state == "open")
        assert not task.handover or task.state == "completed"
        assert bool(task.cancel_reason) == (task.state == "cancelled")
