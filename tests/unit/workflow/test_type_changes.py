"""Task types: phases are arranged without losing a task, and there is always one default."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.shared.errors import Condition
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.conditions import BadTaskType, PhaseInUse, TaskTypeTaken
from balcao.workflow.domain.phases import TaskType, in_order
from balcao.workflow.domain.type_changes import PhaseWanted, add_type, arrange, edit_type, refit
from tests.unit.workflow.builders import AT, BIA, COMPANY, TYPE, a_task, cancelled, completed, in_phase

KINDS = ("todo", "doing", "internal_review", "external_approval", "done")


def as_wanted(task_type: TaskType) -> list[PhaseWanted]:
    """The phases it has."""
    return [PhaseWanted(id=one.id, name=one.name, kind=one.kind) for one in task_type.phases]


def without(*ids: str) -> list[PhaseWanted]:
    """The usual phases but these."""
    return [one for one in as_wanted(TYPE) if one.id not in ids]


def test_a_phase_with_tasks_needs_a_word_about_where_they_go() -> None:
    with pytest.raises(PhaseInUse) as refused:
        arrange(TYPE, without("doing"), {}, {"doing": 3})
    assert refused.value.details == {"phases": {"doing": 3}}
    after = arrange(TYPE, without("doing"), {"doing": "a fazer"}, {"doing": 3}).after
    assert refit(in_phase("doing"), after, at=AT).after.phase.id == "todo"


def test_a_task_that_raced_into_a_removed_phase_finds_its_way() -> None:
    """Even of a phase that was empty when it was removed, and of one removed after that."""
    once = arrange(TYPE, without("internal_review"), {}, {}).after
    assert once.as_now(in_phase("internal_review").phase).id == "todo"
    twice = arrange(
        once, [one for one in as_wanted(once) if one.id != "doing"], {"doing": "external_approval"}, {}
    ).after
    moved = refit(in_phase("doing"), twice, at=AT)
    assert (moved.after.phase.id, [fact.type for fact in moved.facts]) == (
        "external_approval",
        ["task.phase_entered.v1"],
    )
    assert twice.phase("doing").id == "external_approval"


@pytest.mark.parametrize(
    ("phases", "moves", "used", "refusal"),
    [
        ([], {}, {}, BadTaskType),
        (without("done"), {}, {}, BadTaskType),
        (without("todo", "doing", "internal_review"), {}, {}, BadTaskType),
        (without("doing"), {"doing": "done"}, {"doing": 1}, BadTaskType),
        (without("doing"), {"doing": "nowhere"}, {"doing": 1}, BadTaskType),
        (without(), {"doing": "todo"}, {}, BadTaskType),
        ([*without(), PhaseWanted(id="other", name="x", kind="todo")], {}, {}, BadTaskType),
        ([*without(), PhaseWanted(name="a FAZER", kind="todo")], {}, {}, BadTaskType),
        ([PhaseWanted(id="todo", name="A fazer", kind="doing"), *without("todo")], {}, {"todo": 1}, PhaseInUse),
    ],
    ids=["none", "no end", "no beginning", "completes", "nowhere", "not gone", "unknown", "same name", "other kind"],
)
def test_phases_that_make_no_sense_are_refused(
    phases: list[PhaseWanted], moves: dict[str, str], used: dict[str, int], refusal: type[Condition]
) -> None:
    with pytest.raises(refusal):
        arrange(TYPE, phases, moves, used)


def test_a_completed_task_stays_completed_and_a_cancelled_one_says_no_move() -> None:
    renamed = [one.model_copy(update={"name": f"{one.name}!"}) for one in without("doing")]
    after = arrange(TYPE, renamed, {"doing": "todo"}, {"doing": 1}).after
    done = refit(completed(), after, at=AT)
    assert (done.after.state, done.after.phase.name, done.after.rounds) == ("completed", "Concluída!", 1)
    given_up = refit(cancelled("doing"), after, at=AT)
    assert (given_up.after.phase.id, given_up.facts[0].type) == ("todo", "task.phase_renamed.v1")
    assert refit(done.after, after, at=AT).facts == ()


def test_the_default_is_what_became_it_last_and_can_not_be_archived() -> None:
    types: list[TaskType] = [TYPE]
    for n, name in enumerate(("Vídeo", "Arte")):
        begun = TaskType(id=name, company_id=COMPANY, name=name, default=True, phases=TYPE.phases)
        types = in_order([*types, add_type(begun, types, [], at=AT + timedelta(hours=n)).after])
    assert [(one.name, one.default) for one in types] == [("Arte", True), ("Produção", False), ("Vídeo", False)]
    with pytest.raises(BadTaskType):
        edit_type(types[0], {"archived": True}, types, at=AT)
    with pytest.raises(TaskTypeTaken):
        edit_type(types[0], {"name": "vídeo"}, types, at=AT)
    archived = edit_type(types[1], {"archived": True}, types, at=AT).after
    assert edit_type(types[0], {"name": "Arte"}, types, at=AT).facts == ()
    assert in_order([types[0], archived, types[2]])[-1].name == "Produção"


phases = st.lists(
    st.builds(PhaseWanted, name=st.text("abcde", min_size=1, max_size=3), kind=st.sampled_from(KINDS)), max_size=6
)


@given(st.lists(phases, max_size=4), st.data())
def test_whatever_is_arranged_each_task_is_in_a_phase_of_its_type(
    steps: list[list[PhaseWanted]], data: st.DataObject
) -> None:
    task_type, tasks = (
        TYPE,
        [in_phase("todo"), in_phase("doing"), in_phase("external_approval"), completed(), cancelled()],
    )
    for step in steps:
        kept = data.draw(st.lists(st.sampled_from(as_wanted(task_type)), unique=True))
        gone = [one.id for one in task_type.phases if one.id not in {k.id for k in kept}]
        names = [one.name for one in (*kept, *step)]
        moves = {id_: data.draw(st.sampled_from(names)) for id_ in gone} if names else {}
        used = {task.phase.id: 1 for task in tasks}
        try:
            task_type = arrange(task_type, [*kept, *step], moves, used).after
        except (BadTaskType, PhaseInUse):
            continue
        tasks = [refit(task, task_type, at=AT).after for task in tasks]
        for task in tasks:
            assert task.phase in task_type.phases
            assert (task.state == "completed") == (task.phase.kind == "done")


def test_who_enters_a_phase_goes_to_whom_the_type_names() -> None:
    named = TYPE.model_copy(update={"assignees": {"doing": BIA}})
    moved = rules.move(a_task(), named, "doing", at=AT)
    assert moved.after.executor == BIA
    assert [fact.type for fact in moved.facts] == ["task.phase_entered.v1", "task.assigned.v1"]
    assert rules.move(moved.after, named, "todo", at=AT).after.executor == BIA, "the phase after names nobody"
