"""Words as the search sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.tickets.domain.conditions import NothingToSearchFor
from balcao.tickets.domain.terms import (
    Matcher,
    Word,
    beginning,
    contains_phrase,
    fold,
    parse,
    snippet,
    words_of,
)

PAIRS = [
    ("correção", "correções"),
    ("campanha", "Campanhas"),
    ("ação", "ações"),
    ("imagem", "imagens"),
    ("papel", "papéis"),
    ("animal", "animais"),
    ("mão", "mãos"),
    ("pão", "pães"),
    ("bom", "bons"),
    ("sol", "sóis"),
    ("aprovar", "aprovado"),
    ("orçamento", "ORCAMENTOS"),
    ("printing", "printed"),
    ("try", "tries"),
    ("quotation", "quotations"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_forms_of_a_word_find_each_other_and_are_kept_where_they_are_looked_for(one: str, other: str) -> None:
    for asked, written in ((one, other), (other, one)):
        [word] = words_of(asked)
        [found] = words_of(written)
        assert Word(word).matches(found)
        assert beginning(found) in Word(word).beginnings()


@pytest.mark.parametrize(("one", "other"), [("banner", "bandeira"), ("cor", "corte"), ("arte", "artigo")])
def test_other_words_are_not_found(one: str, other: str) -> None:
    assert not Word(fold(one)).matches(fold(other))


@given(st.text(min_size=1, max_size=30))
def test_every_word_finds_itself_and_what_begins_with_it(text: str) -> None:
    for word in words_of(text):
        assert Word(word).matches(word)
        assert beginning(word) in Word(word).beginnings()
        if len(word) >= 3:
            longer = word + "xyz"
            assert Word(word, prefix=True).matches(longer)
            assert beginning(longer) in Word(word, prefix=True).beginnings()


def test_what_is_typed_is_read_as_words_beginnings_phrases_and_a_number() -> None:
    query = parse('Olá camp* "arte final" #12 impr')
    assert query.words == (Word("ola"), Word("camp", True), Word("arte"), Word("final"), Word("impr", True))
    assert query.phrases == (("arte", "final"),)
    assert query.number == 12


def test_a_number_by_itself_may_be_a_ticket_or_a_word() -> None:
    assert (parse("123").number, parse("123").words) == (123, (Word("123", True),))
    assert parse("123 cartazes").number is None
    assert parse("#123").words == ()


@pytest.mark.parametrize("text", ["", "   ", '""', "*", "?!", "#"])
def test_a_question_without_words_is_refused(text: str) -> None:
    with pytest.raises(NothingToSearchFor):
        parse(text)


@given(st.text(max_size=400))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        query = parse(text)
    except NothingToSearchFor:
        return
    assert len(query.words) <= 12
    assert all(Word(one.text).beginnings() for one in query.words)


def test_a_phrase_needs_its_words_one_after_the_other() -> None:
    words = words_of("A arte, final: a arte.")
    assert contains_phrase(words, ("arte", "final"))
    assert not contains_phrase(words, ("final", "arte"))


@given(st.text(max_size=300), st.sampled_from(["arte", "a", "final*", "#1 é"]))
def test_a_snippet_is_a_part_of_the_text_with_every_mark_on_a_hit(text: str, asked: str) -> None:
    matcher = Matcher(parse(asked))
    _, spans = matcher.look(text)
    pieces = snippet(text, spans)
    squeezed = " ".join(text.split())
    assert " ".join("".join(piece.text for piece in pieces).split()) in squeezed
    assert all(matcher.look(piece.text)[0] for piece in pieces if piece.hit)
