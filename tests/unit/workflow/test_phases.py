"""Task types: which phases make sense, and how one is found."""

import pytest

from balcao.workflow.domain.conditions import BadTaskType, NoSuchPhase
from balcao.workflow.domain.phases import Phase, TaskType, chosen, default_type
from tests.unit.workflow.builders import COMPANY, TYPE

TODO = Phase(id="a", name="Fila", kind="todo")
REVIEW = Phase(id="b", name="Revisão", kind="internal_review")
APPROVAL = Phase(id="c", name="Cliente", kind="external_approval")
DONE = Phase(id="d", name="Fim", kind="done")


def a_type(*phases: Phase, name: str = "Vídeo", default: bool = False) -> TaskType:
    return TaskType(id=name, company_id=COMPANY, name=name, phases=phases, default=default)


def test_a_company_starts_with_five_phases_one_of_each_kind() -> None:
    assert [(phase.name, phase.kind) for phase in TYPE.phases] == [
        ("A fazer", "todo"),
        ("Produzindo", "doing"),
        ("Revisão interna", "internal_review"),
        ("Homologação externa", "external_approval"),
        ("Concluída", "done"),
    ]


def test_two_replicas_make_the_same_default_type_and_two_companies_do_not() -> None:
    assert default_type(COMPANY) == TYPE
    assert default_type("outra").id != TYPE.id


@pytest.mark.parametrize(
    "phases",
    [
        pytest.param((), id="none"),
        pytest.param((TODO, REVIEW), id="no end"),
        pytest.param((DONE, TODO), id="starts done"),
        pytest.param((APPROVAL, DONE), id="starts in external approval"),
        pytest.param((TODO, DONE, Phase(id="a", name="Outra", kind="doing")), id="same id"),
        pytest.param((TODO, DONE, Phase(id="e", name="FILA ", kind="doing")), id="same name but for case"),
    ],
)
def test_phases_that_leave_a_task_nowhere_to_go_are_refused(phases: tuple[Phase, ...]) -> None:
    with pytest.raises(BadTaskType):
        a_type(*phases)


@pytest.mark.parametrize("wanted", ["internal_review", "Revisão interna", "revisao  INTERNA"])
def test_a_phase_is_found_by_id_or_by_name_without_accents_and_case(wanted: str) -> None:
    assert TYPE.phase(wanted).id == "internal_review"


def test_an_id_wins_over_another_phases_name() -> None:
    tricky = a_type(Phase(id="x", name="y", kind="todo"), Phase(id="y", name="x", kind="done"))
    assert tricky.phase("x").kind == "todo"


def test_an_unknown_phase_is_refused_with_those_there_are() -> None:
    with pytest.raises(NoSuchPhase) as refused:
        TYPE.phase("aprovada")
    assert "Homologação externa" in refused.value.message
    assert refused.value.details["possible"] == [
        "todo",
        "doing",
        "internal_review",
        "external_approval",
        "done",
    ]


def test_reopened_work_goes_on_where_work_is_done_or_else_where_it_starts() -> None:
    assert TYPE.resumed.kind == "doing"
    assert a_type(TODO, REVIEW, DONE).resumed == TODO


@pytest.mark.parametrize(
    ("wanted", "taken"), [("video", "Vídeo"), ("Texto", "Texto"), (None, "Texto"), ("podcast", "Texto")]
)
def test_a_task_takes_the_type_it_names_and_else_the_default(wanted: str | None, taken: str) -> None:
    types = (a_type(TODO, DONE), a_type(TODO, DONE, name="Texto", default=True))
    assert chosen(types, wanted).name == taken
