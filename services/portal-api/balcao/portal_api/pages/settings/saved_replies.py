"""Saved replies: words to use again, their blanks, and what they change of a ticket (W18)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.settings.fields import Kept, or_none, text, texts, ticked
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place

_HERE = "saved-replies"
_BASE = "/v1/saved-replies"


def routes(room: Room) -> APIRouter:
    """The list, one reply, and writing a new one."""
    router = APIRouter()
    _list(router, room)
    _new(router, room)
    _one(router, room)
    return router


def _list(router: APIRouter, room: Room) -> None:
    @router.get("/{company}/admin/saved-replies")
    async def show_replies(request: Request, company: str) -> Response:
        """The team's replies and one's own, those used most first."""
        place = await room.place(request, company)
        q = request.query_params.get("q", "").strip()[:200]
        answer, tags = await asyncio.gather(
            room.upstreams.tickets.get(_BASE, place.acting, q=q or None, archived=True),
            room.upstreams.tickets.get("/v1/tags", place.acting, archived=True),
        )
        replies = answer.json()["items"]
        return await room.show(
            place,
            "saved_replies",
            _HERE,
            Kept(),
            q=q,
            replies=[one for one in replies if not one["archived"]],
            archived=[one for one in replies if one["archived"]],
            tag_names={one["id"]: one["name"] for one in tags.json()["items"]},
        )


def _new(router: APIRouter, room: Room) -> None:
    async def show(place: Place, kept: Kept) -> Response:
        return await room.show(
            place, "saved_reply", _HERE, kept, reply=None, preview=None, **await _beside(room, place)
        )

    @router.get("/{company}/admin/saved-replies/new")
    async def show_new(request: Request, company: str) -> Response:
        """A new reply."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/saved-replies/new")
    async def add_reply(request: Request, company: str) -> Response:
        """Save it."""

        async def do(place: Place, form: FormData) -> str:
            answer = await room.upstreams.tickets.post(
                _BASE, place.acting, _body(form), once=text(form, "once") or None
            )
            return address(place, f"{_HERE}/{answer.json()['id']}", done="added")

        return await room.change(request, company, "reply", do, show)


def _one(router: APIRouter, room: Room) -> None:
    tickets = room.upstreams.tickets

    async def show(place: Place, reply_id: str, kept: Kept) -> Response:
        reply, beside = await asyncio.gather(tickets.get(f"{_BASE}/{reply_id}", place.acting), _beside(room, place))
        preview = await _preview(room, place, reply_id)
        return await room.show(
            place, "saved_reply", _HERE, kept, thing=reply_id, reply=reply.json(), preview=preview, **beside
        )

    @router.get("/{company}/admin/saved-replies/{reply_id}")
    async def show_reply(request: Request, company: str, reply_id: str) -> Response:
        """A reply; with `ticket` in the address also as it reads for that ticket."""
        return await show(await room.place(request, company), reply_id, Kept())

    @router.post("/{company}/admin/saved-replies/{reply_id}")
    async def save_reply(request: Request, company: str, reply_id: str) -> Response:
        """Save it, archive it, or bring it back."""

        async def do(place: Place, form: FormData) -> str:
            moves = "archived" in form
            values: dict[str, Any] = {"archived": ticked(form, "archived")} if moves else _body(form)
            before = (await tickets.get(f"{_BASE}/{reply_id}", place.acting)).json()
            if not moves and "text" in values and values["text"] == before["text"].strip():
                # The editor was never opened: what is set in rich text stays so.
                del values["text"]
            await tickets.patch(f"{_BASE}/{reply_id}", place.acting, values, if_match=text(form, "version") or None)
            done = ("archived" if values["archived"] else "restored") if moves else "saved"
            return address(place, f"{_HERE}/{reply_id}", done=done)

        async def again(place: Place, kept: Kept) -> Response:
            return await show(place, reply_id, kept)

        return await room.change(request, company, "reply", do, again)


async def _beside(room: Room, place: Place) -> dict[str, Any]:
    tickets = room.upstreams.tickets
    replies, tags, workspaces, newest = await asyncio.gather(
        tickets.get(_BASE, place.acting),
        tickets.get("/v1/tags", place.acting, archived=True),
        tickets.get("/v1/workspaces", place.acting, archived=True),
        tickets.get("/v1/tickets", place.acting, status="any", sort="-created_at", limit=1),
    )
    found = newest.json()["items"]
    return {
        "blanks": replies.json()["placeholders"],
        "tags": tags.json()["items"],
        "workspaces": workspaces.json()["items"],
        "newest": found[0]["number"] if found else None,
    }


async def _preview(room: Room, place: Place, reply_id: str) -> dict[str, Any] | None:
    """The reply with its blanks filled in for the ticket that the address names."""
    number = place.request.query_params.get("ticket", "").strip().lstrip("#")
    if not number:
        return None
    try:
        path = f"{_BASE}/{reply_id}/rendered"
        answer = await room.upstreams.tickets.get(path, place.acting, ticket=number)
    except UpstreamRefused:
        return {"number": number, "found": False}
    return {"number": number, "found": True, **answer.json()}


def _body(form: FormData) -> dict[str, Any]:
    html = text(form, "html")
    return {
        "title": text(form, "name"),
        **({"html": html} if html else {"text": text(form, "text")}),
        "shared": text(form, "shared") == "team",
        "visible": text(form, "visible") == "requester",
        "sets": {
            "kind": or_none(form, "kind"),
            "priority": or_none(form, "priority"),
            "workspace_id": or_none(form, "workspace_id"),
            "add_tags": [one for one in texts(form, "add_tags") if one],
            "then": _then(form),
        },
    }


def _then(form: FormData) -> dict[str, Any] | None:
    """The situation that the reply brings: what goes with another one is left out."""
    status = text(form, "then")
    if status not in ("resolved", "waiting", "open"):
        return None
    if status == "resolved":
        return {"status": status, "method": or_none(form, "method")}
    if status == "waiting":
        return {
            "status": status,
            "reason": or_none(form, "reason") or labels.CHOOSABLE_WAITS[0],
            "days": or_none(form, "days"),
            "close_if_no_answer": True if ticked(form, "close_if_no_answer") else None,
        }
    return {"status": status}
