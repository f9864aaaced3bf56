"""Production as a board: a task type's phases as columns; a drop counts once `workflow` has said so (H4, H6)."""

import asyncio
import math
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.task_form import TaskForm
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Invalid, NotFound, Unavailable

_PER_COLUMN = 25
_MOST_PER_COLUMN = 100
Json = dict[str, Any]


class BoardPages:
    """Renders a board: whole, as it is now, or again after a move that was refused."""

    def __init__(self, shell: Shell, upstreams: Upstreams, store: Store) -> None:
        self.shell = shell
        self.upstreams = upstreams
        self._store = store

    async def show(self, place: Place, *, words: str = "", status: int = 200) -> Response:
        """The page. Raises `NotFound` for a task type that is not the company's."""
        around = asyncio.create_task(beside(self.upstreams, place.acting))
        try:
            context = await self._context(place)
        finally:
            sides = await around
        team = await self._store.team(place.company.id)
        return self.shell.page(place, "board.html", status=status, words=words, team=team, **context, **sides)

    async def parts(self, place: Place) -> Response:
        """The columns as they are now, for a page that is open. What was said of a move stays."""
        return self.shell.page(place, "_board.html", **await self._context(place))

    async def moved(self, place: Place, *, words: str, status: int) -> Response:
        """The columns after a move, and why it was refused if it was, in place of what was said before."""
        return self.shell.page(place, "_moved.html", status=status, words=words, **await self._context(place))

    async def column(self, place: Place) -> Response:
        """The further cards of a column."""
        query, (chosen, types) = place.request.query_params, await self._type(place)
        phase = next((one for one in chosen["phases"] if one["id"] == query.get("phase")), None)
        if phase is None:
            raise NotFound("no such column")
        path = f"/v1/boards/{chosen['id']}/columns/{phase['id']}"
        asked = {"after": query.get("after"), "limit": _PER_COLUMN, "executor": query.get("executor") or None}
        page = (await self.upstreams.workflow.get(path, place.acting, **asked)).json()
        return self.shell.page(
            place,
            "_cards.html",
            cards=page["items"],
            next_key=page.get("next"),
            phase=phase,
            **self._said(place, chosen, types),
        )

    async def _context(self, place: Place) -> Json:
        chosen, types = await self._type(place)
        said = self._said(place, chosen, types)
        asked = {"limit": said["limit"], "executor": said["executor"]}
        board = (await self.upstreams.workflow.get(f"/v1/boards/{chosen['id']}", place.acting, **asked)).json()
        return {"columns": board["columns"], **said}

    def _said(self, place: Place, chosen: Json, types: list[Json]) -> Json:
        query = place.request.query_params
        limit = query.get("limit", "")
        wanted = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 4 else _PER_COLUMN
        # Whole pages, so that what was shown stays shown whatever came or went meanwhile.
        limit_now = min(max(1, math.ceil(wanted / _PER_COLUMN)) * _PER_COLUMN, _MOST_PER_COLUMN)
        return {
            "type": chosen,
            "types": types,
            "executor": query.get("executor") or None,
            "limit": limit_now,
            "most": _MOST_PER_COLUMN,
        }

    async def _type(self, place: Place) -> tuple[Json, list[Json]]:
        """The task type in the address, else the default one; and all that are in use."""
        types: list[Json] = (await self.upstreams.workflow.get("/v1/task-types", place.acting)).json()["items"]
        wanted = place.request.query_params.get("type")
        chosen = next((one for one in types if wanted in (None, "", one["id"])), None)
        if chosen is None:
            raise NotFound("no such board")
        return chosen, types


def routes(shell: Shell, upstreams: Upstreams, store: Store) -> APIRouter:
    """The board, its columns, and moves on it."""
    router = APIRouter()
    pages = BoardPages(shell, upstreams, store)

    @router.get("/{company}/desk/board")
    async def show_board(request: Request, company: str) -> Response:
        """The board of the type in the address, else of the default one."""
        return await pages.show(await shell.team_place(request, company))

    @router.get("/{company}/desk/board/_board")
    async def show_columns(request: Request, company: str) -> Response:
        """All columns as they are now."""
        return await pages.parts(await shell.team_place(request, company))

    @router.get("/{company}/desk/board/_cards")
    async def show_cards(request: Request, company: str) -> Response:
        """The next cards of one column."""
        return await pages.column(await shell.team_place(request, company))

    @router.post("/{company}/desk/board/moves")
    async def move(request: Request, company: str) -> Response:
        """Move a card to another phase. Whatever comes of it, the answer is the board as it is."""
        place = await shell.team_place(request, company)
        form = TaskForm(await shell.gate.form(request, place.visitor), shell.moments(place))
        in_place, words, status = "hx-request" in request.headers, "", 200
        try:
            path, version = f"/v1/tasks/{form.number('task')}/phase", form.text("version") or None
            await upstreams.workflow.post(path, place.acting, {"phase": form.text("phase")}, if_match=version)
        except (UpstreamRefused, Invalid, Unavailable) as error:
            words, status = refusal(shell.words(place), error), status_for(error)
        if in_place:
            return await pages.moved(place, words=words, status=status)
        if words:
            return await pages.show(place, words=words, status=status)
        return shell.see(place.desk("/board") + (f"?{request.url.query}" if request.url.query else ""))

    return router
