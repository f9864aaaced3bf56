"""How letters and pages look: the company's logo and colour."""

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from balcao.portal_api.domain.conditions import FileEmpty
from balcao.portal_api.logos import Logos
from balcao.portal_api.pages.settings.company import configured
from balcao.portal_api.pages.settings.fields import Kept, or_none, ticked
from balcao.portal_api.pages.settings.room import Room
from balcao.portal_api.pages.shell import Place

OURS = "#0b6170"
"""What holds for a company without a colour."""


def routes(room: Room, logos: Logos) -> APIRouter:
    """The page of logo and colour."""
    router = APIRouter()

    async def show(place: Place, kept: Kept) -> Response:
        about = (await room.upstreams.tickets.get("/v1/company", place.acting)).json()
        return await room.show(place, "appearance", "appearance", kept, thing="company", about=about, ours=OURS)

    @router.get("/{company}/admin/appearance")
    async def show_appearance(request: Request, company: str) -> Response:
        """Logo and colour as they are."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/appearance/logo")
    async def put_logo(request: Request, company: str) -> Response:
        """Set the logo, or have none any more."""

        async def do(place: Place, form: FormData) -> str:
            if ticked(form, "remove"):
                return await configured(room, place, form, {"logo": None}, "appearance")
            file = form.get("logo")
            content = await file.read() if isinstance(file, UploadFile) else b""
            if not content:
                raise FileEmpty("choose a file first")
            logo = await logos.keep(content)
            return await configured(room, place, form, {"logo": logo.model_dump()}, "appearance")

        return await room.change(request, company, "logo", do, show)

    @router.post("/{company}/admin/appearance/colour")
    async def put_colour(request: Request, company: str) -> Response:
        """Set the colour, or take ours."""

        async def do(place: Place, form: FormData) -> str:
            colour = None if ticked(form, "ours") else or_none(form, "colour")
            return await configured(room, place, form, {"colour": colour}, "appearance")

        return await room.change(request, company, "colour", do, show)

    return router
