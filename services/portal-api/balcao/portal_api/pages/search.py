"""Finding tickets by words at the desk: a page, and a fragment for the box that answers while one types."""

import asyncio
import re
from typing import Any

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.chips import InWords
from balcao.portal_api.pages.directory import Directory
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.saved_views import MOST_WORDS, may_change
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.wanted import Wanted
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition
from balcao.shared.ids import new_id

PER_PAGE = 20
_IN_BOX = 8
_NUMBER = re.compile(r"\s*#?\s*(\d{1,12})\s*")


def routes(shell: Shell, upstreams: Upstreams, directory: Directory) -> APIRouter:
    """The search, for agents and producers."""
    router = APIRouter()

    async def asked(place: Place) -> tuple[str, Wanted]:
        """The words, and the filters of a saved view that has words."""
        query = place.request.query_params
        view = None
        if re.fullmatch(r"[A-Za-z0-9-]{1,100}", query.get("view", "")):
            try:
                view = (await upstreams.tickets.get(f"/v1/views/{query['view']}", place.acting)).json()
            except UpstreamRefused:
                view = None
        words = query.get("q", str((view or {}).get("text") or "")).strip()[:MOST_WORDS]
        return words, Wanted.of(query, view)

    async def found(place: Place, words: str, wanted: Wanted, limit: int) -> dict[str, Any]:
        """What a search shows; nothing without words."""
        language = shell.words(place)
        shown: dict[str, Any] = {"asked_words": words, "wanted": wanted, "hits": [], "next_key": None, "refused": None}
        shown["directory"], team = await asyncio.gather(
            directory.of(place.acting, language.code), directory.team(place.company.id)
        )
        names, day_of = {one.id: one.name for one in team}, shell.moments(place).day_of
        chips = InWords(language.gettext, names, shown["directory"], day_of).chips(wanted)
        shown["chips"] = [chip for chip in chips if chip.field != "status"]
        if not words:
            return shown
        filters = {"status": "any", **wanted.asked}
        try:
            answer = await upstreams.tickets.get(
                "/v1/tickets/search", place.acting, **filters, q=words, limit=limit, after=wanted.after
            )
        except UpstreamRefused as error:
            return {**shown, "refused": refusal(language, error), "refused_by": error}
        page = answer.json()
        hits = [{**one, "entry": _entry(one.get("found_in"))} for one in page["items"]]
        return {**shown, "hits": hits, "next_key": page.get("next")}

    @router.get("/{company}/desk/search")
    async def show_search(request: Request, company: str) -> Response:
        """Tickets by words; a number that there is leads straight to its ticket."""
        place = await shell.team_place(request, company)
        words, wanted = await asked(place)
        number = await _numbered(upstreams, place, words)
        if number is not None:
            return shell.see(place.desk(f"/tickets/{number}"))
        shown, around = await asyncio.gather(found(place, words, wanted, PER_PAGE), beside(upstreams, place.acting))
        refused_by: Condition | None = shown.get("refused_by")
        status = status_for(refused_by) if refused_by else 200
        view = wanted.view
        return shell.page(
            place,
            "search.html",
            status=status,
            **{**around, **shown},
            is_changed=view is not None
            and (words != view.get("text") or wanted.content() != Wanted(view=view).content()),
            may_change_view=view is not None and may_change(view, place.acting),
            once=new_id(),
        )

    @router.get("/{company}/desk/_found")
    async def show_found(request: Request, company: str) -> Response:
        """The first few, for the box."""
        place = await shell.team_place(request, company)
        words, _ = await asked(place)
        return shell.page(place, "_found.html", **await found(place, words, Wanted(), _IN_BOX))

    return router


def _entry(found_in: object) -> str | None:
    """The entry of the timeline that something was found in."""
    text = str(found_in or "")
    return text if text.isdigit() else None


async def _numbered(upstreams: Upstreams, place: Place, words: str) -> int | None:
    """The ticket that somebody named by its number; none when there is none of it."""
    named = _NUMBER.fullmatch(words)
    if named is None or "after" in place.request.query_params:
        return None
    try:
        answer = await upstreams.tickets.get("/v1/tickets/rows", place.acting, status="any", numbers=named[1])
    except UpstreamRefused:
        return None
    items = answer.json()["items"]
    return int(items[0]["number"]) if items else None
