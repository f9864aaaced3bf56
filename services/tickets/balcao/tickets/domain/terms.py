"""Words as the search sees them: without accents and case, alike when their stems are, in Portuguese or English."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from balcao.tickets.domain.conditions import NothingToSearchFor

MOST_QUERY = 300
_MOST_WORDS = 12
_MOST_LENGTH = 40
_SHORTEST_PREFIX = 3
_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r'"([^"]*)"|#(\d{1,15})\b|([^\s"]+)')
_PLURALS = (("oes", "ao"), ("aes", "ao"), ("ais", "al"), ("eis", "el"), ("ois", "ol"), ("ns", "m"))
"""What Portuguese plurals lead back to. Snowball knows them with their accents only, and not all of them."""
_SHORT_FORMS = {"ao": ("oes", "aes"), "m": ("ns",), "l": ("is",), "y": ("ies",)}
"""Endings whose other forms differ so early in a short word that they begin otherwise."""
_portuguese = snowballstemmer.stemmer("portuguese")
_english = snowballstemmer.stemmer("english")


@dataclass(frozen=True)
class Word:
    """One word that is searched for, and whether what begins with it counts too."""

    text: str
    prefix: bool = False

    def matches(self, word: str) -> bool:
        """Whether a folded word of a text is what is searched for."""
        if word == self.text or (self.prefix and word.startswith(self.text)):
            return True
        if beginning(word) not in self.beginnings():
            return False  # most words of any text: finding their stems takes a hundred times as long
        mine, other = stems(self.text), stems(word)
        return mine[0] == other[0] or mine[1] == other[1]

    def beginnings(self) -> frozenset[str]:
        """The first letters of all words it may match."""
        return _beginnings(self.text)


@dataclass(frozen=True)
class Query:
    """What somebody searches for: every word and phrase has to be there; a ticket's number finds it whatever else."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    number: int | None = None


def fold(text: str) -> str:
    """A text without accents and case."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The folded words of a text in their order; what is longer than 40 letters is cut."""
    return [word[:_MOST_LENGTH] for word in _WORD.findall(fold(text))]


def beginning(word: str) -> str:
    """The letters by which words are kept together: all forms of a word share them, and all that begin with it."""
    return word[:_SHORTEST_PREFIX]


@lru_cache(maxsize=1_000)
def _beginnings(word: str) -> frozenset[str]:
    found = {beginning(word)}
    base = _singular(word)
    if base.endswith("ies"):
        base = base[:-3] + "y"
    found.add(beginning(base))
    if len(base) <= 4:
        for ending, others in _SHORT_FORMS.items():
            if base.endswith(ending):
                found.update(beginning(base[: -len(ending)] + other) for other in others)
    return frozenset(found)


@lru_cache(maxsize=100_000)
def stems(word: str) -> tuple[str, str]:
    """A folded word's stems: Portuguese, English."""
    return _portuguese.stemWord(_singular(word)), _english.stemWord(word)


def parse(text: str) -> Query:
    """Read what was typed: words, `begin*`, "phrases" and `#123`.

    The last word also finds what begins with it, for it may still be being typed. Raises `NothingToSearchFor`.
    """
    words: list[Word] = []
    phrases: list[tuple[str, ...]] = []
    number: int | None = None
    for phrase, digits, typed in _PART.findall(text[:MOST_QUERY]):
        if digits:
            number = int(digits)
        elif phrase:
            together = tuple(words_of(phrase))
            words.extend(Word(one) for one in together)
            phrases.extend([together] if len(together) > 1 else [])
        else:
            words.extend(_typed(typed))
    if not words and number is None:
        raise NothingToSearchFor("write at least one word, or a ticket's number such as #123")
    if words and not text.rstrip().endswith('"'):
        words[-1] = _also_as_beginning(words[-1])
    if len(words) == 1 and number is None and words[0].text.isdigit() and len(words[0].text) <= 15:
        number = int(words[0].text)
    return Query(tuple(dict.fromkeys(words))[:_MOST_WORDS], tuple(phrases), number)


def contains_phrase(words: list[str], phrase: tuple[str, ...]) -> bool:
    """Whether a phrase's words follow each other in a text's words."""
    first, length = phrase[0], len(phrase)
    return any(word == first and tuple(words[at : at + length]) == phrase for at, word in enumerate(words))


@dataclass(frozen=True)
class Piece:
    """A part of a snippet, and whether it is what was searched for."""

    text: str
    hit: bool


class Matcher:
    """Looks for one query in many texts, each different word judged once."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._known: dict[str, frozenset[int]] = {}

    def look(self, text: str) -> tuple[frozenset[int], list[tuple[int, int]]]:
        """Which of the query's words a text has (by their place in the query), and where they stand."""
        found: set[int] = set()
        spans: list[tuple[int, int]] = []
        for word in _WORD.finditer(text):
            if hit := self._judged(word[0]):
                found |= hit
                spans.append(word.span())
        return frozenset(found), spans

    def has_phrases(self, texts: Iterable[str]) -> bool:
        """Whether each phrase stands in one of the texts."""
        if not self.query.phrases:
            return True
        all_words = [words_of(text) for text in texts]
        return all(any(contains_phrase(words, phrase) for words in all_words) for phrase in self.query.phrases)

    def _judged(self, word: str) -> frozenset[int]:
        known = self._known.get(word)
        if known is None:
            folded = fold(word)[:_MOST_LENGTH]
            hits = (place for place, one in enumerate(self.query.words) if one.matches(folded))
            known = self._known[word] = frozenset(hits)
        return known


def snippet(text: str, spans: list[tuple[int, int]], *, around: int = 70) -> tuple[Piece, ...]:
    """The place of a text where the first of some words stands, with those words marked."""
    if not spans:
        return (Piece(" ".join(text[: 3 * around].split()), hit=False),)
    begin = max(0, spans[0][0] - around)
    end = min(len(text), spans[0][1] + 2 * around)
    pieces: list[Piece] = []
    at = begin
    for first, last in spans:
        if last > end:
            break
        pieces += [Piece(text[at:first], hit=False), Piece(text[first:last], hit=True)]
        at = last
    pieces.append(Piece(text[at:end], hit=False))
    return tuple(Piece(re.sub(r"\s+", " ", one.text), one.hit) for one in pieces if one.text)


def _typed(typed: str) -> list[Word]:
    found = [Word(one) for one in words_of(typed)]
    if typed.endswith("*") and found:
        found[-1] = _also_as_beginning(found[-1])
    return found


def _also_as_beginning(word: Word) -> Word:
    return Word(word.text, prefix=len(word.text) >= _SHORTEST_PREFIX)


def _singular(word: str) -> str:
    for ending, base in _PLURALS:
        if word.endswith(ending) and len(word) > len(ending):
            return word[: -len(ending)] + base
    return word
