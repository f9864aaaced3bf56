"""How the desk behaves when nobody says otherwise, and the company's own words for situations, stages and bands."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.language import LANGUAGES
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.settings.company import configured
from balcao.portal_api.pages.settings.fields import Kept, or_none, text, ticked
from balcao.portal_api.pages.settings.room import Room
from balcao.portal_api.pages.shell import Place

_NUMBERS = ("feedback_days", "remind_days_before")
_NEEDED = ("undo_seconds", "no_answer_days")
_DAYS = ("todo_days", "in_progress_days")
_BANDS = ("urgent", "high", "medium", "low", "none")


def routes(room: Room) -> APIRouter:
    """Pages of policies and of words."""
    router = APIRouter()
    _policies(router, room)
    _words(router, room)
    return router


def _policies(router: APIRouter, room: Room) -> None:
    async def show(place: Place, kept: Kept) -> Response:
        about = await _company(room, place)
        return await room.show(
            place, "policies", "policies", kept, thing="company", about=about, policies=about["policies"]
        )

    @router.get("/{company}/admin/policies")
    async def show_policies(request: Request, company: str) -> Response:
        """Each policy with its unit and what holds by default."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/policies")
    async def save_policies(request: Request, company: str) -> Response:
        """Save them; the words stay as they are."""

        async def do(place: Place, form: FormData) -> str:
            now = (await _company(room, place))["policies"]
            return await configured(room, place, form, {"policies": {**now, **_policies_of(form)}}, "policies")

        return await room.change(request, company, "policies", do, show)


def _words(router: APIRouter, room: Room) -> None:
    async def show(place: Place, kept: Kept) -> Response:
        about = await _company(room, place)
        return await room.show(
            place,
            "words",
            "words",
            kept,
            thing="company",
            about=about,
            policies=about["policies"],
            tongues=LANGUAGES,
            bands=_BANDS,
        )

    @router.get("/{company}/admin/words")
    async def show_words(request: Request, company: str) -> Response:
        """The words that stand on screen, in both languages."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/words")
    async def save_words(request: Request, company: str) -> Response:
        """Save them; an empty field means the usual word."""

        async def do(place: Place, form: FormData) -> str:
            about = await _company(room, place)
            policies = {**about["policies"], **_words_of(form, about["usual_priority_words"])}
            return await configured(room, place, form, {"policies": policies}, "words")

        return await room.change(request, company, "words", do, show)


async def _company(room: Room, place: Place) -> dict[str, Any]:
    return (await room.upstreams.tickets.get("/v1/company", place.acting)).json()


def _policies_of(form: FormData) -> dict[str, Any]:
    """The policies of the form. Numbers go as they were typed: the service says what is wrong with them."""
    return {
        "resolution_required": text(form, "resolution_required"),
        "unknown_sender": text(form, "unknown_sender"),
        "close_if_no_answer": ticked(form, "close_if_no_answer"),
        **{name: or_none(form, name) for name in _NUMBERS},
        **{name: text(form, name) for name in _NEEDED},
        "due_by_status": {
            **{name: or_none(form, name) for name in _DAYS},
            "agreed_date": ticked(form, "agreed_date"),
            "visit_date": ticked(form, "visit_date"),
        },
    }


def _words_of(form: FormData, usual_words: dict[str, Any]) -> dict[str, Any]:
    """The words of the form. A band with a name or a meaning of its own has the usual one for the other."""
    found: dict[str, dict[str, Any]] = {"status_words": {}, "stage_words": {}, "priority_words": {}}
    for code in LANGUAGES:
        for kind, known in (("status", labels.STATUSES), ("stage", labels.STAGES)):
            words = {name: text(form, f"{kind}.{code}.{name}") for name in known}
            found[f"{kind}_words"][code] = {name: word for name, word in words.items() if word}
        for band in _BANDS:
            label, impact = text(form, f"band.{code}.{band}"), text(form, f"impact.{code}.{band}")
            usual = usual_words[code][band]
            words = {"label": label or usual["label"], "impact": impact or usual["impact"]}
            if words != usual:
                found["priority_words"].setdefault(code, {})[band] = words
    return found
