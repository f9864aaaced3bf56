"""How the company's mail presents itself: names, addresses, and the keys that sign it (DKIM)."""

import asyncio
import re
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.pages.settings.fields import Kept, or_none, text
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place
from balcao.shared.catalogues import N_
from balcao.shared.errors import NotFound, Unavailable

_HERE = "mail-identity"
_BASE = "/v1/mail-identity"
_KEY_NAME = re.compile(r"[A-Za-z0-9.-]{1,253}")
STANDINGS = {
    "published": N_("Published: receivers find what this key signs good."),
    "missing": N_("DNS has no such record yet. A new one may take some hours to be seen."),
    "different": N_("DNS has another record here: receivers would find what this key signs forged."),
    "revoked": N_("The record in DNS is empty: this key counts as revoked."),
    "several": N_("DNS has several records here; receivers then take none. Leave one."),
    "unknown": N_("DNS did not answer. Try again in a moment."),
}
"""What DNS says of a key, in words."""
_NAMES = ("from_name", "from_address", "reply_address", "return_address")


def routes(room: Room) -> APIRouter:
    """The page of names and keys."""
    router = APIRouter()
    notifier = room.upstreams.notifier

    async def show(place: Place, kept: Kept) -> Response:
        identity, company = await asyncio.gather(
            notifier.get(_BASE, place.acting), room.upstreams.tickets.get("/v1/company", place.acting)
        )
        last, looked_up = await asyncio.gather(_last(room, place, identity.json()), _looked_up(room, place))
        addresses: list[str] = company.json()["addresses"]
        return await room.show(
            place,
            "mail_identity",
            _HERE,
            kept,
            last=last,
            identity=identity.json(),
            version=(identity.etag or "").strip('"'),
            looked_up=looked_up,
            standings=STANDINGS,
            addresses=addresses,
            domains=list(dict.fromkeys(one.rpartition("@")[2] for one in addresses)),
        )

    @router.get("/{company}/admin/mail-identity")
    async def show_identity(request: Request, company: str) -> Response:
        """What is set and in force, the keys with the records to publish, and what DNS says of the one asked for."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/mail-identity")
    async def save_identity(request: Request, company: str) -> Response:
        """Save names and addresses."""

        async def do(place: Place, form: FormData) -> str:
            body = {**{name: or_none(form, name) for name in _NAMES}, "unsigned": text(form, "unsigned")}
            await notifier.put(_BASE, place.acting, body, if_match=or_none(form, "version"))
            return address(place, _HERE, done="saved")

        return await room.change(request, company, "identity", do, show)

    @router.post("/{company}/admin/mail-identity/keys")
    async def change_keys(request: Request, company: str) -> Response:
        """Make a key, have one sign, stop signing, or drop one."""

        async def do(place: Place, form: FormData) -> str:
            what = text(form, "do")
            await _change_key(room, place, form, what)
            return address(place, _HERE, at="keys", done={"make": "added", "drop": "removed"}.get(what, "saved"))

        return await room.change(request, company, "key", do, show)

    return router


async def _looked_up(room: Room, place: Place) -> dict[str, Any] | None:
    """What DNS says of the key that the address asks for (`?look=selector&domain=`), with its name."""
    selector, domain = (place.request.query_params.get(name, "") for name in ("look", "domain"))
    if not (_KEY_NAME.fullmatch(selector) and _KEY_NAME.fullmatch(domain)):
        return None
    try:
        said = await room.upstreams.notifier.get(f"{_key_path(domain, selector)}/record", place.acting)
    except (UpstreamRefused, Unavailable):
        return None  # the key has gone meanwhile: the page shows which there are
    return {"selector": selector, "domain": domain, **said.json()}


async def _last(room: Room, place: Place, identity: dict[str, Any]) -> dict[str, Any] | None:
    """Who changed it last and when, by name where the directory knows them."""
    if not identity.get("changed_by"):
        return None
    try:
        person = await room.upstreams.tickets.get(f"/v1/people/{identity['changed_by']}", place.acting)
    except (UpstreamRefused, Unavailable):
        return None  # worth showing, never worth failing for
    return {"actor": {"name": person.json()["name"]}, "at": identity["changed_at"]}


async def _change_key(room: Room, place: Place, form: FormData, what: str) -> None:
    notifier, domain, selector = room.upstreams.notifier, text(form, "domain"), text(form, "selector")
    key = _key_path(domain, selector)
    if what == "make":
        body = {"domain": domain, "selector": selector}
        await notifier.post(f"{_BASE}/keys", place.acting, body, once=or_none(form, "once"))
    elif what == "use":
        await notifier.post(f"{key}/use", place.acting, {})
    elif what == "stop":
        await notifier.delete(f"{_BASE}/domains/{quote(domain, safe='')}/signing", place.acting)
    elif what == "drop":
        await notifier.delete(key, place.acting)
    else:
        raise NotFound("no such command")


def _key_path(domain: str, selector: str) -> str:
    return f"{_BASE}/keys/{quote(domain, safe='')}/{quote(selector, safe='')}"
