"""What is kept in lists, workspaces, projects and tags: added, changed in its row, archived and brought back."""

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.fields import Kept, or_none, text, ticked
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place

Read = Callable[[FormData], dict[str, Any]]


def routes(room: Room) -> APIRouter:
    """The pages of workspaces, projects and tags."""
    router = APIRouter()
    _list(router, room, "workspaces", "workspaces", new=_new_workspace, changed=_name)
    _list(router, room, "projects", "projects", new=_new_project, changed=_name)
    _list(router, room, "tags", "tags", new=_tag, changed=_tag)
    return router


def _new_workspace(form: FormData) -> dict[str, Any]:
    number = or_none(form, "number")
    return {"name": text(form, "name"), **({"number": number} if number else {})}


def _new_project(form: FormData) -> dict[str, Any]:
    return {"name": text(form, "name"), "workspace_id": text(form, "workspace_id")}


def _name(form: FormData) -> dict[str, Any]:
    return {"name": text(form, "name")}


def _tag(form: FormData) -> dict[str, Any]:
    return {"name": text(form, "name"), "colour": None if ticked(form, "plain") else or_none(form, "colour")}


def _list(router: APIRouter, room: Room, noun: str, template: str, *, new: Read, changed: Read) -> None:
    """Routes of one kind of item. `new` and `changed` read its forms."""
    tickets, base = room.upstreams.tickets, f"/v1/{noun}"

    async def show(place: Place, kept: Kept) -> Response:
        found, workspaces = await asyncio.gather(
            tickets.get(base, place.acting, archived=True),
            tickets.get("/v1/workspaces", place.acting, archived=True),
        )
        items = found.json()["items"]
        return await room.show(
            place,
            template,
            noun,
            kept,
            items=[one for one in items if not one["archived"]],
            archived=[one for one in items if one["archived"]],
            workspaces=workspaces.json()["items"],
        )

    @router.get(f"/{{company}}/admin/{noun}")
    async def show_items(request: Request, company: str) -> Response:
        """All of them, those that were archived last."""
        return await show(await room.place(request, company), Kept())

    @router.post(f"/{{company}}/admin/{noun}")
    async def add_item(request: Request, company: str) -> Response:
        """Add one."""

        async def do(place: Place, form: FormData) -> str:
            answer = await tickets.post(base, place.acting, new(form), once=text(form, "once") or None)
            return address(place, noun, at=f"i-{answer.json()['id']}", done="added")

        return await room.change(request, company, "new", do, show)

    @router.post(f"/{{company}}/admin/{noun}/{{item_id}}")
    async def change_item(request: Request, company: str, item_id: str) -> Response:
        """Change one, archive it or bring it back."""

        async def do(place: Place, form: FormData) -> str:
            moves = "archived" in form
            values = {"archived": ticked(form, "archived")} if moves else changed(form)
            await tickets.patch(f"{base}/{item_id}", place.acting, values, if_match=text(form, "version") or None)
            done = ("archived" if values["archived"] else "restored") if moves else "saved"
            return address(place, noun, at=f"i-{item_id}", done=done)

        return await room.change(request, company, item_id, do, show)
