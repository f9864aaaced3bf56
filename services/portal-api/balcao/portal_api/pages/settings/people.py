"""People of the company: who is of the team with which roles, who is a guest, who has left (O3, O6)."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.language import LANGUAGES
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.settings.company import main_first
from balcao.portal_api.pages.settings.fields import Kept, or_none, text, texts, ticked
from balcao.portal_api.pages.settings.invitations import Inviting
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place
from balcao.portal_api.store import Store

_PER_PAGE = 50


def routes(room: Room, store: Store, inviting: Inviting) -> APIRouter:
    """The list of people, one of them, and adding somebody."""
    router = APIRouter()
    _list(router, room, store)
    _new(router, room, inviting)
    _one(router, room, store)
    return router


def _list(router: APIRouter, room: Room, store: Store) -> None:
    @router.get("/{company}/admin/people")
    async def show_people(request: Request, company: str) -> Response:
        """The team, or guests and those who left; found by how their names or addresses begin."""
        place = await room.place(request, company)
        asked = request.query_params
        who = "guests" if asked.get("who") == "guests" else "team"
        q = asked.get("q", "").strip()[:200]
        found, workspaces = await asyncio.gather(
            room.upstreams.tickets.get(
                "/v1/people", place.acting, who=who, q=q or None, limit=_PER_PAGE, after=asked.get("after")
            ),
            room.upstreams.tickets.get("/v1/workspaces", place.acting, archived=True),
        )
        page = found.json()
        people = page["items"]
        return await room.show(
            place,
            "people",
            "people",
            Kept(),
            people=people,
            next_key=page["next"],
            who=who,
            q=q,
            can_sign_in=await store.with_password(place.company.id, [one["id"] for one in people]),
            workspace_names={one["id"]: one["name"] for one in workspaces.json()["items"]},
        )


def _new(router: APIRouter, room: Room, inviting: Inviting) -> None:
    async def show(place: Place, kept: Kept) -> Response:
        return await room.show(place, "person", "people", kept, person=None, **await _beside(room, place))

    @router.get("/{company}/admin/people/new")
    async def show_new(request: Request, company: str) -> Response:
        """Somebody to add."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/people/new")
    async def add_person(request: Request, company: str) -> Response:
        """Add somebody, and invite them where that was asked for."""

        async def do(place: Place, form: FormData) -> str:
            body = {name: value for name, value in _profile(form).items() if value is not None}
            answer = await room.upstreams.tickets.post(
                "/v1/people", place.acting, body, once=text(form, "once") or None
            )
            person_id = answer.json()["id"]
            if not ticked(form, "invite"):
                return address(place, f"people/{person_id}", done="added")
            # They are there by now: that an invitation can't go out is no reason to show the form again.
            why_not = await inviting.try_to(place, person_id)
            done = {"not_invited": why_not} if why_not else {"done": "invited"}
            return address(place, f"people/{person_id}", **done)

        return await room.change(request, company, "person", do, show)


def _one(router: APIRouter, room: Room, store: Store) -> None:
    async def show(place: Place, person_id: str, kept: Kept) -> Response:
        person, beside, has_password = await asyncio.gather(
            room.upstreams.tickets.get(f"/v1/people/{person_id}", place.acting),
            _beside(room, place),
            store.with_password(place.company.id, [person_id]),
        )
        return await room.show(
            place,
            "person",
            "people",
            kept,
            thing=person_id,
            person=person.json(),
            has_password=bool(has_password),
            not_invited=place.request.query_params.get("not_invited", ""),
            **beside,
        )

    @router.get("/{company}/admin/people/{person_id}")
    async def show_person(request: Request, company: str, person_id: str) -> Response:
        """A person's whole profile."""
        return await show(await room.place(request, company), person_id, Kept())

    @router.post("/{company}/admin/people/{person_id}")
    async def save_person(request: Request, company: str, person_id: str) -> Response:
        """Save the profile, or say that they have left or are back."""

        async def do(place: Place, form: FormData) -> str:
            moves = "active" in form
            values: dict[str, Any] = {"active": ticked(form, "active")} if moves else _profile(form)
            version = text(form, "version") or None
            await room.upstreams.tickets.patch(f"/v1/people/{person_id}", place.acting, values, if_match=version)
            done = ("back" if values["active"] else "left") if moves else "saved"
            return address(place, f"people/{person_id}", done=done)

        async def again(place: Place, kept: Kept) -> Response:
            return await show(place, person_id, kept)

        return await room.change(request, company, "person", do, again)

    @router.post("/{company}/admin/people/{person_id}/reachable")
    async def clear_address(request: Request, company: str, person_id: str) -> Response:
        """Say that mail to an address arrives again."""

        async def do(place: Place, form: FormData) -> str:
            path, body = f"/v1/people/{person_id}/reachable", {"address": text(form, "address")}
            await room.upstreams.tickets.post(path, place.acting, body)
            return address(place, f"people/{person_id}", done="reachable")

        async def again(place: Place, kept: Kept) -> Response:
            return await show(place, person_id, kept)

        return await room.change(request, company, "reachable", do, again)


async def _beside(room: Room, place: Place) -> dict[str, Any]:
    workspaces = await room.upstreams.tickets.get("/v1/workspaces", place.acting)
    options = [(one["id"], one["name"]) for one in workspaces.json()["items"]]
    return {"workspace_options": options, "tongues": LANGUAGES}


def _profile(form: FormData) -> dict[str, Any]:
    return {
        "name": text(form, "name"),
        "addresses": main_first(form),
        "roles": [one for one in labels.ROLES if one in texts(form, "roles")],
        "default_workspace_id": or_none(form, "default_workspace_id"),
        "locale": or_none(form, "locale"),
        "cpf": or_none(form, "cpf"),
    }
