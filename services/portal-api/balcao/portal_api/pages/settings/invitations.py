"""Invitations: who has no password yet, and sending the mail that lets them set one (O3)."""

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.invitations import Invitations
from balcao.portal_api.pages.settings.fields import Kept, text
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition, NotFound

_MOST_SHOWN = 100


class Inviting:
    """Sends invitations as the JSON API does."""

    def __init__(self, upstreams: Upstreams, invitations: Invitations) -> None:
        self._upstreams = upstreams
        self._invitations = invitations

    async def send(self, place: Place, person_id: str, once: str | None = None) -> None:
        """Have a person told by mail how to set their password. Raises what stands in the way."""
        await self._upstreams.tickets.get(f"/v1/people/{person_id}", place.acting)  # of another company: not there
        await self._invitations.require_invitable(place.acting, person_id)
        await self._upstreams.tickets.post(f"/v1/people/{person_id}/invitation", place.acting, {}, once=once)

    async def try_to(self, place: Place, person_id: str) -> str:
        """Send one if that is possible. Returns the name of the condition that stands in the way, or nothing."""
        try:
            await self.send(place, person_id)
        except (UpstreamRefused, Condition) as error:
            return error.code
        return ""


def routes(room: Room, store: Store, inviting: Inviting) -> APIRouter:
    """The page of those without a password, and inviting one of them."""
    router = APIRouter()

    async def show(place: Place, kept: Kept) -> Response:
        without = await store.without_password(place.company.id, _MOST_SHOWN + 1)
        return await room.show(
            place,
            "invitations",
            "invitations",
            kept,
            team=[one for one in without[:_MOST_SHOWN] if one.roles],
            guests=[one for one in without[:_MOST_SHOWN] if not one.roles],
            more=len(without) > _MOST_SHOWN,
            invited=place.request.query_params.get("invited", ""),
        )

    @router.get("/{company}/admin/invitations")
    async def show_invitations(request: Request, company: str) -> Response:
        """Who could be invited, the team first."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/people/{person_id}/invitation")
    async def invite(request: Request, company: str, person_id: str) -> Response:
        """Invite somebody, again perhaps; then back to the page that one came from."""

        async def do(place: Place, form: FormData) -> str:
            await inviting.send(place, person_id, text(form, "once") or None)
            if text(form, "from") == "invitations":
                return address(place, "invitations", done="invited", invited=person_id)
            return address(place, f"people/{person_id}", done="invited")

        async def again(place: Place, kept: Kept) -> Response:
            if await store.account(place.company.id, person_id) is None:
                raise NotFound("no such person")
            return await show(place, kept)

        return await room.change(request, company, person_id, do, again)

    return router
