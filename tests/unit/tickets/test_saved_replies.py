"""Saved replies: blanks, the fields they set, and who may change one (W18)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from balcao.shared.events import Party
from balcao.shared.rich_text import clean, plain
from balcao.tickets.domain.conditions import EmptyComment, NotYourReply, UnknownPlaceholder
from balcao.tickets.domain.saved_replies import (
    PLACEHOLDERS,
    ReplySets,
    SavedReply,
    render,
    require_known,
    require_own,
)
from tests.unit.tickets.builders import BY_ANA, BY_BIA, COMPANY, DORA, TEAM, a_ticket

MORNING = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
"""Ten o'clock in São Paulo."""


def reply(text: str = "Oi", **values: Any) -> SavedReply:
    return SavedReply(id="r1", company_id=COMPANY, name="Olá", text=text, author_id="ana", **values)


def filled(text: str, **values: Any) -> str:
    """A plain reply for Dora's ticket, as Bia would send it."""
    return render(reply(text), a_ticket(**values), BY_BIA, TEAM, MORNING).text


def test_blanks_are_filled_in_portuguese_and_english_with_and_without_accents() -> None:
    """W18."""
    text = "{{saudacao}}, {{ solicitante.nome }}! {{ticket.Número}} {{ticket.title}} – {{me.name}}, {{EMPRESA.NOME}}"
    assert filled(text) == "Bom dia, Dora! #7 Banner de Natal – Bia, Agência"


def test_dates_are_of_the_companys_zone_and_the_requesters_language() -> None:
    """W18."""
    late = datetime(2026, 3, 6, 1, 0, tzinfo=UTC)
    assert filled("até {{ticket.previsto_para}}", promised_for=late) == "até 05/03/2026"
    english = DORA.model_copy(update={"locale": "en"})
    assert filled("{{greeting}} {{ticket.promised_for}}", promised_for=late, requester=english) == (
        "Good morning 2026-03-05"
    )


def test_a_blank_that_the_ticket_has_nothing_for_is_left_empty_and_named() -> None:
    """W18."""
    rendered = render(reply("até {{ticket.previsto_para}}!"), a_ticket(), BY_BIA, TEAM, MORNING)
    assert (rendered.text, rendered.missing) == ("até !", ("ticket.previsto_para",))


def test_what_a_requester_is_called_never_becomes_markup() -> None:
    """W18: fails when values are not escaped."""
    evil = Party(name='<img src=x onerror="alert(1)">{{ticket.numero}}', address="e@x.test")
    rendered = render(
        reply("x", html="<p>Oi, {{solicitante.nome}}</p>"), a_ticket(requester=evil), BY_BIA, TEAM, MORNING
    )
    assert "<img" not in rendered.html
    assert clean(rendered.html).html == rendered.html
    assert "{{ticket.numero}}" in rendered.text


@pytest.mark.parametrize(
    "text",
    ["{{solicitante.cpf}}", "{{}}", "{{ticket.numero", "Oi {{ nome }}", "{{ticket..numero}}"],
    ids=["unknown", "empty", "open: no blank at all", "short", "dots"],
)
def test_a_blank_nobody_can_fill_in_is_refused_at_saving_with_those_that_are_known(text: str) -> None:
    """W18."""
    if "}}" not in text:
        require_known(plain(text))
        return
    with pytest.raises(UnknownPlaceholder) as refused:
        require_known(plain(text))
    assert "solicitante.nome" in refused.value.details["known"]
    assert "requester.name" in refused.value.details["known"]


def test_every_placeholder_there_is_can_be_saved_and_filled_in() -> None:
    """W18."""
    for name in {**PLACEHOLDERS, **dict.fromkeys(PLACEHOLDERS.values(), "")}:
        require_known(plain(f"a {{{{{name}}}}}"))
        assert "{{" not in filled(f"{{{{{name}}}}}")


def test_markup_inside_a_blank_is_refused() -> None:
    """W18: an editor's bold in the middle of a name would show the braces to the requester."""
    with pytest.raises(UnknownPlaceholder):
        require_known(clean("<p>{{ticket.<b>numero</b>}}</p>"))


def test_a_reply_needs_words() -> None:
    with pytest.raises(EmptyComment):
        require_known(plain("  "))


@pytest.mark.parametrize(
    ("owner", "who", "admin", "allowed"),
    [
        (None, "ana", False, True),
        (None, "bia", False, False),
        (None, "bia", True, True),
        ("bia", "bia", False, True),
        ("bia", "caio", True, False),
    ],
    ids=["its author", "somebody", "an administrator", "one's own", "an administrator on another's own"],
)
def test_a_reply_is_changed_by_who_it_belongs_to(owner: str | None, who: str, admin: bool, allowed: bool) -> None:
    """W18."""
    if allowed:
        require_own(reply(owner_id=owner), who, is_admin=admin)
        return
    with pytest.raises(NotYourReply):
        require_own(reply(owner_id=owner), who, is_admin=admin)


def test_two_people_may_each_have_a_reply_of_one_title_beside_the_shared_one() -> None:
    keys = {reply(owner_id=one).key for one in (None, "ana", "bia")}
    assert len(keys) == 3
    assert reply(owner_id="ana").key == reply(owner_id="ana").model_copy(update={"name": " OLA "}).key


def test_what_was_archived_since_is_left_out_of_the_fields() -> None:
    """W18."""
    sets = ReplySets(priority=50, workspace_id="nenhum", add_tags=("t1", "t2"))
    assert sets.edit(TEAM, {"t2": object()}) == {"priority": 50, "add_tags": ("t2",)}
    assert ReplySets(workspace_id="loja").edit(TEAM, {}) == {"workspace_id": "loja"}


@pytest.mark.parametrize(
    "then",
    [
        {"status": "waiting"},
        {"status": "resolved", "reason": "visit"},
        {"status": "open", "method": "answered"},
        {"status": "resolved", "days": 3},
        {"status": "closed"},
    ],
)
def test_a_change_of_situation_that_makes_no_sense_is_refused(then: dict[str, Any]) -> None:
    """W18."""
    with pytest.raises(ValidationError):
        ReplySets.model_validate({"then": then})


@given(st.text(max_size=200))
def test_any_text_without_blanks_comes_out_as_it_went_in(text: str) -> None:
    if "{{" not in text:
        assert render(reply(text), a_ticket(), BY_ANA, TEAM, MORNING).text == text
