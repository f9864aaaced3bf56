"""What people of a role are told, and how, as long as they choose nothing themselves."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.pages import labels
from balcao.portal_api.pages.notice_kinds import GROUPS, kind_of
from balcao.portal_api.pages.settings.fields import Kept, text, ticked
from balcao.portal_api.pages.settings.room import Room, address
from balcao.portal_api.pages.shell import Place

_WAYS = ("in_app", "mail")


def routes(room: Room) -> APIRouter:
    """The page of one role's notices."""
    router = APIRouter()
    notifier = room.upstreams.notifier

    async def show(place: Place, role: str, kept: Kept) -> Response:
        answer = await notifier.get(f"/v1/preferences/of-roles/{role}", place.acting)
        return await room.show(
            place,
            "notice_defaults",
            "notices",
            kept,
            role=role,
            version=(answer.etag or "").strip('"'),
            kinds=_grouped(answer.json()["kinds"]),
            ways=_WAYS,
        )

    @router.get("/{company}/admin/notices")
    async def show_defaults(request: Request, company: str) -> Response:
        """Every kind of notice with its ways, for one role."""
        place = await room.place(request, company)
        return await show(place, _role(request.query_params.get("role", "")), Kept())

    @router.post("/{company}/admin/notices")
    async def save_defaults(request: Request, company: str) -> Response:
        """Save what changed, or go back to the standard."""
        role = _role(request.query_params.get("role", ""))

        async def do(place: Place, form: FormData) -> str:
            path = f"/v1/preferences/of-roles/{role}"
            kinds = (await notifier.get(path, place.acting)).json()["kinds"]
            version = text(form, "version") or None
            await notifier.patch(path, place.acting, {"ways": _chosen(form, kinds)}, if_match=version)
            return address(place, "notices", role=role, done="saved")

        return await room.change(request, company, "notices", do, lambda place, kept: show(place, role, kept))

    return router


def _role(asked: str) -> str:
    return asked if asked in labels.ROLES else "agent"


def _grouped(kinds: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    named = [{**one, "words": kind_of(one["kind"]).words, "group": kind_of(one["kind"]).group} for one in kinds]
    groups = [(words, [one for one in named if one["group"] == group]) for group, words in GROUPS]
    return [(words, found) for words, found in groups if found]


def _chosen(form: FormData, kinds: list[dict[str, Any]]) -> dict[str, list[str] | None]:
    """The ways of each kind that changed; or, back to the standard, that nothing is chosen for any."""
    if ticked(form, "standard"):
        return {one["kind"]: None for one in kinds}
    found: dict[str, list[str] | None] = {}
    for one in kinds:
        wanted = [way for way in _WAYS if way in one["possible"] and ticked(form, f"{one['kind']}.{way}")]
        if sorted(wanted) != sorted(one["ways"]):
            found[one["kind"]] = wanted
    return found
