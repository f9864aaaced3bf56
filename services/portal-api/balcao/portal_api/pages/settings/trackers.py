"""Trackers elsewhere (GitHub issues, Jira, Trello, anything with webhooks): set up, tried, paused, and what became of
each message (H3-H5)."""

import asyncio
import secrets
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.pages.settings.fields import Kept, or_none, text, ticked
from balcao.portal_api.pages.settings.refusals import kept as kept_of
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.settings.tracker_form import (
    inbound_of,
    mapping_of,
    outbound_of,
    phase_rows,
    phases_of,
    request_field,
    requests_of,
)
from balcao.portal_api.pages.settings.tracker_words import KINDS, MAPPING, MEANINGS, OUTCOMES, TELLS
from balcao.portal_api.pages.shell import Place
from balcao.shared.errors import Invalid, NotFound, Unavailable

_HERE = "trackers"
_BASE = "/v1/trackers"
_PER_PAGE = 25


class NoPayload(Invalid):
    """What was put in is no JSON object."""


def routes(room: Room) -> APIRouter:
    """The list, one tracker with its log, and a new one."""
    router = APIRouter()
    _list(router, room)
    _new(router, room)
    _one(router, room)
    return router


def _list(router: APIRouter, room: Room) -> None:
    @router.get("/{company}/admin/trackers")
    async def show_trackers(request: Request, company: str) -> Response:
        """All trackers."""
        place = await room.place(request, company)
        found = await room.upstreams.workflow.get(_BASE, place.acting)
        return await room.show(place, "trackers", _HERE, Kept(), trackers=found.json()["items"], kinds=KINDS)


def _new(router: APIRouter, room: Room) -> None:
    workflow = room.upstreams.workflow

    @router.get("/{company}/admin/trackers/new")
    async def show_new(request: Request, company: str, kind: str = "github") -> Response:
        """A new tracker of a kind."""
        return await _shown(room, await room.place(request, company), None, kind, Kept())

    @router.post("/{company}/admin/trackers/new")
    async def add_tracker(request: Request, company: str) -> Response:
        """Set it up. What it has to sign with is on the page that answers, this once."""
        place = await room.place(request, company)
        form = await room.shell.gate.form(request, place.visitor)
        kind = text(form, "kind")
        body = {"kind": kind, **inbound_of(form, kind)}
        if given := or_none(form, "secret"):
            body["secret"] = given
        try:
            added = (await workflow.post(_BASE, place.acting, body, once=or_none(form, "once"))).json()
        except (UpstreamRefused, Unavailable) as error:
            return await _shown(room, place, None, kind, kept_of(room.shell.words(place), "tracker", form, error))
        return await _shown(room, place, added["id"], kind, Kept(), secret=added["secret"])


def _one(router: APIRouter, room: Room) -> None:
    workflow = room.upstreams.workflow

    @router.get("/{company}/admin/trackers/{tracker_id}")
    async def show_tracker(request: Request, company: str, tracker_id: str) -> Response:
        """One tracker, what it told lately, and what it was told."""
        return await _shown(room, await room.place(request, company), tracker_id, "", Kept())

    @router.post("/{company}/admin/trackers/{tracker_id}")
    async def change_tracker(request: Request, company: str, tracker_id: str) -> Response:
        """Save it, pause it, take it up again, or remove it."""

        async def do(place: Place, form: FormData) -> str:
            if ticked(form, "remove"):
                await workflow.delete(f"{_BASE}/{tracker_id}", place.acting)
                return address(place, _HERE, done="removed")
            change = {"state": text(form, "state")} if "state" in form else inbound_of(form, text(form, "kind"))
            await workflow.patch(f"{_BASE}/{tracker_id}", place.acting, change, if_match=or_none(form, "version"))
            return address(place, f"{_HERE}/{tracker_id}", done="saved")

        return await room.change(
            request, company, "tracker", do, lambda place, kept: _shown(room, place, tracker_id, "", kept)
        )

    @router.post("/{company}/admin/trackers/{tracker_id}/outbound")
    async def change_outbound(request: Request, company: str, tracker_id: str) -> Response:
        """Save what it is told of our tasks, and how to reach it."""

        async def do(place: Place, form: FormData) -> str:
            saved = (await workflow.get(f"{_BASE}/{tracker_id}", place.acting)).json()
            change = {"outbound": outbound_of(form, saved["kind"], saved["outbound"])}
            await workflow.patch(f"{_BASE}/{tracker_id}", place.acting, change, if_match=or_none(form, "version"))
            return address(place, f"{_HERE}/{tracker_id}", done="saved")

        return await room.change(
            request, company, "outbound", do, lambda place, kept: _shown(room, place, tracker_id, "", kept)
        )

    @router.post("/{company}/admin/trackers/{tracker_id}/{command}")
    async def command(request: Request, company: str, tracker_id: str, command: str) -> Response:
        """Try a message, make a new secret, or take one message or call again; the page says what came of it."""
        place = await room.place(request, company)
        form = await room.shell.gate.form(request, place.visitor)
        try:
            return await _act(room, place, tracker_id, command, form)
        except (UpstreamRefused, Unavailable, NoPayload) as error:
            if isinstance(error, UpstreamRefused) and error.status == 404:
                raise
            return await _shown(room, place, tracker_id, "", kept_of(room.shell.words(place), command, form, error))


