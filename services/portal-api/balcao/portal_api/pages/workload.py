"""The team's load as a page: who has how much to do in which week, and how fast tasks get done."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import require_admin
from balcao.portal_api.domain.conditions import BadDuration
from balcao.portal_api.pages.kept import Kept
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.task_form import TaskForm
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Invalid, Unavailable

_WEEKS_AHEAD = 4
_WEEKS_BACK = 12


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The page, and what administrators set on it."""
    router = APIRouter()

    async def show(place: Place, *, kept: Kept | None = None, status: int = 200) -> Response:
        load, speed, around = await asyncio.gather(
            upstreams.workflow.get("/v1/workload", place.acting, weeks=_WEEKS_AHEAD),
            upstreams.workflow.get("/v1/throughput", place.acting, weeks=_WEEKS_BACK),
            beside(upstreams, place.acting),
        )
        people, speeds = load.json(), speed.json()
        return shell.page(
            place,
            "workload.html",
            status=status,
            people=[one for one in people["items"] if one["person"] is not None or _has_tasks(one)],
            speeds=speeds["items"],
            complete=people["complete"] and speeds["complete"],
            may_set="admin" in place.acting.roles,
            kept=kept,
            **around,
        )

    @router.get("/{company}/desk/workload")
    async def show_workload(request: Request, company: str) -> Response:
        """The next weeks of each person, and the last ones of each task type."""
        return await show(await shell.team_place(request, company))

    @router.post("/{company}/desk/workload/{person_id}")
    async def set_capacity(request: Request, company: str, person_id: str) -> Response:
        """How much of a working day somebody gives to tasks."""
        place = await shell.team_place(request, company)
        require_admin(place.acting)
        form = TaskForm(await shell.gate.form(request, place.visitor), shell.moments(place))
        try:
            minutes = form.minutes("minutes")
            if minutes is None or minutes > 1440:
                raise BadDuration("minutes: at most a day")
            await upstreams.workflow.put(f"/v1/capacities/{person_id}", place.acting, {"minutes_per_day": minutes})
        except (UpstreamRefused, Invalid, Unavailable) as error:
            kept = Kept(person_id, form.values(), refusal(shell.words(place), error))
            return await show(place, kept=kept, status=status_for(error))
        return shell.see(place.desk("/workload"))

    return router


def _has_tasks(one: dict[str, Any]) -> bool:
    return bool(one["undated"] or one["later"] or any(week["tasks"] for week in one["weeks"]))
