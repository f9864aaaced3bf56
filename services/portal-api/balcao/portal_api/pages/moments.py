"""Times as people read them: in their company's zone and their language, always with the full date at hand."""

import math
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from balcao.portal_api.language import Language
from balcao.shared.catalogues import N_

_NEAR_DAYS = {-1: N_("yesterday"), 0: N_("today"), 1: N_("tomorrow")}


class Written(NamedTuple):
    """A time as a page shows it: for machines, whole for titles, and in few words."""

    iso: str
    full: str
    words: str
    until: int | None = None
    """When the words are true no more (milliseconds since 1970); none where they stay true for days."""


class Moments:
    """Writes instants for one person, as of one moment."""

    def __init__(self, language: Language, time_zone: str, now: datetime) -> None:
        self._language = language
        self._zone = ZoneInfo(time_zone)
        self._now = now.astimezone(self._zone)

    def read(self, value: str | datetime | None) -> datetime | None:
        """An instant from JSON, in the company's zone."""
        if value is None or value == "":
            return None
        return _read(value, self._zone)

    def written(self, value: str | datetime | None, how: str = "stamp") -> Written | None:
        """An instant as `stamp`, `ago` or `due` says it, with all else a page shows of it; none for none."""
        if value is None or value == "":
            return None
        words = {"stamp": self.stamp, "ago": self.ago, "due": self.due}[how](value)
        return Written(*_named(value, self._zone, self._language.locale), words, self._until(value, how))

    def iso(self, value: str | datetime | None) -> str:
        """For the `datetime` attribute."""
        return "" if value is None or value == "" else _named(value, self._zone, self._language.locale)[0]

    def full(self, value: str | datetime | None) -> str:
        """The whole date with weekday, time and zone, for titles."""
        return "" if value is None or value == "" else _named(value, self._zone, self._language.locale)[1]

    def day(self, value: str | datetime | None) -> str:
        """The day alone, for headings: `hoje`, `ontem`, `sex 20 nov`."""
        instant = self.read(value)
        return (self._day(instant) or self._date(instant)) if instant else "—"

    def stamp(self, value: str | datetime | None) -> str:
        """When something happened, in a conversation: `hoje 10:42`, `sex 20 nov, 10:42`."""
        instant = self.read(value)
        if instant is None:
            return "—"
        day = self._day(instant)
        return f"{day} {self._time(instant)}" if day else f"{self._date(instant)}, {self._time(instant)}"

    def hour(self, value: str | datetime | None) -> str:
        """The time of day alone: `14:02`."""
        instant = self.read(value)
        return self._time(instant) if instant else "—"

    def seconds_until(self, value: str | datetime | None) -> int:
        """Whole seconds until an instant; 0 when it has been."""
        instant = self.read(value)
        return max(0, math.ceil((instant - self._now).total_seconds())) if instant else 0

    def due(self, value: str | datetime | None) -> str:
        """A promised date, in a list: the time only today, else the day."""
        instant = self.read(value)
        if instant is None:
            return "—"
        day = self._day(instant)
        if day and self._days_off(instant) == 0:
            return f"{day} {self._time(instant)}"
        return day or self._date(instant)

    def date(self, value: str | datetime | None) -> str:
        """A day by its date, be it today: `seg 23 nov`."""
        instant = self.read(value)
        return self._date(instant) if instant else "—"

    def due_state(self, value: str | datetime | None) -> str:
        """`late`, `today` or nothing."""
        instant = self.read(value)
        if instant is None:
            return ""
        if instant < self._now:
            return "late"
        return "today" if self._days_off(instant) == 0 else ""

    def ago(self, value: str | datetime | None) -> str:
        """How long ago, in a list: minutes and hours today, else the day."""
        instant = self.read(value)
        if instant is None:
            return "—"
        passed = self._now - instant
        if passed < timedelta(minutes=1):
            return self._language.gettext("just now")
        if passed < timedelta(hours=1):
            return self._language.gettext("%(count)s min ago") % {"count": int(passed.total_seconds() // 60)}
        if passed < timedelta(hours=12) and self._days_off(instant) == 0:
            return self._language.gettext("%(count)s h ago") % {"count": int(passed.total_seconds() // 3600)}
        return self._day(instant) or self._date(instant)

    def day_of(self, day: str) -> str:
        """A day without a time, such as `2026-12-25`: `sex 25 dez`."""
        midday = datetime.fromisoformat(day).replace(hour=12, tzinfo=self._zone)
        return self._format(midday, "EEE d MMM").replace(".", "")

    def for_input(self, value: str | datetime | None) -> str:
        """For `<input type="datetime-local">`."""
        instant = self.read(value)
        return instant.strftime("%Y-%m-%dT%H:%M") if instant else ""

    def _until(self, value: str | datetime, how: str) -> int | None:
        """When `ago` or `due` says something else of an instant, or it is overdue: milliseconds since 1970."""
        instant = _read(value, self._zone)
        if how == "stamp" or not -1 <= self._days_off(instant) <= 2:
            return None
        tomorrow = datetime.combine(self._now.date() + timedelta(days=1), time.min, self._zone)
        changes, passed = [tomorrow], self._now - instant
        if how == "due" and passed < timedelta():
            changes.append(instant)
        elif how == "ago" and passed < timedelta(hours=12):
            step = timedelta(minutes=1) if passed < timedelta(hours=1) else timedelta(hours=1)
            changes.append(instant + (passed // step + 1) * step)
        return int(min(changes).timestamp() * 1000)

    def _days_off(self, instant: datetime) -> int:
        return (instant.date() - self._now.date()).days

    def _day(self, instant: datetime) -> str:
        word = _NEAR_DAYS.get(self._days_off(instant))
        return self._language.gettext(word) if word else ""

    def _time(self, instant: datetime) -> str:
        return instant.strftime("%H:%M")

    def _date(self, instant: datetime) -> str:
        near = abs((instant - self._now).days) < 300
        # Babel puts dots after short names; they only add noise here.
        midday = instant.replace(hour=12, minute=0)
        return self._format(midday, "EEE d MMM" if near else "d MMM y").replace(".", "")

    def _format(self, instant: datetime, pattern: str) -> str:
        return _formatted(instant.replace(second=0, microsecond=0), pattern, self._zone, self._language.locale)


@lru_cache(8192)
def _read(value: str | datetime, zone: ZoneInfo) -> datetime:
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return instant.astimezone(zone) if instant.tzinfo else instant.replace(tzinfo=zone)


@lru_cache(8192)
def _named(value: str | datetime, zone: ZoneInfo, locale: str) -> tuple[str, str]:
    """An instant for machines, and whole."""
    instant = _read(value, zone)
    pattern = "EEEE, d 'de' MMMM 'de' y, HH:mm" if locale == "pt_BR" else "EEEE d MMMM y, HH:mm"
    full = _formatted(instant.replace(second=0, microsecond=0), pattern, zone, locale)
    return instant.isoformat(timespec="seconds"), f"{full} ({instant.tzname()})"


@lru_cache(8192)
def _formatted(minute: datetime, pattern: str, zone: ZoneInfo, locale: str) -> str:
    """Babel takes a quarter of a millisecond for a date, and pages repeat the same ones."""
    return format_datetime(minute, pattern, tzinfo=zone, locale=locale)
