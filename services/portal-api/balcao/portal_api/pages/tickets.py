"""The desk's ticket list: filters live in the address, pages follow by key, and an open page asks for its rows anew."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.chips import NOBODY_CALLED, InWords
from balcao.portal_api.pages.directory import Directory
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.rows import Rows
from balcao.portal_api.pages.saved_views import may_change
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.surroundings import Surroundings
from balcao.portal_api.pages.wanted import Wanted
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, Unavailable
from balcao.shared.ids import new_id
from balcao.shared.tokens import Acting

PER_PAGE = 50
DENSITY_COOKIE = "balcao_density"
DENSITIES = ("roomy", "dense")
_NUMBERS = re.compile(r"\d{1,12}(,\d{1,12}){0,199}")
_MOST_ROWS = 100
_MOST_SHOWN = 500
_MOST_PEOPLE = 20


def routes(shell: Shell, upstreams: Upstreams, directory: Directory) -> APIRouter:
    """The list and its fragments."""
    router = APIRouter()
    lists = Lists(shell, upstreams, directory)

    @router.get("/{company}/desk/tickets")
    async def show_list(request: Request, company: str) -> Response:
        """The tickets that match the filters; by themselves the most urgent come first (O9)."""
        place = await shell.team_place(request, company)
        if (plain := await lists.plain_address(place)) is not None:
            return shell.see(plain)
        wanted, lost = await lists.wanted(place)
        if wanted.view is not None and wanted.view.get("text"):
            return shell.see(place.desk("/search", view=wanted.view["id"]))
        shown, beside_it = await asyncio.gather(lists.page(place, wanted), beside(upstreams, place.acting))
        status = status_for(shown["refused_by"]) if shown["refused_by"] else 200
        changeable = wanted.view is not None and may_change(wanted.view, place.acting)
        shown = {**beside_it, **shown, "lost_view": lost, "may_change_view": changeable, "once": new_id()}
        return shell.page(place, "tickets.html", status=status, **shown)

    @router.get("/{company}/desk/tickets/_list")
    async def show_part(request: Request, company: str) -> Response:
        """The first page of the list by itself: what "Mostrar" brings."""
        place = await shell.team_place(request, company)
        wanted, _ = await lists.wanted(place)
        return shell.page(place, "_list.html", **await lists.page(place, wanted.first_page()))

    @router.get("/{company}/desk/tickets/_rows")
    async def show_rows(request: Request, company: str) -> Response:
        """Rows of an open page as they are now, `numbers`; and which of others, `others`, are new in its list."""
        place = await shell.team_place(request, company)
        wanted, _ = await lists.wanted(place)
        numbers, others = (_numbers(request.query_params.get(name, "")) for name in ("numbers", "others"))
        return shell.page(place, "_rows.html", **await lists.rows(place, wanted, numbers, others))

    @router.get("/{company}/desk/tickets/_counts")
    async def show_counts(request: Request, company: str) -> Response:
        """How many tickets the list has, and how many in each stage, as an open page shows them."""
        place = await shell.team_place(request, company)
        wanted, _ = await lists.wanted(place)
        counts = await lists.counts(place, wanted)
        stages = {**counts["stage_counts"], "all": counts["all_stages"]}
        return JSONResponse({"stages": stages, "total": counts["total_shown"]})

    @router.post("/{company}/desk/tickets/density")
    async def choose_density(request: Request, company: str) -> Response:
        """Rows with more or less air; kept by the browser."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        answer = shell.see(place.desk("/tickets") + str(form.get("query", ""))[:4_000])
        if form.get("density") in DENSITIES:
            secure = shell.gate.is_secure(request)
            answer.set_cookie(
                DENSITY_COOKIE, str(form["density"]), max_age=31_536_000, samesite="lax", httponly=True, secure=secure
            )
        return answer

    return router


