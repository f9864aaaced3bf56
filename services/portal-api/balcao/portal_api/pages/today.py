"""Today's work: what is due today or was before, to be emptied by the evening (W17); a date is extended with a note."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadDate
from balcao.portal_api.pages.directory import Directory
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.shared import clock
from balcao.shared.errors import Condition, Invalid, Unavailable
from balcao.shared.ids import new_id

_MOST = 100
_DAYS_AHEAD = 7


@dataclass(frozen=True)
class Wanted:
    """Whose work, and of which days."""

    everybody: bool = False
    ahead: bool = False

    @classmethod
    def of(cls, given: Any) -> "Wanted":
        """As a query string or a form says it."""
        return cls(everybody=given.get("who") == "all", ahead=given.get("days") == "next")

    def query(self, **changes: bool) -> str:
        """The query string with some of it changed."""
        wanted = Wanted(**{"everybody": self.everybody, "ahead": self.ahead, **changes})
        parts = [text for text, given in (("who=all", wanted.everybody), ("days=next", wanted.ahead)) if given]
        return f"?{'&'.join(parts)}" if parts else ""


@dataclass(frozen=True)
class Postponing:
    """A date that could not be extended, as it was typed, and why."""

    number: int
    due: str
    note: str
    refused: str


def routes(shell: Shell, upstreams: Upstreams, directory: Directory) -> APIRouter:
    """The page, its part, and extending a date from it."""
    router = APIRouter()

    @router.get("/{company}/desk/today")
    async def show_today(request: Request, company: str) -> Response:
        """One's own work of the day, unless the address asks for everybody's or for the days to come."""
        place = await shell.desk_place(request, company)
        return await _page(shell, upstreams, directory, place, Wanted.of(request.query_params))

    @router.get("/{company}/desk/_today")
    async def show_anew(request: Request, company: str) -> Response:
        """The lists alone."""
        place = await shell.desk_place(request, company)
        return await _part(shell, upstreams, directory, place, Wanted.of(request.query_params))

    @router.post("/{company}/desk/today/{number}/postpone")
    async def postpone(request: Request, company: str, number: int) -> Response:
        """Extend a ticket's date; the note says why (W17)."""
        place = await shell.desk_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        typed = {name: str(value) for name, value in form.items()}
        wanted, alone = Wanted.of(typed), "hx-request" in request.headers
        answer = _part if alone else _page
        try:
            body = {
                "due": _instant(typed.get("due", ""), place.company.time_zone),
                "note": typed.get("note", "").strip(),
            }
            await upstreams.tickets.patch(
                f"/v1/tickets/{number}", place.acting, body, if_match=typed.get("version"), once=typed.get("once")
            )
        except (Invalid, Unavailable, UpstreamRefused) as error:
            words = refusal(shell.words(place), error)
            kept = Postponing(number, typed.get("due", ""), typed.get("note", ""), words)
            return await answer(shell, upstreams, directory, place, wanted, kept, error)
        return (
            await _part(shell, upstreams, directory, place, wanted)
            if alone
            else shell.see(place.desk("/today") + wanted.query())
        )

    return router


async def _page(
    shell: Shell,
    upstreams: Upstreams,
    directory: Directory,
    place: Place,
    wanted: Wanted,
    kept: Postponing | None = None,
    error: Condition | None = None,
) -> Response:
    shown, around = await asyncio.gather(
        _content(shell, upstreams, directory, place, wanted), beside(upstreams, place.acting)
    )
    status = status_for(error) if error else 200
    return shell.page(place, "today.html", status=status, kept=kept, **shown, **around)


async def _part(
    shell: Shell,
    upstreams: Upstreams,
    directory: Directory,
    place: Place,
    wanted: Wanted,
    kept: Postponing | None = None,
    error: Condition | None = None,
) -> Response:
    shown = await _content(shell, upstreams, directory, place, wanted)
    return shell.page(place, "_today.html", status=status_for(error) if error else 200, kept=kept, **shown)


async def _content(
    shell: Shell, upstreams: Upstreams, directory: Directory, place: Place, wanted: Wanted
) -> dict[str, Any]:
    """The lists, each the earliest first, and when a postponed ticket is suggested to be due."""
    now = clock.now().astimezone(ZoneInfo(place.company.time_zone))
    kinds = (_ahead(now),) if wanted.ahead else ({"work": "overdue"}, {"work": "today"})
    whose = {} if wanted.everybody else {"executor": "me"}
    asked = (
        upstreams.tickets.get("/v1/tickets", place.acting, **whose, **kind, order="rank", limit=_MOST) for kind in kinds
    )
    named, answers = await asyncio.gather(directory.of(place.acting, shell.words(place).code), asyncio.gather(*asked))
    lists = [answer.json()["items"] for answer in answers]
    late, due = ([], lists[0]) if wanted.ahead else lists
    suggested = shell.moments(place).for_input(_next_working_day(now))
    return {
        "late": late,
        "due": due,
        "wanted": wanted,
        "suggested": suggested,
        "once": new_id(),
        "directory": named,
    }


def _ahead(now: datetime) -> dict[str, str]:
    """What is promised for the days to come."""
    first, last = now.date() + timedelta(days=1), now.date() + timedelta(days=_DAYS_AHEAD)
    return {"promised_from": first.isoformat(), "promised_until": last.isoformat()}


def _next_working_day(now: datetime) -> datetime:
    """Its evening; a suggestion, so weekends are enough and holidays are left to who chooses."""
    day = now + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.replace(hour=18, minute=0, second=0, microsecond=0)


def _instant(typed: str, zone: str) -> str:
    """What `datetime-local` says, by the company's clock. Raises `BadDate`."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).isoformat()
    except ValueError:
        raise BadDate("this is no date") from None
