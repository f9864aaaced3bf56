"""A ticket's public history in the words of its requester (P4, P5)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from balcao.portal_api.language import load_languages
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.portal.conversation import Conversation, Entry, Event, Words, folded
from balcao.portal_api.pages.portal.standing import standing_of

PORTUGUESE = load_languages()["pt-BR"]
AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ANA = {"name": "Ana Prado", "person_id": "ana", "is_you": False}


def read(*timeline: dict[str, Any], **ticket: Any) -> list[Entry]:
    moments = Moments(PORTUGUESE, "America/Sao_Paulo", AT)
    return Conversation(PORTUGUESE, moments).entries({"timeline": timeline, **ticket})


def entry(type_: str, n: int = 1, **data: Any) -> dict[str, Any]:
    return {"n": n, "type": f"ticket.{type_}.v1", "at": "2026-11-20T14:05:00Z", "data": data}


def only(*found: Entry) -> Words:
    (one,) = found
    assert isinstance(one, Words)
    return one


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (entry("resolved", method="answered", by="team"), "Resolvido"),
        (entry("resolved", method="no_response", by="clock"), "Encerrado por falta de resposta"),
        (entry("resolved", method="answered", by="requester"), "Você encerrou: já foi resolvido"),
        (entry("cancelled", by="requester"), "Você encerrou: não precisa mais"),
        (entry("cancelled", by="team"), "Cancelado"),
        (entry("reopened", reason="team"), "De volta ao atendimento"),
        (entry("promised", promised_for="2026-11-23T15:00:00Z"), "Previsão definida: seg 23 nov, 12:00"),
        (entry("promised", promised_for=None), "Sem previsão por enquanto"),
        (entry("approval_answered", verdict="approved"), "Aprovado"),
        (entry("requester_replied", moved=True), "Uma mensagem foi movida para outro ticket"),
        (entry("something_new"), ""),
    ],
)
def test_what_happened_is_said_without_the_desks_words(what: dict[str, Any], words: str) -> None:
    (shown,) = read(what)
    assert isinstance(shown, Event)
    assert shown.words == words


def test_what_was_said_with_the_end_and_where_a_merged_ticket_goes_on_is_shown() -> None:
    ended, merged = read(entry("cancelled", by="requester", text="Adiada"), entry("merged", 2, into={"number": 9}))
    assert isinstance(ended, Event)
    assert isinstance(merged, Event)
    assert (ended.text, merged.number) == ("Adiada", 9)


def test_the_first_words_are_the_request_with_its_quote_apart() -> None:
    asked = only(
        *read(
            entry("opened"),
            requested="Bom dia!\n> antes",
            requested_quote_at=9,
            requester={"name": "Gina", "is_you": True},
        )
    )
    assert (asked.text, asked.quoted, asked.is_own, asked.of_team) == ("Bom dia!", "> antes", True, False)


def test_pictures_are_shown_and_everything_else_is_a_download() -> None:
    """An SVG can carry scripts; an image inside the words is not offered twice."""
    files = [
        {"file_id": "sha256:a", "name": "a.png", "media_type": "image/png", "size": 10},
        {"file_id": "sha256:b", "name": "b.svg", "media_type": "image/svg+xml", "size": 10},
        {"file_id": "sha256:c", "name": "c.png", "media_type": "image/png", "size": 10},
        {"file_id": "sha256:d", "name": "d.png", "media_type": "image/png", "size": 90_000_000},
    ]
    html = '<p>Veja <img src="/api/v1/files/sha256:c?ticket=7"></p>'
    said = only(*read(entry("replied", author=ANA, text="Veja", html=html, files=files)))
    assert [one["name"] for one in said.images] == ["a.png"]
    assert [one["name"] for one in said.files] == ["b.svg", "d.png"]
    assert said.of_team


@pytest.mark.parametrize(
    ("text", "lines"), [("x\n" * 39 + "x", 40), ("x\n" * 40 + "x", 25)], ids=["just fits", "one line more"]
)
def test_a_very_long_message_begins_and_nothing_of_it_is_lost(text: str, lines: int) -> None:
    said = only(*read(entry("replied", author=ANA, text=text)))
    assert len(said.text.split("\n")) == lines
    assert len(said.text.split()) + len(said.rest.split()) == len(text.split())


def test_a_word_that_never_ends_is_cut_and_whole_again_when_unfolded() -> None:
    said = only(*read(entry("replied", author=ANA, text="x" * 5_000)))
    assert said.text + said.rest == "x" * 5_000


def test_of_a_long_conversation_the_middle_is_folded() -> None:
    entries = read(*(entry("replied", n, author=ANA, text=str(n)) for n in range(1, 43)))
    begun, earlier, latest = folded(entries)
    assert ([one.n for one in begun], len(earlier), latest[0].n) == ([1], 21, 23)
    assert folded(entries[:40]) == (entries[:40], [], [])


@pytest.mark.parametrize(
    ("ticket", "words", "is_mine"),
    [
        ({"status": "open", "step": 0}, "Recebido", False),
        ({"status": "open", "step": 2, "how_far": {"code": "production"}}, "Em produção", False),
        ({"status": "open", "step": 3, "how_far": {"code": "your_approval"}}, "Esperando sua aprovação", True),
        ({"status": "waiting", "step": 1, "how_far": {"code": "your_answer"}}, "Esperando sua resposta", True),
        ({"status": "waiting", "step": 1, "how_far": {"code": "waiting"}}, "Em espera por enquanto", False),
        ({"status": "resolved", "step": 3, "how_far": {"code": "resolved"}}, "Resolvido", False),
    ],
)
def test_a_request_says_whose_move_it_is(ticket: dict[str, Any], words: str, is_mine: bool) -> None:
    """A wait for something else is not the requester's."""
    standing = standing_of(ticket, PORTUGUESE)
    assert (standing.words, standing.awaits_you) == (words, is_mine)
