"""Rules on top of phases: what happens to the tickets when a task enters one."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.fields import Kept, or_none, text, texts, ticked
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place
from balcao.shared.errors import NotFound

_HERE = "rules"
_BASE = "/v1/rules"


def routes(room: Room) -> APIRouter:
    """The list, one rule, and a new one."""
    router = APIRouter()
    workflow = room.upstreams.workflow

    @router.get("/{company}/admin/rules")
    async def show_rules(request: Request, company: str) -> Response:
        """All rules by name."""
        place = await room.place(request, company)
        rules, beside = await asyncio.gather(workflow.get(_BASE, place.acting), _beside(room, place))
        return await room.show(place, "rules", _HERE, Kept(), rules=rules.json()["items"], **beside)

    async def show(place: Place, rule_id: str, kept: Kept) -> Response:
        rules, beside = await asyncio.gather(workflow.get(_BASE, place.acting), _beside(room, place))
        rule = next((one for one in rules.json()["items"] if one["id"] == rule_id), None)
        if rule is None and rule_id != "new":
            raise NotFound("no such rule")
        last = await room.last_in_production(place, f"{_BASE}/{rule_id}") if rule else None
        return await room.show(place, "rule", _HERE, kept, last=last, rule=rule, **beside)

    @router.get("/{company}/admin/rules/{rule_id}")
    async def show_rule(request: Request, company: str, rule_id: str) -> Response:
        """One rule, or with `new` in its place an empty one."""
        return await show(await room.place(request, company), rule_id, Kept())

    @router.post("/{company}/admin/rules/{rule_id}")
    async def save_rule(request: Request, company: str, rule_id: str) -> Response:
        """Save it, or take it away."""

        async def do(place: Place, form: FormData) -> str:
            version = or_none(form, "version")
            if rule_id == "new":
                await workflow.post(_BASE, place.acting, _body(form), once=or_none(form, "once"))
                return address(place, _HERE, done="added")
            if ticked(form, "remove"):
                await workflow.delete(f"{_BASE}/{rule_id}", place.acting, if_match=version)
                return address(place, _HERE, done="removed")
            await workflow.patch(f"{_BASE}/{rule_id}", place.acting, _body(form), if_match=version)
            return address(place, f"{_HERE}/{rule_id}", done="saved")

        return await room.change(request, company, "rule", do, lambda place, kept: show(place, rule_id, kept))

    return router


async def _beside(room: Room, place: Place) -> dict[str, Any]:
    types, tags = await asyncio.gather(
        room.upstreams.workflow.get("/v1/task-types", place.acting, archived=True),
        room.upstreams.tickets.get("/v1/tags", place.acting, archived=True),
    )
    return {"types": types.json()["items"], "tags": tags.json()["items"]}


def _body(form: FormData) -> dict[str, Any]:
    type_id, _, phase_id = text(form, "phase").partition("|")
    promise = or_none(form, "promise")
    return {
        "name": text(form, "name"),
        "task_type_id": type_id,
        "phase_id": phase_id,
        "enabled": ticked(form, "enabled"),
        "promise": promise,
        "promise_days": or_none(form, "promise_days") if promise == "days" else None,
        "add_tags": [one for one in texts(form, "add_tags") if one],
        "approval": _approval(form) if ticked(form, "approval") else None,
    }


def _approval(form: FormData) -> dict[str, Any]:
    return {
        "words": text(form, "words"),
        "valid_days": text(form, "valid_days"),
        "approved_phase": text(form, "approved_phase").rpartition("|")[2],
        "changes_phase": text(form, "changes_phase").rpartition("|")[2],
    }
