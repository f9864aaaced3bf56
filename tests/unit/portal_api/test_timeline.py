"""A timeline as people read it, in their language."""

from datetime import UTC, datetime
from typing import Any

import pytest

from balcao.portal_api.language import load_languages
from balcao.portal_api.pages.entries import Event, Message, Timeline
from balcao.portal_api.pages.moments import Moments
from balcao.shared.events import FACTS

ANA = {"person_id": "ana", "name": "Ana Prado"}
AT = "2026-11-20T15:00:00Z"


def timeline(language: str = "pt-BR") -> Timeline:
    chosen = load_languages()[language]
    return Timeline(chosen, Moments(chosen, "America/Sao_Paulo", datetime(2026, 11, 21, 12, tzinfo=UTC)))


def entry(type_: str, n: int = 1, at: str = AT, **data: Any) -> dict[str, Any]:
    return {"n": n, "type": type_, "public": FACTS[type_].public, "at": at, "actor": ANA, "data": data}


def told(type_: str, language: str = "pt-BR", **data: Any) -> Any:
    return timeline(language).entries({"timeline": [entry(type_, **data)]})[0]


@pytest.mark.parametrize("type_", sorted(name for name in FACTS if name.startswith("ticket.")))
def test_every_fact_about_a_ticket_has_words_even_with_nothing_in_it(type_: str) -> None:
    """The page's own, or the sentence that `tickets` gives with each entry."""
    said = entry(type_) | {"sentence": "Ana fez algo"}
    shown: Any = timeline().entries({"timeline": [said]})[0]

    assert shown.is_message or (shown.words and type_ not in shown.words), "a reader would see the fact's code name"


def test_notes_and_answers_never_look_alike() -> None:
    note, answer = told("ticket.noted.v1", text="x"), told("ticket.replied.v1", text="x")

    assert (note.look, answer.look) == ("note", "out")
    assert note.way == "Nota privada, só a equipe vê"


def test_a_quote_is_folded_away_but_kept() -> None:
    shown = told("ticket.requester_replied.v1", text="Ok!\n\n> antes", quote_at=5, author=ANA)

    assert (shown.text, shown.quoted) == ("Ok!", "> antes")


def test_a_colleagues_mail_is_a_note_with_its_quote_folded_and_its_original_at_hand() -> None:
    """W7"""
    shown = told("ticket.noted.v1", text="Ok!\n\n> antes", quote_at=5, message_id="m1", rule="token", author=ANA)

    assert (shown.look, shown.text, shown.quoted, shown.mail_id) == ("note", "Ok!", "> antes", "m1")
    assert shown.way == "Nota privada por e-mail, só a equipe vê"


def test_the_opening_shows_the_whole_request_rather_than_its_excerpt() -> None:
    ticket = {
        "requested": "Tudo o que pedi",
        "requester": {"name": "Gina"},
        "timeline": [entry("ticket.opened.v1", excerpt="Tudo")],
    }

    [shown] = timeline().entries(ticket)

    assert isinstance(shown, Message)
    assert (shown.author, shown.text) == ("Gina", "Tudo o que pedi")


def test_one_line_says_that_a_task_ended_and_the_ticket_moved() -> None:
    task = {"number": 3, "title": "Arte", "phase": "Concluída"}
    both = [
        entry("ticket.task_followed.v1", 1, task=task, what="completed"),
        entry(
            "ticket.stage_entered.v1", 2, stage="delivery", before="production", reason="production_finished", task=task
        ),
        entry("ticket.task_followed.v1", 3, "2026-11-20T16:00:00Z", task=task, what="reopened"),
    ]

    shown = timeline().conversation({"timeline": both})

    assert [(one.words, one.actor) for one in shown if isinstance(one, Event)] == [
        ("A produção terminou T-3: ticket movido para Entrega", ""),
        ("reabriu a tarefa T-3", "Ana Prado"),
    ]
    assert len(timeline().entries({"timeline": both})) == 3, "the history keeps every entry"


def test_taking_a_ticket_is_told_as_taking_it() -> None:
    mine = told("ticket.analyst_assigned.v1", ticket={"analyst": ANA})
    other = told("ticket.analyst_assigned.v1", ticket={"analyst": {"person_id": "bia", "name": "Bia"}})

    assert mine.words == "assumiu o ticket"
    assert "Bia" in other.words


def test_whoever_cannot_do_it_is_read_with_the_reason() -> None:
    """W3"""
    refused: dict[str, Any] = {"returned": True, "rejected": True}

    assert told("ticket.analyst_assigned.v1", **refused, remark="Férias amanhã.").words == (
        "não pode fazer: o ticket volta para A fazer. Férias amanhã."
    )
    assert told("ticket.analyst_assigned.v1", **refused).words == "não pode fazer: o ticket volta para A fazer"


def test_both_languages_tell_it() -> None:
    data = {"reason": "more_information", "until": "2026-11-23T15:00:00Z"}

    assert told("ticket.wait_started.v1", **data).words == (
        "pôs o ticket em espera: Mais informações do solicitante, até seg 23 nov, 12:00"
    )
    assert told("ticket.wait_started.v1", "en", **data).words == (
        "set the ticket to wait: More information from the requester, until Mon 23 Nov, 12:00"
    )


@pytest.mark.parametrize("kind", ["ticket.tagged.v1", "ticket.edited.v1", "ticket.invented_tomorrow.v1"])
def test_what_the_page_has_no_words_for_is_said_in_those_of_the_service(kind: str) -> None:
    """W10: one sentence, which names who did it."""
    entry = {"n": 1, "type": kind, "at": None, "actor": {"name": "Ana"}, "data": {}, "sentence": "Ana fez algo"}
    (shown,) = timeline().entries({"timeline": [entry]})
    assert isinstance(shown, Event)
    assert (shown.words, shown.actor) == ("Ana fez algo", "")
