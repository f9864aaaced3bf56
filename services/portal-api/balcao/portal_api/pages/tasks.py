"""Production in the browser: my tasks, and one task with buttons that move it (H4, H6)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.ticket import Kept
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.portal_api.task_commands import executor_body
from balcao.shared.errors import Invalid, NotFound, Unavailable
from balcao.shared.ids import new_id

_STATES = ("open", "completed", "cancelled")


def routes(shell: Shell, upstreams: Upstreams, store: Store) -> APIRouter:
    """The list of tasks, and one of them."""
    router = APIRouter()
    _list(router, shell, upstreams)
    _one(router, shell, upstreams, store)
    return router


def _list(router: APIRouter, shell: Shell, upstreams: Upstreams) -> None:
    @router.get("/{company}/desk/tasks")
    async def show_list(request: Request, company: str) -> Response:
        """One's own open tasks, unless the address says otherwise."""
        place = await shell.team_place(request, company)
        query = request.query_params
        executor = None if query.get("executor") == "any" else "me"
        state = query.get("state") if query.get("state") in _STATES else "open"
        asked = upstreams.workflow.get(
            "/v1/tasks", place.acting, executor=executor, state=state, limit=50, after=query.get("after")
        )
        answer, types, around = await asyncio.gather(
            asked,
            upstreams.workflow.get("/v1/task-types", place.acting),
            beside(upstreams, place.acting),
        )
        page = answer.json()
        return shell.page(
            place,
            "tasks.html",
            tasks=page["items"],
            next_key=page.get("next"),
            phases={one["id"]: one["phases"] for one in types.json()["items"]},
            mine=executor == "me",
            state=state,
            **around,
        )


def _one(router: APIRouter, shell: Shell, upstreams: Upstreams, store: Store) -> None:
    async def show(place: Place, number: int, *, kept: Kept | None = None, status: int = 200) -> Response:
        answer, types, around, team = await asyncio.gather(
            upstreams.workflow.get(f"/v1/tasks/{number}", place.acting),
            upstreams.workflow.get("/v1/task-types", place.acting),
            beside(upstreams, place.acting),
            store.team(place.company.id),
        )
        task = answer.json()
        phases = next((one["phases"] for one in types.json()["items"] if one["id"] == task["type_id"]), [task["phase"]])
        return shell.page(
            place,
            "task.html",
            status=status,
            task=task,
            phases=phases,
            reached=next((at for at, one in enumerate(phases) if one["id"] == task["phase"]["id"]), 0),
            team=team,
            **around,
            kept=kept,
            once=new_id(),
        )

    @router.get("/{company}/desk/tasks/{number:int}")
    async def show_task(request: Request, company: str, number: int) -> Response:
        """A task with its phases as buttons."""
        return await show(await shell.team_place(request, company), number)

    @router.post("/{company}/desk/tasks/{number:int}/{command}")
    async def command(request: Request, company: str, number: int, command: str) -> Response:
        """Move, complete, cancel, reopen or hand over the task; then its page again."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            body = await _body(command, form, store, place)
            version = form.get("version")
            await upstreams.workflow.post(
                f"/v1/tasks/{number}/{command}",
                place.acting,
                body,
                if_match=version if isinstance(version, str) and version else None,
            )
        except (UpstreamRefused, Invalid, Unavailable) as error:
            if isinstance(error, UpstreamRefused) and error.status == 404:
                raise
            values = {name: value for name, value in form.items() if isinstance(value, str)}
            words = refusal(shell.words(place), error)
            kept = Kept(command, values, words, is_stale=error.code == "stale")
            return await show(place, number, kept=kept, status=status_for(error))
        return shell.see(place.desk(f"/tasks/{number}"))


async def _body(command: str, form: FormData, store: Store, place: Place) -> dict[str, Any]:
    """A form as the command's body. Raises `NotFound` for one there is no form for."""

    def text(name: str) -> str:
        value = form.get(name, "")
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    if command == "phase":
        return {"phase": text("phase")}
    if command == "complete":
        return {"handover": text("handover")}
    if command == "cancel":
        return {"reason": text("reason")}
    if command == "reopen":
        return {}
    if command == "assign":
        return await executor_body(store, place.acting, text("person_id") or None)
    raise NotFound("no such command")