async def _act(room: Room, place: Place, tracker_id: str, command: str, form: FormData) -> Response:
    workflow, path = room.upstreams.workflow, f"{_BASE}/{tracker_id}"
    if command == "try":
        body = {"payload": _payload(text(form, "payload"))}
        tried = (await workflow.post(f"{path}/dry-run", place.acting, body)).json()
        kept = Kept(form="try", typed={"payload": (text(form, "payload"),)})
        return await _shown(room, place, tracker_id, "", kept, tried=tried)
    if command == "secret":
        secret = secrets.token_urlsafe(32)
        await workflow.patch(path, place.acting, {"secret": secret}, if_match=or_none(form, "version"))
        return await _shown(room, place, tracker_id, "", Kept(), secret=secret)
    if command in ("deliveries", "calls"):
        one = quote(text(form, "id"), safe="")
        await workflow.post(f"{path}/{command}/{one}/replay", place.acting, {})
        return room.shell.see(address(place, f"{_HERE}/{tracker_id}", at=command, done="again"))
    raise NotFound("no such command")


def _payload(typed: str) -> dict[str, Any]:
    try:
        found = orjson.loads(typed)
    except orjson.JSONDecodeError as error:
        raise NoPayload(f"no JSON: {error}") from error
    if not isinstance(found, dict):
        raise NoPayload("no JSON object")
    return found


async def _shown(
    room: Room,
    place: Place,
    tracker_id: str | None,
    kind: str,
    kept: Kept,
    *,
    secret: str = "",
    tried: dict[str, Any] | None = None,
) -> Response:
    workflow = room.upstreams.workflow
    kinds, types = await asyncio.gather(
        workflow.get("/v1/tracker-kinds", place.acting), workflow.get("/v1/task-types", place.acting)
    )
    tracker, heard, told = None, [], []
    if tracker_id is not None:
        path = f"{_BASE}/{tracker_id}"
        answers = await asyncio.gather(
            workflow.get(path, place.acting),
            workflow.get(f"{path}/deliveries", place.acting, limit=_PER_PAGE),
            workflow.get(f"{path}/calls", place.acting, limit=_PER_PAGE),
        )
        tracker, heard, told = answers[0].json(), answers[1].json()["items"], answers[2].json()["items"]
        kind = tracker["kind"]
    ready = next((one for one in kinds.json()["items"] if one["kind"] == kind), None)
    if ready is None:
        raise NotFound("no such kind of tracker")
    return await room.show(
        place,
        "tracker",
        _HERE,
        kept,
        last=_last(tracker),
        tracker=tracker,
        kind=ready,
        kinds=KINDS,
        types=types.json()["items"],
        phases=phases_of(types.json()["items"]),
        mapping=mapping_of(tracker, ready),
        expressions=MAPPING,
        rows=phase_rows(kept, tracker),
        meanings=MEANINGS,
        outcomes=OUTCOMES,
        tells=TELLS,
        requests=requests_of(tracker),
        request_field=request_field,
        blanks=kinds.json()["template_fields"],
        heard=heard,
        told=told,
        secret=secret,
        tried=tried,
        address=room.shell.gate.address_of(place.request),
    )


def _last(tracker: dict[str, Any] | None) -> dict[str, Any] | None:
    """Who changed it last and when."""
    if tracker is None or not tracker["keepers"]:
        return None
    return {"actor": tracker["keepers"][0], "at": tracker["updated_at"]}
