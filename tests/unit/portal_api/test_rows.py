"""Lines of the list: what each shows, and why it is drawn once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from balcao.portal_api.language import load_languages
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.rows import Row, Rows
from balcao.portal_api.pages.surroundings import Surroundings
from balcao.shared.tokens import Acting

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
ANA = Acting(company_id="agencia", person_id="ana", name="Ana Prado", address="ana@agencia.test", roles=("agent",))
TICKET: dict[str, Any] = {
    "number": 7,
    "version": 3,
    "title": "Cartaz",
    "status": "open",
    "progress": "in_progress",
    "stage": "production",
    "priority": 60,
    "requester": {"name": "Gina", "address": "gina@cliente.test"},
    "updated_at": "2026-03-10T14:56:00Z",
}
DIRECTORY = Surroundings(
    workspaces=({"id": "w1", "name": "Loja"},),
    tags={name: {"id": name, "name": name.upper(), "colour": None} for name in ("a", "b", "c", "d")},
    bands={"high": {"label": "Grave", "impact": "Prazo em risco"}},
)


def _row(left: str = "", now: datetime = NOW, **more: Any) -> Row:
    words = load_languages()["pt-BR"]
    rows = Rows(words, Moments(words, "America/Sao_Paulo", now), DIRECTORY, ANA, "/a/desk/tickets/")
    return rows.of({**TICKET, **more}, left)


def test_a_ticket_that_looks_as_before_is_the_same_row() -> None:
    assert _row() == _row(now=NOW.replace(second=30))
    assert _row() != _row(now=NOW.replace(minute=5)), "it says how long ago it changed"
    assert _row() != _row(left="Entrega")
    assert _row() != _row(version=4)


def test_a_row_names_what_the_ticket_has_as_ids_and_the_company_s_word_for_its_priority() -> None:
    """O9, O14"""
    row = _row(workspace_id="w1", kind="fix", tags=["a", "b", "c", "d"])
    assert row.asked == "Gina · Loja · Correção"
    assert ([tag.name for tag in row.tags], row.more_tags) == (["A", "B"], ("C", "D"))
    assert row.band == ("Grave", "Prazo em risco")
    assert _row(kind="request").asked == "Gina"
    assert _row(requester={"address": "so@endereco.test"}).asked == "so@endereco.test"


@pytest.mark.parametrize(
    ("ticket", "sign", "words"),
    [
        ({}, "", "em atendimento"),
        ({"progress": "todo"}, "circle", "a fazer"),
        ({"tasks": {"open": 1, "total": 2}}, "tasks", "1/2 tarefas"),
        ({"status": "waiting", "wait": None}, "pause", "aguardando"),
        ({"status": "waiting", "wait": {"until": "2026-03-11T12:00:00Z"}}, "pause", "aguardando até amanhã"),
        ({"status": "resolved"}, "", "Resolvido"),
    ],
)
def test_below_the_stage_stands_the_exception(ticket: dict[str, Any], sign: str, words: str) -> None:
    row = _row(**ticket)
    assert (row.state_sign, row.state) == (sign, words)


@pytest.mark.parametrize(
    ("ticket", "flag"),
    [
        ({}, None),
        ({"highlight": "reply"}, ("back", "Respondeu", False)),
        ({"highlight": "undelivered"}, ("alert", "Não entregue", True)),
        ({"highlight": "wait_over"}, ("clock", "Fim da espera", False)),
        ({"stage": "delivery", "tasks": {"open": 0, "total": 1}}, ("check-ring", "Conferir entrega", False)),
        ({"stage": "delivery", "tasks": {"open": 0, "total": 0}}, None),
        ({"stage": "delivery", "status": "resolved", "tasks": {"open": 0, "total": 1}}, None),
    ],
)
def test_a_row_is_flagged_for_what_wants_to_be_looked_at(ticket: dict[str, Any], flag: object) -> None:
    """H4: what production sent back is to be checked."""
    assert _row(**ticket).flag == flag


def test_a_promise_goes_before_the_team_s_own_date_and_only_open_tickets_are_late() -> None:
    """W16"""
    promised = _row(promised_for="2026-03-09T18:00:00Z", due="2026-03-20T18:00:00Z")
    assert (promised.due_state, promised.due_is_ours) == ("late", False)
    ours = _row(due="2026-03-20T18:00:00Z")
    assert (ours.due_state, ours.due_is_ours) == ("", True)
    closed = _row(status="closed", promised_for="2026-03-09T18:00:00Z", due="2026-03-20T18:00:00Z")
    assert closed.due_state == ""
    assert _row(status="closed", due="2026-03-20T18:00:00Z").due is None


def test_somebody_without_a_name_acts_by_their_address() -> None:
    """H9"""
    assert _row(assignee={"person_id": "x", "name": "", "address": "x@agencia.test"}).executor == "x@agencia.test"
    assert _row(assignee={"person_id": "ana", "name": "Ana Prado"}).executor_is_me
    assert _row().executor is None
