"""What somebody is asked to look at before an answer goes out."""

from typing import Any

import pytest

from balcao.shared.events import FileRef, Party
from balcao.shared.rich_text import clean, plain
from balcao.tickets.domain import warnings
from balcao.tickets.domain.conversation import recipients
from balcao.tickets.domain.ticket import Ticket
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, DORA, EVA, a_message, opened

NOTE = "O cliente está devendo três faturas e o diretor quer cortar o contrato"
SHEET = FileRef(file_id="sha256:bb", name="lista.pdf", size=3)


def ticket(**values: Any) -> Ticket:
    return opened(a_message(others=(EVA,))).after.model_copy(update=values)


def entry(type_: str, n: int = 2, version: int = 2, **data: Any) -> dict[str, Any]:
    public = type_ in ("ticket.replied.v1", "ticket.requester_replied.v1")
    fields = {"ticket": {"version": version}, **data}
    return {"n": n, "type": type_, "public": public, "at": AT, "actor": {"name": "Bia"}, "data": fields}


def found(text: str, *entries: dict[str, Any], **values: Any) -> dict[str, dict[str, Any]]:
    about = values.pop("ticket", ticket())
    left = values.pop("left", ())
    answer = {"words": plain(text), "recipients": recipients(about, BY_ANA), **values}
    return {one.code: one.details for one in warnings.about(about, warnings.Answer(**answer), entries, left)}


def test_an_ordinary_answer_warns_of_nothing() -> None:
    """W7"""
    assert found("Vamos ver isso hoje.", entry("ticket.noted.v1", text=NOTE)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Entendo, mas o cliente está devendo três faturas, disseram.",
        "O CLIENTE ESTA DEVENDO TRES FATURAS",
        "Como conversado:\no diretor quer\ncortar o contrato!",
    ],
    ids=["a part", "without accents", "over several lines"],
)
def test_words_of_a_private_note_in_an_answer_are_noticed(text: str) -> None:
    """W7"""
    warned = found(text, entry("ticket.noted.v1", n=5, text=NOTE))
    assert warned["private_words"]["entry"] == 5
    assert "private_words" in warnings.ASKS


def test_the_longest_row_of_private_words_is_shown() -> None:
    """W7"""
    warned = found(f"Veja: {NOTE}.", entry("ticket.noted.v1", text=NOTE))
    assert warned["private_words"]["words"] == " ".join(
        "o cliente esta devendo tres faturas e o diretor quer cortar o contrato".split()
    )


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("o cliente está devendo", [entry("ticket.noted.v1", text=NOTE)]),
        ("Você disse: > x", [entry("ticket.noted.v1", text="ok, feito")]),
        (
            "preciso do banner na cor azul até sexta",
            [
                entry("ticket.requester_replied.v1", text="Preciso do banner na cor azul até sexta"),
                entry("ticket.noted.v1", n=3, text="Ela: preciso do banner na cor azul até sexta"),
            ],
        ),
        (
            "o cliente está devendo três faturas",
            [entry("ticket.noted.v1", text=f"Ok\n\nEva:\n{NOTE}", quote_at=4)],
        ),
        ("> O cliente está devendo três faturas e o diretor", [entry("ticket.noted.v1", text=NOTE)]),
    ],
    ids=["too few words", "a short note", "the requester's own words", "what a colleague's mail quotes", "quoted"],
)
def test_words_that_are_no_secret_are_not_warned_of(text: str, entries: list[dict[str, Any]]) -> None:
    """W7"""
    assert "private_words" not in found(text, *entries)


@pytest.mark.parametrize(
    "text", ["Segue em anexo o banner", "Segue anexo.", "Anexei a arte", "Please find attached", "See the ATTACHMENT"]
)
def test_a_file_that_is_mentioned_and_missing_is_noticed(text: str) -> None:
    """W11"""
    assert "file_missing" in found(text)
    assert "file_missing" not in found(text, files=(SHEET,))
    assert "file_missing" not in found(f"> {text}")


@pytest.mark.parametrize("text", ["Não recebi o anexo", "Veio sem anexo", "There is no attachment", "Seu anexo chegou"])
def test_somebody_elses_file_is_not_missed(text: str) -> None:
    """W11"""
    assert "file_missing" not in found(text)


def test_people_who_were_not_on_the_last_mail_are_named() -> None:
    """W7"""
    last = entry("ticket.replied.v1", recipients=[{"address": "dora@cliente.test"}])
    warned = found("Oi", last)
    assert warned["not_on_last_mail"]["people"] == [{"name": "Eva", "address": "eva@cliente.test"}]
    wrote = entry("ticket.requester_replied.v1", n=3, author={"address": "eva@cliente.test"})
    assert "not_on_last_mail" not in found("Oi", last, wrote)


def test_before_the_first_answer_only_those_who_were_added_are_named() -> None:
    """W7"""
    about = ticket()
    to = recipients(about, BY_ANA, add=(BY_BIA,))
    assert found("Oi", ticket=about) == {}
    assert found("Oi", ticket=about, recipients=to)["not_on_last_mail"]["people"][0]["address"] == "bia@agencia.test"


def test_people_who_left_are_named() -> None:
    """W7"""
    assert found("Oi", left=(EVA,))["has_left"]["people"] == [{"name": "Eva", "address": "eva@cliente.test"}]


def test_an_answer_to_nobody_says_so() -> None:
    """W7"""
    assert "no_recipient" in found("Oi", recipients=())


def test_what_happened_since_the_writing_began_is_listed() -> None:
    """W7: nobody answers what a colleague has answered a minute ago."""
    about = ticket(version=4)
    entries = [entry("ticket.noted.v1", n=2, version=2), entry("ticket.replied.v1", n=3, version=4)]
    warned = found("Oi", *entries, ticket=about, begun_on=3)["ticket_changed"]
    assert [(one["n"], one["type"], one["actor"]) for one in warned["entries"]] == [(3, "ticket.replied.v1", "Bia")]
    assert "ticket_changed" not in found("Oi", *entries, ticket=about, begun_on=4)
    assert "ticket_changed" not in found("Oi", *entries, ticket=about)


def test_images_that_did_not_get_in_are_named() -> None:
    """W11"""
    words = clean('<p>a <img src="https://x.test/a.png"></p>')
    assert found("", words=words)["image_left_out"]["sources"] == ["https://x.test/a.png"]


def test_the_requester_is_always_known() -> None:
    """W7"""
    about = ticket(requester=Party(name="Dora", address="outra@cliente.test"))
    last = entry("ticket.replied.v1", recipients=[{"address": DORA.address}])
    assert [one["address"] for one in found("Oi", last, ticket=about)["not_on_last_mail"]["people"]] == [EVA.address]
