"""When the company works: weekdays, hours, holidays of country and state, and days of its own (W16)."""

import asyncio
from functools import cache
from typing import Any

import holidays
from babel import Locale
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.company import configured
from balcao.portal_api.pages.settings.fields import Kept, or_none, text, texts, ticked
from balcao.portal_api.pages.settings.room import Room
from balcao.portal_api.pages.shell import Place
from balcao.shared import clock
from balcao.shared.calendar import WEEKDAYS
from balcao.shared.catalogues import N_

_WEEKDAY_WORDS = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}
_SPARE_DAYS = 2


def routes(room: Room) -> APIRouter:
    """The page of working time and holidays."""
    router = APIRouter()

    async def show(place: Place, kept: Kept) -> Response:
        tickets, year = room.upstreams.tickets, _year(place)
        about, days = await asyncio.gather(
            tickets.get("/v1/company", place.acting), tickets.get("/v1/company/holidays", place.acting, year=year)
        )
        company = about.json()
        locale = Locale.parse(room.shell.words(place).locale, sep="_")
        return await room.show(
            place,
            "working_time",
            "working-time",
            kept,
            thing="company",
            about=company,
            working=company["working_time"],
            own=_own_days(kept, company["working_time"]["own"]),
            weekdays=_WEEKDAY_WORDS,
            countries=_countries(str(locale)),
            holidays=days.json()["items"],
            year=year,
        )

    @router.get("/{company}/admin/working-time")
    async def show_working_time(request: Request, company: str) -> Response:
        """Days, hours, holidays; and which days of a year that makes."""
        return await show(await room.place(request, company), Kept())

    @router.post("/{company}/admin/working-time")
    async def save_working_time(request: Request, company: str) -> Response:
        """Save all of it."""

        async def do(place: Place, form: FormData) -> str:
            return await configured(room, place, form, {"working_time": _body(form)}, "working-time")

        return await room.change(request, company, "working-time", do, show)

    return router


def _body(form: FormData) -> dict[str, Any]:
    return {
        "weekdays": [one for one in WEEKDAYS if one in texts(form, "weekdays")],
        "opens": text(form, "opens"),
        "closes": text(form, "closes"),
        "country": or_none(form, "country"),
        "state": or_none(form, "state"),
        "optional_holidays": ticked(form, "optional_holidays"),
        "own": [one for one in _days(form) if one["day"] or one["name"]],
    }


def _days(form: FormData | dict[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """The company's own days as they stand in the form: one column for each thing there is to say of a day."""

    def column(name: str) -> list[str]:
        if isinstance(form, dict):
            return list(form.get(name, ()))
        return texts(form, name)

    kinds = dict(enumerate(column("own_kind")))
    return [
        {
            "day": day.strip(),
            "name": name.strip(),
            "yearly": kinds.get(number) == "yearly",
            "works": kinds.get(number) == "works",
        }
        for number, (day, name) in enumerate(zip(column("own_day"), column("own_name"), strict=False))
    ]


def _own_days(kept: Kept, saved: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The days to show, and some empty ones to fill in."""
    shown = _days(dict(kept.typed)) if kept.form else saved
    spare = {"day": "", "name": "", "yearly": False, "works": False}
    return [*(one for one in shown if one["day"] or one["name"]), *([spare] * _SPARE_DAYS)]


def _year(place: Place) -> int:
    asked = place.request.query_params.get("year", "")
    return int(asked) if asked.isdigit() and 1970 <= int(asked) <= 2200 else clock.now().year


@cache
def _countries(locale: str) -> list[tuple[str, str]]:
    """Countries whose holidays are known, by their names in a language."""
    names = Locale.parse(locale, sep="_").territories
    known = [(code, names[code]) for code in holidays.list_supported_countries() if len(code) == 2 and code in names]
    return sorted(known, key=lambda one: one[1])
