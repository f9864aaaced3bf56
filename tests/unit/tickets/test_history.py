"""The history in words: every fact of a ticket has a sentence in both languages, with what was before and after."""

import re
from datetime import UTC, datetime
from typing import Any, get_args, get_origin

import pytest
from babel.messages.pofile import read_po
from pydantic import BaseModel

from balcao.shared.events import FACTS, Fact, Party, TicketEdited, TicketReplied, TicketResolved, TicketStageEntered
from balcao.tickets.catalogues import FOLDER, language
from balcao.tickets.domain.history import SENTENCES, History
from balcao.tickets.domain.policies import BandWords, Policies
from tests.unit.tickets.builders import AT, BY_ANA, BY_BIA, DORA, a_ticket

OF_TICKETS = sorted(name for name in FACTS if name.startswith("ticket."))
LOCALES = ("pt-BR", "en")


def speaking(locale: str = "en", **options: Any) -> History:
    """The history for a reader in São Paulo."""
    return History(language("America/Sao_Paulo", locale), **options)


def entry(fact: Fact, actor: Party | None = BY_ANA, **values: Any) -> dict[str, Any]:
    """A timeline entry as it is stored."""
    data = fact.model_dump(exclude_none=True)
    return {"n": 1, "type": fact.type, "at": AT, "actor": actor.model_dump() if actor else None, "data": data, **values}


def made_up(model: type[BaseModel], *, full: bool, choice: int) -> dict[str, Any]:
    """Values for a model's fields: those it needs, or all of them; `choice` picks among literals."""
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if full or field.is_required():
            values[name] = _value(field.annotation, full, choice)
    return values


def _value(kind: Any, full: bool, choice: int) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        return (_value(arguments[0], full, choice), *(() if arguments[-1] is ... else ["x"]))
    if origin is dict:
        return {
            "title": ("antes", "depois"),
            "priority": (0, 80),
            "kind": ("fix", "quote"),
            "workspace_id": (None, "w"),
        }
    if arguments and type(None) in arguments:
        return _value(next(one for one in arguments if one is not type(None)), full, choice) if full else None
    if arguments:
        return arguments[choice % len(arguments)]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return made_up(kind, full=full, choice=choice)
    return {bool: full, int: 7, str: "algo", datetime: datetime(2026, 3, 2, 12, tzinfo=UTC)}[kind]


def examples(name: str) -> list[Fact]:
    """A fact with as little and as much as it may carry, with each of its literal values."""
    found: list[Fact] = []
    for full in (False, True):
        for choice in range(8):
            values = made_up(FACTS[name], full=full, choice=choice)
            if "names" in FACTS[name].model_fields:
                values["names"] = {"workspace_id": (None, "Loja")}
            found.append(FACTS[name].model_validate(values | {"ticket": a_ticket().ref()}))
    return found


def test_every_fact_of_a_ticket_has_a_sentence() -> None:
    """W10: a fact added without one fails here."""
    assert sorted(SENTENCES) == OF_TICKETS


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", OF_TICKETS)
def test_whatever_a_fact_carries_it_is_said_in_words(name: str, locale: str) -> None:
    """W10"""
    for fact in examples(name):
        for actor in (BY_ANA, None):
            for for_team in (True, False):
                said = speaking(locale, for_team=for_team).sentence(entry(fact, actor))
                assert said.strip()
                assert "%(" not in said
                assert "None" not in said


def test_all_words_are_translated_with_the_same_places_to_fill_in() -> None:
    """W10: and none is left over from a sentence that is gone."""
    with (FOLDER / "pt_BR" / "LC_MESSAGES" / "tickets.po").open("rb") as file:
        catalogue = read_po(file, locale="pt_BR")
    for message in catalogue:
        if message.id:
            assert message.string, message.id
            assert set(re.findall(r"%\(\w+\)s", str(message.id))) == set(re.findall(r"%\(\w+\)s", str(message.string)))


@pytest.mark.parametrize("name", OF_TICKETS)
def test_no_sentence_falls_back_to_english(name: str) -> None:
    """W10: each template is in the catalogue."""
    gettext = language("America/Sao_Paulo", "pt-BR").gettext
    for fact in examples(name):
        template, _ = SENTENCES[name](speaking("en"), fact.model_dump(exclude_none=True))
        assert gettext(template) != template


def test_an_edit_says_what_was_before_and_what_is_now() -> None:
    """W10, O9, O10"""
    fact = TicketEdited(
        ticket=a_ticket().ref(),
        changes={"priority": (0, 80), "kind": ("request", "fix"), "workspace_id": (None, "id-of-loja")},
        names={"workspace_id": (None, "Loja")},
    )
    assert speaking("pt-BR").sentence(entry(fact)) == (
        "Ana mudou prioridade de “0 (Não priorizada)” para “80 (Urgente)”; tipo de “Solicitação” para “Correção”; "
        "workspace de “nenhum” para “Loja”"
    )
    assert speaking("en").sentence(entry(fact)) == (
        "Ana changed priority from “0 (Not prioritised)” to “80 (Urgent)”; type from “Request” to “Fix”; "
        "workspace from “none” to “Loja”"
    )


def test_the_companys_own_words_are_used() -> None:
    """O9, W1"""
    policies = Policies(
        priority_words={"pt-BR": {"urgent": BandWords(label="Fogo")}}, stage_words={"pt-BR": {"triage": "Fila"}}
    )
    fact = TicketEdited(ticket=a_ticket().ref(), changes={"priority": (0, 80)})
    assert "80 (Fogo)" in speaking("pt-BR", policies=policies).sentence(entry(fact))
    move = TicketStageEntered(ticket=a_ticket().ref(), before="triage", stage="planning", reason="team")
    assert speaking("pt-BR", policies=policies).sentence(entry(move)) == "Ana moveu o ticket de Fila para Planejar"


def test_a_guest_reads_of_the_team_and_of_whoever_wrote_to_them() -> None:
    """P5: neither a colleague who closed the ticket nor others who get copies are named."""
    resolved = entry(TicketResolved(ticket=a_ticket().ref(), method="answered"))
    assert speaking(for_team=False).sentence(resolved) == "The team resolved the ticket: answered"
    assert speaking().sentence(resolved) == "Ana resolved the ticket: answered"
    replied = entry(TicketReplied(ticket=a_ticket().ref(), author=BY_BIA, text="oi", recipients=(DORA,)), BY_BIA)
    assert speaking(for_team=False).sentence(replied) == "Bia answered"
    assert speaking().sentence(replied) == "Bia answered to Dora"


def test_what_happened_by_itself_is_nobodys() -> None:
    fact = TicketResolved(ticket=a_ticket().ref(), method="no_response", by="clock")
    assert speaking("pt-BR").sentence(entry(fact, None)) == "Balcão resolveu o ticket: sem resposta do solicitante"


def test_times_are_the_companys() -> None:
    fact = TicketResolved(
        ticket=a_ticket().ref(), method="answered", reply_until=datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
    )
    assert "até 02/03/2026" in speaking("pt-BR").sentence(entry(fact))
