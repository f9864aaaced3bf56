"""The team table, Equipes e Profissionais: who serves and who plans, for the company and for each workspace (H7)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.fields import Kept, or_none
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place

COMPANY = "company"
"""What stands for the row of all workspaces without one of their own."""


def routes(room: Room) -> APIRouter:
    """The page of the table; a row of it is changed at a time."""
    router = APIRouter()

    async def show(place: Place, kept: Kept) -> Response:
        return await room.show(
            place, "team_table", "team-table", kept, thing="company-row", **await _table(room, place)
        )

    @router.get("/{company}/admin/team-table")
    async def show_table(request: Request, company: str) -> Response:
        """Every workspace with its row, the company's first."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/team-table/{workspace_id}")
    async def save_row(request: Request, company: str, workspace_id: str) -> Response:
        """Save a row: the page again, or for htmx the table with what now holds."""

        async def do(place: Place, form: FormData) -> str:
            row = {column: or_none(form, column) for column in ("service", "planning")}
            await room.upstreams.tickets.put(
                f"/v1/team-table/{workspace_id}", place.acting, row, if_match=or_none(form, "version")
            )
            return address(place, "team-table", at=f"row-{workspace_id}", done="saved")

        answer = await room.change(request, company, workspace_id, do, show)
        if "hx-request" not in request.headers or answer.status_code != 303:
            return answer
        place = await room.place(request, company)
        return room.shell.page(
            place,
            "settings/_team_table.html",
            kept=Kept(),
            admin=address(place, ""),
            just_saved=workspace_id,
            **await _table(room, place),
        )

    return router


async def _table(room: Room, place: Place) -> dict[str, Any]:
    tickets = room.upstreams.tickets
    rows, workspaces, people = await asyncio.gather(
        tickets.get("/v1/team-table", place.acting),
        tickets.get("/v1/workspaces", place.acting),
        tickets.get("/v1/people", place.acting),
    )
    by_workspace = {one["workspace_id"] or COMPANY: one for one in rows.json()["items"]}
    team = [one for one in people.json()["items"] if one["active"]]
    return {
        "rows": by_workspace,
        "usual": by_workspace.get(COMPANY, {}),
        "workspaces": workspaces.json()["items"],
        "team": team,
        "names": {one["id"]: one["name"] for one in team},
    }
