"""Webhooks: the company's own servers that are told of facts, their secrets, and what became of each call."""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.pages.settings.fact_words import FACTS
from balcao.portal_api.pages.settings.fields import Kept, text, texts, ticked
from balcao.portal_api.pages.settings.refusals import kept as kept_of
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place
from balcao.shared.errors import NotFound, Unavailable

_HERE = "webhooks"
_BASE = "/v1/webhooks"
_PER_PAGE = 25


def routes(room: Room) -> APIRouter:
    """The list, one endpoint with its log, and a new one."""
    router = APIRouter()
    _list(router, room)
    _new(router, room)
    _one(router, room)
    return router


def _list(router: APIRouter, room: Room) -> None:
    @router.get("/{company}/admin/webhooks")
    async def show_webhooks(request: Request, company: str) -> Response:
        """All endpoints, with how they do."""
        place = await room.place(request, company)
        found = await room.upstreams.notifier.get(_BASE, place.acting)
        return await room.show(place, "webhooks", _HERE, Kept(), webhooks=found.json()["items"])


def _new(router: APIRouter, room: Room) -> None:
    notifier = room.upstreams.notifier

    async def show(place: Place, kept: Kept) -> Response:
        types = await notifier.get("/v1/webhook-types", place.acting)
        offered = _in_order(types.json()["items"])
        return await room.show(place, "webhook", _HERE, kept, webhook=None, types=offered, facts=FACTS)

    @router.get("/{company}/admin/webhooks/new")
    async def show_new(request: Request, company: str) -> Response:
        """A new endpoint."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/webhooks/new")
    async def add_webhook(request: Request, company: str) -> Response:
        """Set it up. Its secret is on the page that answers, this once."""
        place = await room.place(request, company)
        form = await room.shell.gate.form(request, place.visitor)
        try:
            added = (await notifier.post(_BASE, place.acting, _body(form), once=text(form, "once") or None)).json()
        except (UpstreamRefused, Unavailable) as error:
            return await show(place, kept_of(room.shell.words(place), "webhook", form, error))
        return await _shown(room, place, added["id"], Kept(), secret=added["secret"])


def _one(router: APIRouter, room: Room) -> None:
    notifier = room.upstreams.notifier

    @router.get("/{company}/admin/webhooks/{webhook_id}")
    async def show_webhook(request: Request, company: str, webhook_id: str) -> Response:
        """One endpoint and what it was told lately."""
        return await _shown(room, await room.place(request, company), webhook_id, Kept())

    @router.post("/{company}/admin/webhooks/{webhook_id}")
    async def change_webhook(request: Request, company: str, webhook_id: str) -> Response:
        """Save it, pause it, take it up again, or remove it."""

        async def do(place: Place, form: FormData) -> str:
            if ticked(form, "remove"):
                await notifier.delete(f"{_BASE}/{webhook_id}", place.acting)
                return address(place, _HERE, done="removed")
            values = {"state": text(form, "state")} if "state" in form else _body(form)
            version = text(form, "version") or None
            await notifier.patch(f"{_BASE}/{webhook_id}", place.acting, values, if_match=version)
            return address(place, f"{_HERE}/{webhook_id}", done="saved")

        return await room.change(
            request, company, "webhook", do, lambda place, kept: _shown(room, place, webhook_id, kept)
        )

    @router.post("/{company}/admin/webhooks/{webhook_id}/{command}")
    async def command(request: Request, company: str, webhook_id: str, command: str) -> Response:
        """Send a test, make a new secret, or send one call again; the page says how it went."""
        place = await room.place(request, company)
        form = await room.shell.gate.form(request, place.visitor)
        try:
            return await _act(room, place, webhook_id, command, form)
        except (UpstreamRefused, Unavailable) as error:
            if isinstance(error, UpstreamRefused) and error.status == 404:
                raise
            return await _shown(room, place, webhook_id, kept_of(room.shell.words(place), "webhook", form, error))


async def _act(room: Room, place: Place, webhook_id: str, command: str, form: FormData) -> Response:
    notifier, path = room.upstreams.notifier, f"{_BASE}/{webhook_id}"
    if command == "ping":
        tried = (await notifier.post(f"{path}/ping", place.acting, {})).json()
        return await _shown(room, place, webhook_id, Kept(), tried=tried)
    if command == "secret":
        made = (await notifier.post(f"{path}/secret", place.acting, {})).json()
        return await _shown(room, place, webhook_id, Kept(), secret=made["secret"])
    if command == "again":
        delivery = quote(text(form, "delivery"), safe="")
        await notifier.post(f"{path}/deliveries/{delivery}/replay", place.acting, {})
        return room.shell.see(address(place, f"{_HERE}/{webhook_id}", at="log", done="again"))
    raise NotFound("no such command")


async def _shown(
    room: Room,
    place: Place,
    webhook_id: str,
    kept: Kept,
    *,
    secret: str = "",
    tried: dict[str, Any] | None = None,
) -> Response:
    notifier, path = room.upstreams.notifier, f"{_BASE}/{webhook_id}"
    webhook, types, log = await asyncio.gather(
        notifier.get(path, place.acting),
        notifier.get("/v1/webhook-types", place.acting),
        notifier.get(f"{path}/deliveries", place.acting, limit=_PER_PAGE),
    )
    return await room.show(
        place,
        "webhook",
        _HERE,
        kept,
        last=_last(webhook.json()),
        webhook=webhook.json(),
        types=_in_order(types.json()["items"]),
        facts=FACTS,
        log=log.json()["items"],
        secret=secret,
        tried=tried,
    )


def _in_order(types: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As they come in a life; those without words of ours last."""
    order = {type_: n for n, type_ in enumerate(FACTS)}
    return sorted(types, key=lambda one: order.get(one["type"], len(order)))


def _last(webhook: dict[str, Any]) -> dict[str, Any] | None:
    """Who changed it last and when."""
    keepers = webhook["keepers"]
    return {"actor": keepers[0], "at": webhook["updated_at"]} if keepers else None


def _body(form: FormData) -> dict[str, Any]:
    return {
        "name": text(form, "name"),
        "url": text(form, "url"),
        "types": [one for one in texts(form, "types") if one],
        "internal": ticked(form, "internal"),
    }
