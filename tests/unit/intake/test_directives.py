"""What a mail may ask for in its own words (O7, O8)."""

import time

import pytest

from balcao.intake.domain.directives import directives
from balcao.shared.events import MailDirective, MessageReceived
from tests.unit.intake.builders import a_mail, a_multipart, a_part, taken


def found(subject: str = "Banner", text: str = "") -> list[tuple[str, str, str | None, str | None]]:
    return [(one.kind, one.place, one.value, one.ignored) for one in directives(subject, text, None)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("[workspace:1234]", "workspace", "1234"),
        ("[Workspace: Loja São João]", "workspace", "loja sao joao"),
        ("[WORKSPACE : loja-sul ]", "workspace", "loja-sul"),
        ("[workspace:#loja-sul]", "workspace", "loja-sul"),
        ("[analista:Ana@Agencia.test]", "analyst", "ana@agencia.test"),
        ("[analista: ana@agencia.test <mailto:ana@agencia.test>]", "analyst", "ana@agencia.test"),
        ("[analista:\nana@agencia.test]", "analyst", "ana@agencia.test"),
        ("[prioridade:0]", "priority", "0"),
        ("[prioridade:76]", "priority", "76"),
        ("*[Prioridade: 100]*", "priority", "100"),
        ("[tipo:1]", "type", "request"),
        ("[tipo:DÚVIDA]", "type", "question"),
        ("[tipo:correcao]", "type", "fix"),
        ("[tipo:Orçamento]", "type", "quote"),
        ("[type:improvement]", "type", "improvement"),
        ("[tipo：5]", "type", "improvement"),
    ],
    ids=lambda value: str(value)[:30].replace("\n", " "),
)
def test_a_directive_in_the_body_is_understood_in_all_its_forms(text: str, kind: str, value: str) -> None:
    """O7"""
    assert found(text=f"Olá,\n{text} obrigado\n") == [(kind, "body", value, None)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[prioridade:101]", "out_of_range"),
        ("[prioridade:-1]", "out_of_range"),
        ("[prioridade:7,5]", "no_whole_number"),
        ("[prioridade:alta]", "no_whole_number"),
        ("[prioridade:]", "empty"),
        ("[tipo:6]", "unknown_type"),
        ("[tipo:festa]", "unknown_type"),
        ("[analista:Ana]", "no_address"),
        ("[workspace: ]", "empty"),
    ],
)
def test_what_is_not_understood_is_told_with_the_reason(text: str, why: str) -> None:
    """O8"""
    ((_, _, value, ignored),) = found(text=text)
    assert (value, ignored) == (None, why)


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("#loja-sul banner", "loja-sul"),
        ("Banner para #São-João", "sao-joao"),
        ("Re: banner (#loja_norte).", "loja_norte"),
        ("#123", None),
        ("[#123] banner", None),
        ("C# e F#", None),
        ("&#8211; banner", None),
    ],
)
def test_a_hashtag_in_the_subject_names_the_workspace(subject: str, value: str | None) -> None:
    """O7; a number is a ticket's."""
    assert found(subject) == ([("workspace", "subject", value, None)] if value else [])


def test_the_body_weighs_more_than_the_subject() -> None:
    """O8"""
    values = [one[2] for one in found("#norte", "[workspace:sul]")]
    assert values == ["sul", "norte"]


def test_of_two_of_one_kind_the_first_counts_and_both_are_told() -> None:
    """O8"""
    told = found(text="[prioridade:x] [prioridade:50] [prioridade:80]")
    assert [(one[2], one[3]) for one in told] == [(None, "no_whole_number"), ("50", None), ("80", "repeated")]


@pytest.mark.parametrize(
    "text",
    [
        "ok\n\n> [prioridade:90]\n",
        "ok\n\nEm 2 de mar. de 2026, Ana <ana@agencia.test> escreveu:\n[prioridade:90]\n",
        "ok\n-- \nDora [prioridade:90]\n",
        "veja abaixo\n\n---------- Forwarded message ---------\nDe: X <x@y.test>\n\n[prioridade:90]\n",
        "veja\n\n-----Mensagem encaminhada-----\n[prioridade:90]\n",
        "From: a@b.test\nSent: Monday\nTo: c@d.test\nSubject: x\n\n[prioridade:90]",
    ],
    ids=["marked", "attributed", "signature", "forwarded", "encaminhada", "outlook"],
)
def test_a_directive_in_words_that_are_not_the_senders_is_no_directive(text: str) -> None:
    """O8"""
    one = taken(a_mail(f"aprovado\n{text}" if text.startswith("From") else text))
    (fact,) = one.facts
    assert isinstance(fact, MessageReceived)
    assert fact.directives == ()


def test_a_mail_of_html_alone_may_hold_directives() -> None:
    """O7"""
    html = "<p>Bom dia</p><p>[prio<b>ridade</b>:&nbsp;80]</p><blockquote type='cite'>[tipo:1]</blockquote>"
    one = taken(a_multipart(a_part(html, "Content-Type: text/html; charset=utf-8"), Subject="x #loja"))
    (fact,) = one.facts
    assert isinstance(fact, MessageReceived)
    assert [(each.kind, each.value) for each in fact.directives] == [("priority", "80"), ("workspace", "loja")]
    assert all(isinstance(each, MailDirective) for each in fact.directives)


def test_other_words_in_brackets_are_only_words() -> None:
    assert found(text="[urgente] [foto: capa] [link](x) a[tipo] [:] [tipo:1") == []


@pytest.mark.parametrize("text", ["[" * 50_000, "[tipo:" * 9_000, "[" + " " * 49_000, "[a " * 16_000, "#a " * 300])
def test_hostile_brackets_take_no_time(text: str) -> None:
    begun = time.process_time()
    assert len(directives(text[:500], text, None)) <= 20
    assert time.process_time() - begun < 2
