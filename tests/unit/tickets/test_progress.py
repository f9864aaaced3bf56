"""How far a request is, in the requester's words: a date that was promised, no name from inside."""

from datetime import UTC, datetime
from typing import Any

import pytest

from balcao.tickets.catalogues import language
from balcao.tickets.domain.progress import WORDS, progress
from balcao.tickets.domain.ticket import Wait
from tests.unit.tickets.builders import BY_CAIO, a_task, a_ticket

PT, EN = (language("America/Sao_Paulo", one) for one in ("pt-BR", "en"))
CHRISTMAS = datetime(2026, 12, 12, 15, 0, tzinfo=UTC)
WAITS = {"status": "waiting", "wait": Wait(reason="more_information")}
ENDED = {"active": False, "promised_for": CHRISTMAS}


@pytest.mark.parametrize(
    ("values", "portuguese", "english"),
    [
        ({"stage": "triage"}, "recebido", "received"),
        ({"stage": "analysis"}, "em análise", "being looked at"),
        ({"stage": "planning"}, "em planejamento", "being planned"),
        (
            {"stage": "production", "promised_for": CHRISTMAS},
            "em produção, previsto para 12/12/2026",
            "in production, expected for 12 Dec 2026",
        ),
        ({"stage": "delivery"}, "em conferência final", "in the final check"),
        ({"stage": "production", "promised_for": CHRISTMAS, **WAITS}, "aguardando a sua resposta", None),
        ({"status": "waiting", "wait": Wait(reason="visit")}, "em espera", "on hold for now"),
        ({"status": "resolved", **ENDED}, "concluído", "concluded"),
        ({"status": "closed", **ENDED}, "encerrado", "closed"),
        ({"status": "cancelled", **ENDED}, "cancelado", "cancelled"),
    ],
)
def test_a_requester_reads_where_the_request_is(values: dict[str, Any], portuguese: str, english: str | None) -> None:
    """P4, P5"""
    ticket = a_ticket(**values)
    assert progress(ticket, PT).text == portuguese
    if english is not None:
        assert progress(ticket, EN).text == english


def test_of_several_parts_they_read_how_many_are_ready() -> None:
    """P5: given up ones and those only asked for are no parts."""
    tasks = (
        a_task(id="a", state="completed", phase_kind="done"),
        a_task(id="b"),
        a_task(id="c", state="cancelled"),
        a_task(id="d", state="requested"),
    )
    found = progress(a_ticket(stage="production", tasks=tasks), PT)
    assert (found.text, found.parts, found.parts_ready) == ("em produção (1 de 2 partes prontas)", 2, 1)


def test_what_production_has_planned_is_not_promised() -> None:
    """P5: a task's own date, title, phase and executor stay inside."""
    task = a_task(title="Arte secreta", phase="Cor do cliente chato", executor=BY_CAIO, due=CHRISTMAS)
    found = progress(a_ticket(stage="production", tasks=(task,)), PT)
    assert (found.text, found.promised_for) == ("em produção", None)
    assert not any(word in str(found) for word in ("secreta", "chato", "Caio"))


def test_every_word_is_translated() -> None:
    """P5"""
    assert [text for text in WORDS.values() if PT.gettext(text) == text] == []
