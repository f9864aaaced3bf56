"""What a requester may see of a ticket: a list of what is let through, so that nothing leaks by default (P5, W7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from balcao.shared.tokens import Acting

_TICKET = ("id", "number", "title", "status", "stage", "kind", "promised_for", "opened_at", "updated_at", "version")
_HOW_FAR = ("code", "text", "promised_for", "parts", "parts_ready")
_APPROVAL = ("id", "text", "handover", "asked_at", "expires_at")
_PARTY = ("name", "person_id")
_FILE = ("file_id", "name", "media_type", "size", "inline", "content_id")
_ENTRY_DATA: dict[str, tuple[str, ...]] = {
    "ticket.opened.v1": ("channel", "kind", "excerpt", "directives"),
    "ticket.requester_replied.v1": ("channel", "text", "quote_at", "directives", "moved"),
    "ticket.replied.v1": ("text", "html"),
    "ticket.promised.v1": ("promised_for",),
    "ticket.reopened.v1": ("reason",),
    "ticket.resolved.v1": ("method", "reply_until", "by", "text"),
    "ticket.closed.v1": ("reason",),
    "ticket.cancelled.v1": ("by", "text"),
    "ticket.merged.v1": ("into",),
    "ticket.approval_asked.v1": ("text", "handover"),
    "ticket.approval_answered.v1": ("verdict", "text"),
}
"""The public facts, and of each the fields that are the requester's business."""

PUBLIC_TYPES = frozenset(_ENTRY_DATA)

Json = Mapping[str, Any]

STEPS = ("received", "review", "production", "delivery")
_STEP_OF = {"triage": 0, "analysis": 1, "planning": 1, "production": 2, "delivery": 3}


def step_of(stage: str) -> int:
    """The portal's four steps, 0 to 3: analysis and planning are one to the requester."""
    return _STEP_OF.get(stage, 0)


def summary(ticket: Json) -> dict[str, Any]:
    """A ticket as the portal's list shows it: no priority, no analyst, no tasks. `updated_at` is when its
    requester last heard of it."""
    shown = {**_only(ticket, _TICKET), "step": step_of(str(ticket.get("stage", "")))}
    return {**shown, "how_far": _only(ticket.get("how_far") or {}, ("code",))}


def detail(ticket: Json, viewer: Acting) -> dict[str, Any]:
    """A ticket as the portal shows it to this person, with the public part of its history."""
    shown = summary(ticket)
    shown["requester"] = _party(ticket.get("requester"), viewer)
    requested = ticket.get("requested")
    shown["requested"] = requested if isinstance(requested, str) else None
    if isinstance(html := ticket.get("requested_html"), str) and html:
        shown["requested_html"] = html
    shown["files"] = _files(ticket.get("requested_files"))
    shown["how_far"] = _only(ticket.get("how_far") or {}, _HOW_FAR)
    shown["approvals"] = [{**_only(one, _APPROVAL), **_made(one)} for one in ticket.get("approvals") or ()]
    shown["deliverables"] = [{**_only(one, ("entry",)), **_made(one)} for one in ticket.get("deliverables") or ()]
    shown["timeline"] = [
        shown_entry for one in ticket.get("timeline") or () if (shown_entry := _entry(one, viewer)) is not None
    ]
    return shown


def history(entries: Sequence[Json], viewer: Acting) -> list[dict[str, Any]]:
    """The public part of a history, each entry with its sentence."""
    return [shown for one in entries if (shown := _entry(one, viewer)) is not None]


def _entry(entry: Json, viewer: Acting) -> dict[str, Any] | None:
    fields = _ENTRY_DATA.get(str(entry.get("type")))
    # `tickets` leaves the flag out where everything is public; the list of types above holds either way.
    if entry.get("public", True) is not True or fields is None:
        return None
    data = entry.get("data") or {}
    shown = _only(data, fields)
    if "by" in fields and data.get("by") != "requester":
        shown.pop("text", None)
    if isinstance(data.get("author"), Mapping):
        shown["author"] = _party(data["author"], viewer)
    if data.get("files"):
        shown["files"] = _files(data["files"])
    return {
        "n": entry.get("n"),
        "type": entry.get("type"),
        "at": entry.get("at"),
        "actor": _party(entry.get("actor"), viewer),
        "data": shown,
        **_only(entry, ("sentence",)),
    }


def _party(party: Any, viewer: Acting) -> dict[str, Any] | None:
    """A person by name; of addresses only whether it is the viewer's own."""
    if not isinstance(party, Mapping):
        return None
    by_id = bool(party.get("person_id")) and party.get("person_id") == viewer.person_id
    by_address = bool(party.get("address")) and str(party["address"]).lower() == viewer.address
    return {**_only(party, _PARTY), "is_you": by_id or by_address}


def _made(source: Json) -> dict[str, Any]:
    """What production made, as far as somebody sent it or asks about it."""
    links = [_only(link, ("url", "title")) for link in source.get("links") or () if isinstance(link, Mapping)]
    return {"files": _files(source.get("files")), "links": links}


def _files(files: Any) -> list[dict[str, Any]]:
    return [_only(file, _FILE) for file in files or () if isinstance(file, Mapping)]


def _only(source: Json, fields: tuple[str, ...]) -> dict[str, Any]:
    return {field: source[field] for field in fields if source.get(field) is not None}
