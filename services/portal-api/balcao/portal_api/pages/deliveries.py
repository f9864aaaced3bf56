"""Who received an answer: what `notifier` knows of the mails of a ticket, beside the words they carried."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.entries import Entry, Message
from balcao.shared.errors import Unavailable
from balcao.shared.tokens import Acting

_PATIENCE_S = 1.0
_KINDS = {"out": "reply", "in": "acknowledgement"}
"""Which mails belong to which words: an answer's own, and the acknowledgement of what came in."""

Deliveries = dict[tuple[str, datetime], list[Mapping[str, Any]]]


async def mails_about(upstreams: Upstreams, acting: Acting, ticket_id: str) -> Deliveries:
    """The mails about a ticket by kind and time of what they tell; empty when `notifier` does not say soon."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            answer = await upstreams.notifier.get("/v1/deliveries", acting, ticket_id=ticket_id)
    except (TimeoutError, Unavailable, UpstreamRefused):
        return {}
    found: Deliveries = {}
    for one in answer.json().get("items", ()):
        if one.get("channel") == "mail":
            found.setdefault((str(one["kind"]), _instant(str(one["at"]))), []).append(one)
    return found


def beside_entries(mails: Deliveries, entries: list[Entry]) -> dict[int, list[Mapping[str, Any]]]:
    """The mails of each message by the entry's number. An entry and what is told of it have the same time."""
    beside: dict[int, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if isinstance(entry, Message) and entry.at and entry.look in _KINDS:
            found = mails.get((_KINDS[entry.look], _instant(entry.at)))
            if found:
                beside[entry.n] = found
    return beside


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
