"""What somebody wrote on a ticket, as parts that can go along to another one (W14) or be moved there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
_OPENED = "ticket.opened.v1"
_LOOKS = {
    _OPENED: "in",
    "ticket.requester_replied.v1": "in",
    "ticket.replied.v1": "out",
    "ticket.noted.v1": "note",
}


@dataclass(frozen=True)
class Part:
    """The words of one entry. `look` is `in` (the requester's), `out` (an answer) or `note` (the team's only)."""

    n: int
    look: str
    author: str
    at: str | None
    text: str
    files: int


def parts_of(ticket: Json) -> list[Part]:
    """All that somebody wrote, oldest first; what was moved away is another ticket's."""
    return list(_parts(ticket))


def _parts(ticket: Json) -> Iterable[Part]:
    for entry in ticket.get("timeline") or ():
        look = _LOOKS.get(str(entry["type"]))
        if look is None or entry.get("moved_to"):
            continue
        if entry["type"] == _OPENED:
            by, text = ticket.get("requester") or {}, str(ticket.get("requested") or "")
            quote_at, files = ticket.get("requested_quote_at"), ticket.get("requested_files") or ()
        else:
            data = entry.get("data") or {}
            by, text = data.get("author") or {}, str(data.get("text") or "")
            quote_at, files = data.get("quote_at"), data.get("files") or ()
        own = text[:quote_at].rstrip() if isinstance(quote_at, int) and 0 < quote_at < len(text) else text
        author = str(by.get("name") or by.get("address") or "")
        yield Part(int(entry["n"]), look, author, entry.get("at"), own.strip(), len(files))
