"""When work comes again: RFC 5545 rules by the company's clock and calendar. Reads no clock.

A rule is checked when it is given: what could make the search for its next day long is refused by name.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from dateutil.rrule import rrule, rrulestr

from balcao.shared.calendar import BusinessCalendar
from balcao.workflow.domain.conditions import BadRule

DayOff = Literal["as_is", "next", "skip"]
"""What becomes of a day on which the company does not work: the task is made all the same, on the next working day,
or not at all."""

MOST_RULE = 300
MOST_COUNT = 1_000
MOST_INTERVAL = 1_000
_LOOKS_AHEAD = timedelta(days=3_660)
_MOST_PASSED_OVER = 4_000
_PARTS = frozenset("FREQ INTERVAL COUNT UNTIL BYDAY BYMONTHDAY BYMONTH BYSETPOS WKST".split())
_FREQUENCIES = frozenset("DAILY WEEKLY MONTHLY YEARLY".split())
_DAYS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_UNTIL = re.compile(r"\d{8}(T\d{6})?")


@dataclass(frozen=True)
class Occurrence:
    """One time at which work comes."""

    local: datetime
    """By the rule, on the company's clock, before it was moved to a working day. Without a zone."""
    day: date
    """The day on which the task is made."""
    at: datetime
    """The instant at which it is made."""


def checked(rule: str) -> str:
    """The rule in capitals without its beginning or spaces. Raises `BadRule`."""
    text = rule.strip().upper().removeprefix("RRULE:")
    parts = dict(part.partition("=")[::2] for part in text.split(";") if part)
    if not text or len(text) > MOST_RULE:
        raise BadRule(f"a rule such as FREQ=WEEKLY;BYDAY=MO has at most {MOST_RULE} characters")
    if strange := sorted(set(parts) - _PARTS):
        raise BadRule(f"{', '.join(strange)[:100]} can't be used here; known are {', '.join(sorted(_PARTS))}")
    if parts.get("FREQ") not in _FREQUENCIES:
        raise BadRule("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    for name, most in (("INTERVAL", MOST_INTERVAL), ("COUNT", MOST_COUNT)):
        if name in parts and not (parts[name].isdigit() and 1 <= int(parts[name]) <= most):
            raise BadRule(f"{name} must be a number from 1 to {most}")
    if "UNTIL" in parts and not _UNTIL.fullmatch(parts["UNTIL"]):
        raise BadRule("UNTIL must be a day such as 20271231, by the company's clock (no Z)")
    if "BYSETPOS" in parts and parts["FREQ"] in ("DAILY", "WEEKLY"):
        raise BadRule("BYSETPOS needs FREQ=MONTHLY or YEARLY")
    if parts["FREQ"] == "DAILY" and int(parts.get("INTERVAL", 1)) > 1 and {"BYDAY", "BYMONTHDAY"} & set(parts):
        raise BadRule("every so many days and on certain days may never meet: use FREQ=WEEKLY or MONTHLY")
    _require_a_day(parts)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    _parsed(text, datetime(2026, 1, 1))  # noqa: DTZ001 - by the company's clock
    return text


def next_occurrence(
    rule: str,
    starts: datetime,
    day_off: DayOff,
    calendar: BusinessCalendar,
    *,
    after: datetime | None,
    last: date | None,
) -> Occurrence | None:
    """The first time by the rule after the local time `after` (none: from its beginning on), if there is one.

    Times that fall on the same working day as the one before (`last`) come once. None too where there is nothing within
    ten years.
    """
    parsed = _parsed(rule, starts)
    local = parsed.after(starts - timedelta(seconds=1) if after is None else after)
    horizon = (after or starts) + _LOOKS_AHEAD
    for _ in range(_MOST_PASSED_OVER):
        if local is None or local > horizon:
            return None
        day = _worked(local.date(), day_off, calendar)
        if day is not None and (last is None or day > last):
            return Occurrence(local, day, _instant(day, local.time(), calendar))
        local = parsed.after(local)
    return None


def _parsed(rule: str, starts: datetime) -> rrule:
    # A day as its end means all of it.
    whole = re.sub(r"UNTIL=(\d{8})(?=;|$)", r"UNTIL=\1T235959", rule)
    try:
        found = rrulestr(whole, dtstart=starts)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise BadRule(f"the rule can't be read: {str(error)[:100]}") from error
    if not isinstance(found, rrule):
        raise BadRule("one rule at a time")
    return found


def _require_a_day(parts: dict[str, str]) -> None:
    """Refuse days that no month has: the search for them would not end."""
    try:
        days = [int(one) for one in parts["BYMONTHDAY"].split(",")] if "BYMONTHDAY" in parts else []
        months = [int(one) for one in parts["BYMONTH"].split(",")] if "BYMONTH" in parts else list(range(1, 13))
    except ValueError:
        raise BadRule("BYMONTHDAY and BYMONTH are lists of numbers") from None
    if any(not 1 <= month <= 12 for month in months) or any(not 1 <= abs(day) <= 31 for day in days):
        raise BadRule("months are 1 to 12, days of a month 1 to 31 or -1 to -31")
    if days and all(abs(day) > _DAYS.get(month, 31) for day in days for month in months):
        raise BadRule("there is no such day in these months")


def _worked(day: date, day_off: DayOff, calendar: BusinessCalendar) -> date | None:
    if day_off == "as_is" or calendar.is_business_day(day):
        return day
    if day_off == "skip":
        return None
    return calendar.today(calendar.next_business_day(calendar.end_of_day(day)))


def _instant(day: date, at: time, calendar: BusinessCalendar) -> datetime:
    # An hour that the clocks skip becomes the instant after the change; of one that comes twice, the first.
    return datetime.combine(day, at, tzinfo=calendar.zone).astimezone(UTC)