class Lists:
    """Asks for what the list and its fragments show."""

    def __init__(self, shell: Shell, upstreams: Upstreams, directory: Directory) -> None:
        self._shell = shell
        self._tickets = upstreams.tickets
        self._directory = directory

    async def wanted(self, place: Place) -> tuple[Wanted, bool]:
        """What the address asks for, and whether it names a saved view that is not there any more."""
        query = place.request.query_params
        if not query.get("view"):
            return Wanted.of(query), False
        try:
            view = (await self._tickets.get(f"/v1/views/{_plain_id(query['view'])}", place.acting)).json()
        except UpstreamRefused:
            return Wanted.of(query), True
        return Wanted.of(query, view), False

    async def plain_address(self, place: Place) -> str | None:
        """Where a form's address leads whose fields are empty or repeated, or that names a requester in words."""
        query = place.request.query_params
        names = list(query.keys())
        asked_by = query.get("asked_by", "").strip()
        is_plain = len(names) == len(query.multi_items()) and (query.get("view") or all(query.values()))
        if is_plain and "asked_by" not in query:
            return None
        wanted, _ = await self.wanted(place)
        if not asked_by:
            return place.desk("/tickets") + wanted.query()
        ids = await self._people_called(place.acting, asked_by[:200])
        # Nobody: an id that nobody has, so that the list is empty and its chip says why.
        return place.desk("/tickets") + wanted.query(
            requester=",".join(ids) or NOBODY_CALLED + asked_by[:60].replace(",", " ")
        )

    async def page(self, place: Place, wanted: Wanted) -> dict[str, Any]:
        """All that a list shows. What is refused is shown as a list of nothing that says so."""
        named, answer = await asyncio.gather(self._named(place, wanted), self._listed(place.acting, wanted))
        refused_by = answer if isinstance(answer, Condition) else None
        page = {} if isinstance(answer, Condition) else answer
        rows = self._rows(place, named["directory"])
        return {
            **named,
            "tickets": [rows.of(one) for one in page.get("items") or ()],
            "next_key": page.get("next"),
            "behind": bool(page.get("behind")),
            "refused_by": refused_by,
            "refused": refusal(self._shell.words(place), refused_by) if refused_by else None,
            **_counts(wanted, page.get("counted") or {}),
            "per_page": PER_PAGE,
            "density": place.request.cookies.get(DENSITY_COOKIE, "roomy"),
        }

    async def counts(self, place: Place, wanted: Wanted) -> dict[str, Any]:
        """How many tickets the list has, and would have with each stage. Nothing where that cannot be said."""
        others = {name: value for name, value in wanted.asked.items() if name != "stage"}
        return _counts(wanted, await self._counted(place.acting, others))

    async def rows(self, place: Place, wanted: Wanted, numbers: Sequence[int], others: Sequence[int]) -> dict[str, Any]:
        """Some rows of a list as they are now, and which other tickets are new in it."""
        asked = [*numbers, *others][:_MOST_ROWS]
        named, items = await asyncio.gather(self._named(place, wanted), self._some(place.acting, wanted, asked))
        shown, rows, why = set(numbers), self._rows(place, named["directory"]), named["in_words"].reason
        return {
            **named,
            "tickets": [rows.of(one, why(one) if one["left"] else "") for one in items if one["number"] in shown],
            "new": [one["number"] for one in items if one["number"] not in shown and not one["left"]],
        }

    def _rows(self, place: Place, directory: Surroundings) -> Rows:
        words, at = self._shell.words(place), self._shell.moments(place)
        return Rows(words, at, directory, place.acting, place.desk("/tickets/"))

    async def _some(self, acting: Acting, wanted: Wanted, numbers: Sequence[int]) -> list[dict[str, Any]]:
        if not numbers:
            return []
        asked = ",".join(map(str, numbers))
        answer = await self._tickets.get("/v1/tickets/rows", acting, **wanted.asked, numbers=asked)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def _listed(self, acting: Acting, wanted: Wanted) -> dict[str, Any] | Condition:
        try:
            answer = await self._tickets.get(
                "/v1/tickets",
                acting,
                **wanted.asked,
                order=wanted.order,
                limit=PER_PAGE,
                after=wanted.after,
                counted="stage",
            )
        except UpstreamRefused as error:
            return error
        return answer.json()

    async def _counted(self, acting: Acting, asked: Mapping[str, str]) -> dict[str, Any]:
        """How many there are, by stage too; nothing where that cannot be said: the list is worth more."""
        try:
            answer = await self._tickets.get("/v1/tickets/count", acting, **asked, by="stage")
        except (UpstreamRefused, Unavailable):
            return {}
        return answer.json()

    async def _named(self, place: Place, wanted: Wanted) -> dict[str, Any]:
        """Names for what rows and chips have as ids, and the chips."""
        language = self._shell.words(place)
        team, directory = await asyncio.gather(
            self._directory.team(place.company.id), self._directory.of(place.acting, language.code)
        )
        names = {one.id: one.name for one in team}
        strangers = [id_ for id_ in wanted.values("requester") if id_ not in names and id_ != "me"]
        if strangers:
            names |= await self._directory.people(place.acting, strangers)
        in_words = InWords(language.gettext, names, directory, self._shell.moments(place).day_of)
        return {
            "wanted": wanted,
            "team": team,
            "names": names,
            "directory": directory,
            "chips": in_words.chips(wanted),
            "in_words": in_words,
        }

    async def _people_called(self, acting: Acting, words: str) -> list[str]:
        """Ids of the people whose name begins so, or whose address is like that: guests and the team."""
        answers = await asyncio.gather(
            *(
                self._tickets.get("/v1/people", acting, who=who, q=words, limit=_MOST_PEOPLE)
                for who in (("guests",) if "@" in words else ("guests", "team"))
            ),
            return_exceptions=True,
        )
        found = [one for answer in answers if not isinstance(answer, BaseException) for one in answer.json()["items"]]
        return list(dict.fromkeys(str(one["id"]) for one in found))[:_MOST_PEOPLE]


def _counts(wanted: Wanted, counted: Mapping[str, Any]) -> dict[str, Any]:
    stages = counted.get("by_stage") or {}
    shown = [stages[stage] for stage in wanted.values("stage") if stage in stages] or [counted]
    total = sum(one.get("count", 0) for one in shown)
    return {
        "stage_counts": {stage: one["shown"] for stage, one in stages.items()},
        "all_stages": counted.get("shown"),
        "total_shown": "" if not counted else str(total) if total <= _MOST_SHOWN else f"{_MOST_SHOWN}+",
    }


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")] if _NUMBERS.fullmatch(text) else []


def _plain_id(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9-]{1,100}", text) else "unknown"
