"""Mails that `intake` holds, in the shape of the messages that `tickets` holds, and the decisions about them."""

import asyncio
from typing import Any
from urllib.parse import quote

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.shell import Place
from balcao.shared.catalogues import N_
from balcao.shared.errors import NotFound, Unavailable

STATES = {"unread": "waiting", "aside": "put_aside"}
"""The kinds of the page that are intake's, and what intake calls them."""
DECISIONS = ("let-in", "put-aside", "wait-again")
_PER_PAGE = 50
_NOBODY = N_("It does not say who wrote it, so it can’t become a ticket: nobody could be answered.")
_NO_WORDS = N_("Its words can’t be read. Its ticket will have only its sender and subject.")
_OURS = N_("Its requester will be the company itself: name the right one on the ticket.")
_AS_ANY = N_("It goes where it would have gone: into the ticket that it answers, or into a new one.")


async def listed(
    upstreams: Upstreams, place: Place, kind: str, before: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of them, the latest first, and where the next one begins; none at the end."""
    answer = await upstreams.intake.get(
        "/v1/messages", place.acting, outcome="held", state=STATES[kind], limit=_PER_PAGE, before=before
    )
    page = answer.json()
    return [_item(one) for one in page["items"]], page["next"]


async def one(upstreams: Upstreams, place: Place, mail_id: str, kind: str) -> dict[str, Any]:
    """One of them, whichever page it is on. Raises `NotFound`, also when it is of this kind no more."""
    row, files = await asyncio.gather(
        upstreams.intake.get(_path(mail_id), place.acting), _files(upstreams, place, mail_id)
    )
    found = _item(row.json())
    if found["kind"] != kind:
        raise NotFound("no such page or resource")
    return {**found, "files": files}


async def decide(upstreams: Upstreams, place: Place, mail_id: str, decision: str) -> None:
    """Hand a decision on. Raises what intake says."""
    await upstreams.intake.post(f"{_path(mail_id)}/{decision}", place.acting, {})


def comes_of_it(message: dict[str, Any], *, readable: bool) -> str:
    """What letting it in would come to, as a message to translate."""
    if not message["may_be_let_in"]:
        return _NOBODY
    if not readable:
        return _NO_WORDS
    return _OURS if message["rule"] == "own_address" else _AS_ANY


async def _files(upstreams: Upstreams, place: Place, mail_id: str) -> list[dict[str, Any]]:
    try:
        answer = await upstreams.intake.get(f"{_path(mail_id)}/files", place.acting)
    except (UpstreamRefused, Unavailable):
        return []
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _path(mail_id: str) -> str:
    return f"/v1/messages/{quote(mail_id, safe='')}"


def _item(row: dict[str, Any]) -> dict[str, Any]:
    decision = (row.get("decision") or {}).get("what", "waiting")
    return {
        "id": row["id"],
        "message_id": row["id"],
        "kind": next((kind for kind, state in STATES.items() if state == decision), None),
        "at": row["received_at"],
        "rule": row.get("rule") or "",
        "sender": row.get("sender") or {},
        "subject": row.get("subject") or "",
        "ticket_number": None,
        "authentication": row.get("authentication"),
        "may_be_let_in": row.get("may_be_let_in", False),
        "files": [],
    }
