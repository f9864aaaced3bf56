"""Task types and their phases: what production goes through, and whom a phase gives a task to."""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.fields import Kept, or_none, text, texts, ticked
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place
from balcao.shared.catalogues import N_
from balcao.shared.errors import NotFound

_HERE = "task-types"
_BASE = "/v1/task-types"
_SPARE = {"id": "", "name": "", "kind": "doing", "assignee_id": "", "order": "", "goes_to": ""}
KINDS = {
    "todo": N_("To do"),
    "doing": N_("Being made"),
    "internal_review": N_("Internal review"),
    "external_approval": N_("External approval"),
    "done": N_("Done"),
}
"""What a phase means to tickets (H4, H5), whatever it is called."""


def routes(room: Room) -> APIRouter:
    """The list of types, one of them, and its phases."""
    router = APIRouter()
    _list(router, room)
    _one(router, room)
    return router


def _list(router: APIRouter, room: Room) -> None:
    workflow = room.upstreams.workflow

    async def show(place: Place, kept: Kept) -> Response:
        types = (await workflow.get(_BASE, place.acting, archived=True)).json()["items"]
        return await room.show(place, "task_types", _HERE, kept, types=types)

    @router.get("/{company}/admin/task-types")
    async def show_types(request: Request, company: str) -> Response:
        """All of them with their phases, the default first."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/task-types")
    async def add_type(request: Request, company: str) -> Response:
        """Add one, with the usual phases."""

        async def do(place: Place, form: FormData) -> str:
            body = {"name": text(form, "name")}
            answer = await workflow.post(_BASE, place.acting, body, once=text(form, "once") or None)
            return address(place, f"{_HERE}/{answer.json()['id']}", done="added")

        return await room.change(request, company, "new", do, show)


def _one(router: APIRouter, room: Room) -> None:
    workflow = room.upstreams.workflow

    async def show(place: Place, type_id: str, kept: Kept) -> Response:
        types, people, last = await asyncio.gather(
            workflow.get(_BASE, place.acting, archived=True),
            room.upstreams.tickets.get("/v1/people", place.acting),
            room.last_in_production(place, f"{_BASE}/{quote(type_id, safe='')}"),
        )
        found = next((one for one in types.json()["items"] if one["id"] == type_id), None)
        if found is None:
            raise NotFound("no such task type")
        return await room.show(
            place,
            "task_type",
            _HERE,
            kept,
            last=last,
            task_type=found,
            rows=_rows(kept, found["phases"]),
            kinds=KINDS,
            team=people.json()["items"],
        )

    @router.get("/{company}/admin/task-types/{type_id}")
    async def show_type(request: Request, company: str, type_id: str) -> Response:
        """One type and its phases."""
        return await show(await room.place(request, company), type_id, Kept())

    @router.post("/{company}/admin/task-types/{type_id}")
    async def change_type(request: Request, company: str, type_id: str) -> Response:
        """Rename it, say how long its tasks take, make it the default, archive it or bring it back."""

        async def do(place: Place, form: FormData) -> str:
            values: dict[str, Any] = {"name": text(form, "name"), "work_minutes": or_none(form, "work_minutes")}
            done = "saved"
            if "archived" in form:
                values = {"archived": ticked(form, "archived")}
                done = "archived" if values["archived"] else "restored"
            elif ticked(form, "default"):
                values["default"] = True
            version = or_none(form, "version")
            await workflow.patch(f"{_BASE}/{type_id}", place.acting, values, if_match=version)
            return address(place, f"{_HERE}/{type_id}", done=done)

        return await room.change(request, company, "type", do, lambda place, kept: show(place, type_id, kept))

    @router.post("/{company}/admin/task-types/{type_id}/phases")
    async def arrange(request: Request, company: str, type_id: str) -> Response:
        """Give it these phases: in their order, without those whose name was emptied."""

        async def do(place: Place, form: FormData) -> str:
            version = or_none(form, "version")
            await workflow.put(f"{_BASE}/{type_id}/phases", place.acting, _phases(form), if_match=version)
            return address(place, f"{_HERE}/{type_id}", done="saved")

        return await room.change(request, company, "phases", do, lambda place, kept: show(place, type_id, kept))


def _columns(form: FormData | dict[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """The rows of the form as they stand."""

    def column(name: str) -> list[str]:
        return list(form.get(name, ())) if isinstance(form, dict) else texts(form, name)

    names = ("id", "name", "kind", "assignee_id", "order", "goes_to")
    columns = zip(*(column(f"phase_{name}") for name in names), strict=False)
    return [dict(zip(names, (value.strip() for value in row), strict=True)) for row in columns]


def _phases(form: FormData) -> dict[str, Any]:
    rows = _columns(form)
    kept = [one for one in rows if one["name"]]
    # A row without a number of its own stays behind those that have one.
    kept.sort(key=lambda one: int(one["order"]) if one["order"].isdigit() else 1_000)
    phases = [
        {
            "id": one["id"] or None,
            "name": one["name"],
            "kind": one["kind"],
            "assignee_id": one["assignee_id"] or None,
        }
        for one in kept
    ]
    moves = {one["id"]: one["goes_to"] for one in rows if one["id"] and not one["name"] and one["goes_to"]}
    return {"phases": phases, "moves": moves}


def _rows(kept: Kept, saved: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The rows to show, and an empty one to fill in."""
    if kept.about("phases"):
        shown = _columns(dict(kept.typed))
    else:
        shown = [
            {
                "id": one["id"],
                "name": one["name"],
                "kind": one["kind"],
                "assignee_id": (one["assignee"] or {}).get("person_id") or "",
                "order": str(at),
                "goes_to": "",
            }
            for at, one in enumerate(saved, 1)
        ]
    return [*(one for one in shown if one["id"] or one["name"]), dict(_SPARE)]
