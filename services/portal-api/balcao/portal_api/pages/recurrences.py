"""Work that comes again and again: which there is, when it comes next, and the form that plans it."""

import asyncio
import re
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import require_desk
from balcao.portal_api.domain.conditions import BadChoice, BadDate
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.task_form import TaskForm
from balcao.portal_api.pages.task_form_page import TaskFormPage
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable

_COMMANDS = ("pause", "resume", "skip", "end")
_STARTS = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d")
_SIMPLE = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(?:;INTERVAL=(\d+))?(?:;BYDAY=([A-Z,]+))?(?:;COUNT=(\d+))?")
Json = dict[str, Any]


def routes(shell: Shell, upstreams: Upstreams, store: Store) -> APIRouter:
    """List, form and commands. The team looks; people of the desk plan."""
    router = APIRouter()
    page = _Form(TaskFormPage(shell, upstreams, store))
    _reading(router, shell, upstreams, page)
    _planning(router, shell, upstreams, page)
    return router


class _Form:
    def __init__(self, page: TaskFormPage) -> None:
        self._page = page

    async def show(
        self, place: Place, recurrence: Json | None, typed: TaskForm | None = None, error: Condition | None = None
    ) -> Response:
        rule = read_rule(recurrence["plan"]["rule"]) if recurrence else {}
        return await self._page.show(place, "recurrence.html", typed, error, recurrence=recurrence, rule=rule)


async def _show_list(shell: Shell, upstreams: Upstreams, place: Place, words: str = "", status: int = 200) -> Response:
    after = place.request.query_params.get("after", "")
    asked = upstreams.workflow.get("/v1/recurrences", place.acting, limit=50, after=after if after.isdigit() else None)
    answer, around = await asyncio.gather(asked, beside(upstreams, place.acting))
    page = answer.json()
    for one in page["items"]:
        one["plan"]["read"] = read_rule(one["plan"]["rule"])
    return shell.page(
        place,
        "recurrences.html",
        status=status,
        recurrences=page["items"],
        next_key=page.get("next"),
        words=words,
        **around,
    )


def _reading(router: APIRouter, shell: Shell, upstreams: Upstreams, page: _Form) -> None:
    @router.get("/{company}/desk/recurrences")
    async def show_list(request: Request, company: str) -> Response:
        """The company's recurrences, the newest first."""
        return await _show_list(shell, upstreams, await shell.team_place(request, company))

    @router.get("/{company}/desk/recurrences/new")
    async def show_new(request: Request, company: str) -> Response:
        """The form for a new one."""
        return await page.show(await shell.desk_place(request, company), None)

    @router.get("/{company}/desk/recurrences/{number:int}")
    async def show_one(request: Request, company: str, number: int) -> Response:
        """The form for one that there is."""
        place = await shell.desk_place(request, company)
        found = (await upstreams.workflow.get(f"/v1/recurrences/{number}", place.acting)).json()
        return await page.show(place, found)


def _planning(router: APIRouter, shell: Shell, upstreams: Upstreams, page: _Form) -> None:
    workflow = upstreams.workflow

    @router.post("/{company}/desk/recurrences")
    async def begin(request: Request, company: str) -> Response:
        """Plan it."""
        place = await shell.desk_place(request, company)
        form = TaskForm(await shell.gate.form(request, place.visitor), shell.moments(place))
        try:
            await workflow.post("/v1/recurrences", place.acting, _plan(form), once=form.text("once") or None)
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await page.show(place, None, form, error)
        return shell.see(place.desk("/recurrences"))

    @router.post("/{company}/desk/recurrences/{number:int}")
    async def replan(request: Request, company: str, number: int) -> Response:
        """Plan it otherwise; tasks made stay as they are."""
        place = await shell.desk_place(request, company)
        form = TaskForm(await shell.gate.form(request, place.visitor), shell.moments(place))
        path = f"/v1/recurrences/{number}"
        found = (await workflow.get(path, place.acting)).json()
        try:
            plan = _plan(form)
            task = found["plan"]["task"]
            plan["task"] = {"files": task.get("files") or [], **plan["task"]}
            if task.get("html") and plan["task"].get("description") == task.get("description"):
                plan["task"] |= {"html": task["html"]}
            await workflow.put(path, place.acting, plan, if_match=form.text("version") or None)
        except (UpstreamRefused, Invalid, Unavailable) as error:
            return await page.show(place, found, form, error)
        return shell.see(place.desk("/recurrences"))

    @router.post("/{company}/desk/recurrences/{number:int}/{command}")
    async def command(request: Request, company: str, number: int, command: str) -> Response:
        """Pause it, go on, leave the next time out, or make no more tasks of it."""
        place = await shell.team_place(request, company)
        require_desk(place.acting)
        form = TaskForm(await shell.gate.form(request, place.visitor), shell.moments(place))
        if command not in _COMMANDS:
            raise NotFound("no such command")
        try:
            path = f"/v1/recurrences/{number}/{command}"
            await workflow.post(path, place.acting, {}, if_match=form.text("version") or None)
        except (UpstreamRefused, Unavailable) as error:
            return await _show_list(shell, upstreams, place, refusal(shell.words(place), error), status_for(error))
        return shell.see(place.desk("/recurrences"))


def _plan(form: TaskForm) -> Json:
    """The form as `workflow` takes it. Raises `NoTitle`, `BadChoice` and `BadDate`."""
    starts, due = form.text("starts")[:16], form.text("due_days")
    if not _STARTS.fullmatch(starts):
        raise BadDate("starts: this is no date")
    if due and not (due.isascii() and due.isdigit()):
        raise BadChoice("due_days: give a number")
    return {
        "task": form.wanted(),
        "rule": _rule(form),
        "starts": starts,
        "day_off": form.text("day_off") if form.text("day_off") in labels.DAYS_OFF else "next",
        "due_days": int(due) if due else None,
    }


def _rule(form: TaskForm) -> str:
    """What was chosen, as a rule of RFC 5545; one written by hand wins. Raises `BadChoice`."""
    if form.text("rule"):
        return form.text("rule")[:300]
    every, count, days = form.text("every", "1") or "1", form.text("count"), form.all("day")
    if form.text("freq") not in labels.FREQUENCIES or not set(days) <= set(labels.WEEKDAYS):
        raise BadChoice("freq: choose one of those offered")
    if not all(one.isascii() and one.isdigit() for one in (every, count or "1")):
        raise BadChoice("every: give a number")
    parts = [f"FREQ={form.text('freq')}", f"INTERVAL={int(every)}" if int(every) != 1 else ""]
    if form.text("freq") == "WEEKLY" and days:
        parts.append("BYDAY=" + ",".join(one for one in labels.WEEKDAYS if one in days))
    return ";".join(one for one in (*parts, f"COUNT={int(count)}" if count else "") if one)


def read_rule(rule: str) -> Json:
    """A rule that our form can have made, in its fields; any other as it stands."""
    simple = _SIMPLE.fullmatch(rule)
    days = (simple[3] or "").split(",") if simple else []
    if simple is None or not set(days) <= {"", *labels.WEEKDAYS} or (days != [""] and simple[1] != "WEEKLY"):
        return {"rule": rule}
    return {
        "freq": simple[1],
        "every": int(simple[2] or 1),
        "days": [one for one in days if one],
        "count": simple[4] or "",
    }
