"""What somebody should look at before an answer goes out: computed from the ticket, its history and the answer."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from balcao.shared.events import FileRef, Party
from balcao.shared.rich_text import RichText
from balcao.tickets.domain.ticket import Ticket

Code = Literal[
    "not_on_last_mail", "has_left", "private_words", "file_missing", "ticket_changed", "image_left_out", "no_recipient"
]
ASKS: frozenset[Code] = frozenset({"private_words", "file_missing"})
"""Warnings that hold an answer back until they are confirmed: those that no recipient can unsee or do without."""

SHINGLE = 5
"""So many words in a row, the same in a private note and in an answer, are no accident."""
_SHORTEST_NOTE = 4
_MOST_NOTES = 50
_MOST_WORDS = 4_000
_MOST_CHANGES = 20

_WORD = re.compile(r"\w+")
_NAMES_A_FILE = re.compile(
    r"\b(?:anexo|anexos|anexa|anexas|anexei|anexamos|anexado|anexada|anexados|anexadas|attached|attachment|attachments"
    r"|enclosed)\b"
)
_NONE_MEANT = re.compile(
    r"\b(?:sem|nenhum|nao (?:ha|tem|veio|recebi|recebemos)(?: o| os| nenhum)?|no|without|not|(?:seu|seus|teu|your)) "
    r"(?:anexo|anexos|attachment|attachments|attached|enclosed)\b"
)

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Concern:
    """One thing to look at; `asks` when it has to be confirmed before the answer is accepted."""

    code: Code
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether it has to be confirmed."""
        return self.code in ASKS

    def shown(self) -> dict[str, Any]:
        """As an answer of the API carries it."""
        return {"code": self.code, "asks": self.asks, **self.details}


@dataclass(frozen=True)
class Answer:
    """A visible answer that is about to be given."""

    words: RichText
    recipients: tuple[Party, ...]
    files: tuple[FileRef, ...] = ()
    begun_on: int | None = None
    """The ticket's version that its author had before them, where known."""


def about(ticket: Ticket, answer: Answer, timeline: Sequence[Entry], left: Sequence[Party] = ()) -> tuple[Concern, ...]:
    """Everything to look at; `timeline` is the ticket's latest entries and `left` the recipients who are gone (W7)."""
    found = [
        _private_words(ticket, answer.words, timeline),
        _file_missing(answer),
        _has_left(left),
        _not_on_last_mail(ticket, answer.recipients, timeline),
        ticket_changed(ticket, answer.begun_on, timeline),
        image_left_out(answer.words),
        None if answer.recipients else Concern("no_recipient"),
    ]
    return tuple(one for one in found if one is not None)


def ticket_changed(ticket: Ticket, begun_on: int | None, timeline: Sequence[Entry]) -> Concern | None:
    """What happened since the version that the words were begun on."""
    if begun_on is None or begun_on >= ticket.version:
        return None
    since = [one for one in timeline if _version(one) > begun_on]
    shown = [
        {"n": one["n"], "type": one["type"], "at": one["at"], "actor": (one.get("actor") or {}).get("name")}
        for one in since[-_MOST_CHANGES:]
    ]
    return Concern("ticket_changed", {"begun_on": begun_on, "version": ticket.version, "entries": shown})


def image_left_out(words: RichText) -> Concern | None:
    """Images that did not get in because they are no uploaded files."""
    return Concern("image_left_out", {"sources": list(words.left_out)}) if words.left_out else None


def _version(entry: Entry) -> int:
    version = (entry["data"].get("ticket") or {}).get("version", 0)
    return int(version)


def _has_left(left: Sequence[Party]) -> Concern | None:
    return Concern("has_left", {"people": [_person(one) for one in left]}) if left else None


def _not_on_last_mail(ticket: Ticket, recipients: Sequence[Party], timeline: Sequence[Entry]) -> Concern | None:
    """Who gets this answer and neither got nor wrote the last mail: somebody may have slipped in."""
    known = {ticket.requester.address}
    for entry in reversed(timeline):
        data = entry["data"]
        if entry["type"] == "ticket.requester_replied.v1":
            known.add((data.get("author") or {}).get("address"))
        elif entry["type"] == "ticket.replied.v1":
            known.update(one.get("address") for one in data.get("recipients", ()))
            break
    else:
        known.update(one.address for one in ticket.watchers)
    new = [one for one in recipients if one.address not in known]
    return Concern("not_on_last_mail", {"people": [_person(one) for one in new]}) if new else None


def _person(party: Party) -> dict[str, Any]:
    return {"name": party.name, "address": party.address}


def _file_missing(answer: Answer) -> Concern | None:
    """A file is mentioned and there is none; what is only quoted does not count."""
    if answer.files:
        return None
    own = _NONE_MEANT.sub(" ", " ".join(_folded(line) for line in _own_lines(answer.words.text)))
    named = _NAMES_A_FILE.search(own)
    return Concern("file_missing", {"word": named[0]}) if named else None


def _private_words(ticket: Ticket, words: RichText, timeline: Sequence[Entry]) -> Concern | None:
    """Words in a row that stand in a private note and nowhere that its readers could have them from."""
    said = _words("\n".join(_own_lines(words.text)))
    notes = [one for one in timeline if one["type"] == "ticket.noted.v1"][-_MOST_NOTES:]
    if len(said) < _SHORTEST_NOTE or not notes:
        return None
    said_before = [str(one["data"].get("text", "")) for one in timeline if one.get("public")][-_MOST_NOTES:]
    public = [_words(text) for text in (ticket.requested, *said_before)]
    for note in reversed(notes):
        private = _words(str(note["data"].get("text", ""))[: note["data"].get("quote_at")])
        length = min(SHINGLE, len(private))
        if length < _SHORTEST_NOTE:
            continue
        shingles = set(_shingles(private, length)) & set(_shingles(said, length))
        if shingles and (run := _longest_run(said, shingles.difference(*(_shingles(one, length) for one in public)))):
            return Concern("private_words", {"entry": note["n"], "words": " ".join(run)})
    return None


def _longest_run(said: Sequence[str], shingles: set[tuple[str, ...]]) -> Sequence[str]:
    """The longest row of words that is covered by these shingles, which all have one length."""
    length = len(next(iter(shingles), ()))
    best: tuple[int, int] = (0, 0)
    begins: int | None = None
    for at, shingle in enumerate(_shingles(said, length)):
        if shingle not in shingles:
            begins = None
            continue
        begins = at if begins is None else begins
        if at + length - begins > best[1] - best[0]:
            best = (begins, at + length)
    return said[best[0] : best[1]]


def _shingles(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1))


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))[:_MOST_WORDS]


def _own_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if not line.lstrip().startswith(">")]


def _folded(text: str) -> str:
    """Without case and accents, so that "Anéxo" and "anexo" are one word."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one))
