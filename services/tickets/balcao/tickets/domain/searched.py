"""The texts of a ticket that a search looks through, and who may find it by them (W7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from balcao.tickets.domain.terms import words_of

Kind = Literal["t", "w", "p"]
"""Title; words that the requester may read; private words, for the team only."""
PUBLIC: tuple[Kind, ...] = ("t", "w")
ALL: tuple[Kind, ...] = ("t", "w", "p")
_MOST_TEXT = 100_000


@dataclass(frozen=True)
class Text:
    """One text of a ticket."""

    kind: Kind
    text: str
    place: str
    """`title`, `requested`, `action_plan`, `people`, or the number of a timeline entry."""


def texts_of(row: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> list[Text]:
    """All of a ticket's texts. What is not known to be public is private."""
    texts = [
        Text("t", row["title"], "title"),
        Text("w", row.get("requested", ""), "requested"),
        Text("p", row.get("action_plan", ""), "action_plan"),
        Text("p", _people(row), "people"),
    ]
    moved = row.get("moved_messages") or {}
    for entry in entries:
        data = entry.get("data") or {}
        kind: Kind = "w" if entry.get("public") is True and str(entry["n"]) not in moved else "p"
        said = "\n".join(filter(None, (data.get("subject"), _own(data))))
        texts.append(Text(kind, said, str(entry["n"])))
    return [one for one in texts if one.text]


def words(texts: Sequence[Text]) -> dict[Kind, set[str]]:
    """The different folded words of each kind of text."""
    found: dict[Kind, set[str]] = {kind: set() for kind in ALL}
    for one in texts:
        found[one.kind].update(words_of(one.text[:_MOST_TEXT]))
    return found


def _own(data: Mapping[str, Any]) -> str:
    """What somebody wrote themselves: an answer's quotation is on the ticket already."""
    text = data.get("text")
    if not isinstance(text, str):
        return ""
    quote_at = data.get("quote_at")
    return text if quote_at is None else text[:quote_at]


def _people(row: Mapping[str, Any]) -> str:
    parties = (row["requester"], row.get("analyst"), *row.get("watchers", ()))
    named = (part for party in parties if party for part in (party.get("name"), party.get("address")))
    return "\n".join(filter(None, named))
