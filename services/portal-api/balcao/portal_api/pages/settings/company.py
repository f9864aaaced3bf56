"""The company itself: name, language, time zone, and the mail addresses that it is written to (O2)."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.fields import Kept, filled, text
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place


def routes(room: Room) -> APIRouter:
    """Pages of the company and of its addresses."""
    router = APIRouter()
    _company(router, room)
    _addresses(router, room)
    return router


def _company(router: APIRouter, room: Room) -> None:
    async def show(place: Place, kept: Kept) -> Response:
        company = (await room.upstreams.tickets.get("/v1/company", place.acting)).json()
        return await room.show(place, "company", "company", kept, thing="company", about=company, zones=_zones())

    @router.get("/{company}/admin/company")
    async def show_company(request: Request, company: str) -> Response:
        """Name, language, time zone."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/company")
    async def save_company(request: Request, company: str) -> Response:
        """Save them."""

        async def do(place: Place, form: FormData) -> str:
            body = {name: text(form, name) for name in ("name", "locale", "time_zone")}
            return await configured(room, place, form, body, "company")

        return await room.change(request, company, "company", do, show)


def _addresses(router: APIRouter, room: Room) -> None:
    async def show(place: Place, kept: Kept) -> Response:
        company = (await room.upstreams.tickets.get("/v1/company", place.acting)).json()
        return await room.show(place, "addresses", "addresses", kept, thing="company", about=company)

    @router.get("/{company}/admin/addresses")
    async def show_addresses(request: Request, company: str) -> Response:
        """Where mail becomes tickets."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/addresses")
    async def save_addresses(request: Request, company: str) -> Response:
        """Save them, the main one first."""

        async def do(place: Place, form: FormData) -> str:
            return await configured(room, place, form, {"addresses": main_first(form)}, "addresses")

        return await room.change(request, company, "addresses", do, show)


async def configured(room: Room, place: Place, form: FormData, values: dict[str, Any], path: str) -> str:
    """Change settings of the company by the version that was looked at. Returns where to go then."""
    version = text(form, "version") or None
    await room.upstreams.tickets.patch("/v1/company", place.acting, values, if_match=version)
    return address(place, path, done="saved")


def main_first(form: FormData) -> list[str]:
    """The addresses of a form, that first which is marked as the main one."""
    addresses = filled(form, "addresses")
    main = text(form, "main")
    given = [value.strip() for value in form.getlist("addresses") if isinstance(value, str)]
    chosen = given[int(main)] if main.isdigit() and int(main) < len(given) else ""
    return sorted(addresses, key=lambda one: one != chosen) if chosen else addresses


@cache
def _zones() -> list[str]:
    """Time zones to choose from: places, without the old names of zones and offsets."""
    known = (one for one in available_timezones() if "/" in one and not one.startswith(("Etc/", "SystemV/")))
    return [*sorted(known, key=lambda one: (not one.startswith("America/"), one)), "UTC"]
