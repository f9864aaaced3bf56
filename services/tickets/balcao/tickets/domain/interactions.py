"""Tags on one interaction: on what somebody said, beside the history, which stays as it is (W19)."""

from collections.abc import Mapping, Sequence
from typing import Any

from balcao.shared.aggregate import Change, Revision
from balcao.shared.errors import Invalid
from balcao.shared.events import TicketEntryTagged
from balcao.tickets.domain.conditions import EntryHasNoWords, UnknownTag
from balcao.tickets.domain.tags import Tag
from balcao.tickets.domain.ticket import Ticket

WORDS = (
    "ticket.opened.v1",
    "ticket.requester_replied.v1",
    "ticket.replied.v1",
    "ticket.noted.v1",
    "ticket.auto_reply_attached.v1",
)
"""The entries that somebody's words are in: those can carry tags."""
MOST_TAGS = 50

Entry = Mapping[str, Any]


def tag(
    ticket: Ticket,
    entry: Entry,
    present: Sequence[str],
    known: Mapping[str, Tag],
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> Change[Ticket]:
    """Put tags on an entry, or take them from it; on tickets in any status, and no work on the ticket (H2).

    `present` are the tags it has. What is there already, or was not there, is no change. Raises `EntryHasNoWords`,
    `UnknownTag` for one to put on that does not exist or is archived, and `Invalid` past 50 tags.
    """
    if entry["type"] not in WORDS:
        raise EntryHasNoWords("only what somebody wrote can carry tags", type=entry["type"])
    unknown = [one for one in add if one not in known or known[one].archived]
    if unknown:
        raise UnknownTag("no such tag", tags=unknown)
    added = tuple(one for one in dict.fromkeys(add) if one not in present)
    removed = tuple(one for one in dict.fromkeys(remove) if one in present and one not in added)
    if len(present) + len(added) - len(removed) > MOST_TAGS:
        raise Invalid(f"an entry carries at most {MOST_TAGS} tags", most=MOST_TAGS)
    revision = Revision(ticket)
    if added or removed:
        revision.say(TicketEntryTagged, entry=entry["n"], added=added, removed=removed)
    return revision.done()


def after(present: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> list[str]:
    """The tags of an entry after a change."""
    return [one for one in (*present, *added) if one not in removed]


def tags_by_entry(timeline: Sequence[Entry]) -> dict[int, list[str]]:
    """Which tags each entry of a history carries, by its number; entries without tags are left out.

    A tagging stands behind what it tags, so the latest entries are enough to know their own tags.
    """
    tags: dict[int, list[str]] = {}
    for entry in timeline:
        if entry["type"] == TicketEntryTagged.type:
            data = entry["data"]
            tags[data["entry"]] = after(tags.get(data["entry"], ()), data.get("added", ()), data.get("removed", ()))
    return {n: found for n, found in tags.items() if found}
