"""Who changed what of a thing of the settings."""

from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.language import Language
from balcao.portal_api.pages.settings import menu
from balcao.portal_api.pages.settings.fields import Kept
from balcao.portal_api.pages.settings.room import Room
from balcao.shared.catalogues import N_
from balcao.shared.errors import NotFound

_FACTS = {
    "person.registered": (N_("entered it"), N_("changed it")),
    "person.invited": (N_("sent an invitation"), N_("sent an invitation")),
    "address.returned": (N_("saw mail come back"), N_("saw mail come back")),
    "address.cleared": (N_("said that an address takes mail again"), N_("said that an address takes mail again")),
}
_OTHERS = (N_("set it up"), N_("changed it"))
_FIELDS = {
    "name": N_("Name"),
    "addresses": N_("Mail addresses"),
    "locale": N_("Language"),
    "time_zone": N_("Time zone"),
    "policies": N_("Policies"),
    "working_time": N_("Working time"),
    "colour": N_("Colour"),
    "logo": N_("Logo"),
    "roles": N_("Roles"),
    "default_workspace_id": N_("Workspace"),
    "cpf": N_("CPF"),
    "active": N_("Whether they are there"),
    "archived": N_("Whether it is archived"),
    "service": N_("Who serves"),
    "planning": N_("Who plans"),
    "text": N_("Text"),
    "html": N_("Text"),
    "visible": N_("Who sees it"),
    "sets": N_("What it changes"),
    "owner_id": N_("Whose it is"),
}


def routes(room: Room) -> APIRouter:
    """The page of changes."""
    router = APIRouter()

    @router.get("/{company}/admin/history/{thing}")
    async def show_history(request: Request, company: str, thing: str) -> Response:
        """All changes of one thing, the latest first; `from` in the address is the page that one came from."""
        place = await room.place(request, company)
        here = request.query_params.get("from", "")
        if menu.entry(here) is None:
            raise NotFound("no such page")
        answer = await room.upstreams.tickets.get(f"/v1/directory/{thing}/history", place.acting)
        words = room.shell.words(place)
        entries = [_entry(words, one) for one in reversed(answer.json()["items"])]
        return await room.show(place, "history", here, Kept(), entries=entries)

    return router


def _entry(words: Language, one: dict[str, Any]) -> dict[str, Any]:
    changed = (one.get("data") or {}).get("changed") or []
    first, later = _FACTS.get(one["type"].rpartition(".v")[0], _OTHERS)
    fields = dict.fromkeys(words.gettext(_FIELDS[name]) for name in changed if name in _FIELDS)
    said = later if changed else first
    return {"actor": one["actor"], "at": one["at"], "words": words.gettext(said), "fields": list(fields)}
