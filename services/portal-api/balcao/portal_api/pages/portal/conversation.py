"""A ticket's public history as its requester reads it: words as a conversation, and in one line what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from balcao.portal_api.language import Language
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.uploads import IMAGES
from balcao.shared.catalogues import N_

_MOST_LINES = 40
_MOST_CHARACTERS = 3_500
_SHOWN_LINES = 25
_SHOWN_CHARACTERS = 2_000
_MOST_SHOWN_IMAGE = 8 * 1024 * 1024
_MOST_ENTRIES = 40
_LATEST = 20

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """What somebody wrote. `html` has been cleaned by the service that keeps it; without it there is `text`."""

    n: int
    author: str
    is_own: bool
    of_team: bool
    at: str | None
    text: str
    rest: str = ""
    quoted: str = ""
    html: Markup | None = None
    images: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    is_words: bool = True


@dataclass(frozen=True)
class Event:
    """Something that happened, as one sentence; `text` is what was said with it, `number` the ticket it leads to."""

    n: int
    icon: str
    words: str
    at: str | None
    text: str = ""
    number: int | None = None
    is_words: bool = False


Entry = Words | Event

_ENDED = {
    "answered": N_("Resolved"),
    "no_response": N_("Ended, because no answer came"),
    "rejected": N_("Ended: we can’t take this on"),
    "merged": N_("Resolved together with another request"),
    "split": N_("Goes on in separate requests"),
}


class Conversation:
    """Reads a ticket as `public_view` lets it through, in one language."""

    def __init__(self, language: Language, moments: Moments) -> None:
        self._ = language.gettext
        self._moments = moments
        self._events = {
            "ticket.opened.v1": lambda _: ("inbox", self._("Ticket opened")),
            "ticket.promised.v1": self._promised,
            "ticket.reopened.v1": lambda _: ("back", self._("Back in service")),
            "ticket.resolved.v1": self._resolved,
            "ticket.closed.v1": lambda _: ("lock", self._("Closed")),
            "ticket.cancelled.v1": self._cancelled,
            "ticket.merged.v1": lambda _: ("merge", self._("This goes on in another ticket:")),
            "ticket.approval_asked.v1": lambda _: ("eye", self._("We asked for your approval")),
            "ticket.approval_answered.v1": self._answered,
        }

    def entries(self, ticket: Json) -> list[Entry]:
        """All that may be shown, oldest first."""
        return [self._entry(ticket, one) for one in ticket["timeline"]]

    def _entry(self, ticket: Json, entry: Json) -> Entry:
        kind, data = str(entry["type"]), entry.get("data") or {}
        if kind == "ticket.opened.v1" and (ticket.get("requested") or ticket.get("files")):
            return _words(
                entry, ticket.get("requester"), {**ticket, "quote_at": ticket.get("requested_quote_at")}, "requested"
            )
        if kind in ("ticket.requester_replied.v1", "ticket.replied.v1") and not data.get("moved"):
            return _words(entry, data.get("author"), data, "", of_team=kind == "ticket.replied.v1")
        if data.get("moved"):
            return Event(int(entry["n"]), "forward", self._("A message was moved to another ticket"), entry.get("at"))
        told = self._events.get(kind)
        icon, words = told(data) if told is not None else ("dot", str(entry.get("sentence") or ""))
        number = (data.get("into") or {}).get("number") if kind == "ticket.merged.v1" else None
        return Event(int(entry["n"]), icon, words, entry.get("at"), str(data.get("text") or ""), number)

    def _promised(self, data: Json) -> tuple[str, str]:
        if not data.get("promised_for"):
            return "calendar", self._("No date for now")
        return "calendar", self._("Promised for %(when)s") % {"when": self._moments.stamp(data["promised_for"])}

    def _resolved(self, data: Json) -> tuple[str, str]:
        if data.get("by") == "requester":
            return "check-ring", self._("You ended it: it is solved")
        return "check-ring", self._(_ENDED.get(str(data.get("method")), _ENDED["answered"]))

    def _cancelled(self, data: Json) -> tuple[str, str]:
        by_them = data.get("by") == "requester"
        return "x", self._("You ended it: no longer needed") if by_them else self._("Cancelled")

    def _answered(self, data: Json) -> tuple[str, str]:
        if data.get("verdict") == "approved":
            return "check-ring", self._("Approved")
        return "pencil", self._("Changes were asked for")


def folded(entries: list[Entry]) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """A long conversation as its beginning, what is folded away, and the latest; a short one is all beginning."""
    if len(entries) <= _MOST_ENTRIES:
        return entries, [], []
    return entries[:1], entries[1:-_LATEST], entries[-_LATEST:]


def _words(entry: Json, author: Json | None, data: Json, prefix: str, *, of_team: bool = False) -> Words:
    author = author or {}
    text, quoted = _unquoted(str(data.get(prefix or "text") or ""), data.get("quote_at"))
    # The allow-list of `balcao.shared.rich_text` was applied where it is kept; images lead to files of this ticket.
    cleaned = str(data.get(f"{prefix}_html" if prefix else "html") or "")
    html = Markup(cleaned) if cleaned else None  # noqa: S704
    shown, rest = _begun(text)
    files = [one for one in data.get("files") or () if str(one.get("file_id")) not in cleaned]
    images = [one for one in files if _is_picture(one)]
    return Words(
        n=int(entry["n"]),
        author=str(author.get("name") or ""),
        is_own=author.get("is_you") is True,
        of_team=of_team,
        at=entry.get("at"),
        text=shown,
        rest=rest,
        quoted=quoted,
        html=html,
        images=images,
        files=[one for one in files if one not in images],
    )


def _is_picture(file: Json) -> bool:
    return str(file.get("media_type")) in IMAGES and 0 < int(file.get("size") or 0) <= _MOST_SHOWN_IMAGE


def _unquoted(text: str, quote_at: Any) -> tuple[str, str]:
    """What was written, and what was only quoted below it."""
    if isinstance(quote_at, int) and 0 < quote_at < len(text):
        return text[:quote_at].rstrip(), text[quote_at:].strip()
    return text, ""


def _begun(text: str) -> tuple[str, str]:
    """The beginning of a very long message, and its rest; all of any other."""
    lines = text.split("\n")
    if len(lines) <= _MOST_LINES and len(text) <= _MOST_CHARACTERS:
        return text, ""
    shown = "\n".join(lines[:_SHOWN_LINES])[:_SHOWN_CHARACTERS]
    # Not within a word, unless it is one that never ends.
    cut = max(shown.rfind(" "), shown.rfind("\n")) if len(shown) == _SHOWN_CHARACTERS else len(shown)
    cut = cut if cut > _SHOWN_CHARACTERS // 2 else len(shown)
    return text[:cut], text[cut:].lstrip("\n")
