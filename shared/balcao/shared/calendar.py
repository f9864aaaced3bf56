"""Business days and hours of a company, in its own time zone: nothing here reads a clock."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from balcao.shared.errors import Refused

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE_DAY = timedelta(days=1)
_LOOKS_AHEAD = 366 * 30
_MOST_OWN = 200


class NoBusinessDay(Refused):
    """The company's calendar has no working day in sight."""


def _is_a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone; give an IANA name such as America/Sao_Paulo") from None
    return name


TimeZoneName = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_is_a_zone)]


class OwnHoliday(BaseModel):
    """A day the company does not work, or does although the calendar says otherwise."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    # Kept as text: the database has no type for a day without a time.
    day: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] = Field(description="YYYY-MM-DD.")
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    yearly: bool = Field(default=False, description="Each year on this day of the month.")
    works: bool = Field(default=False, description="The other way round: a holiday or weekend on which it works.")

    @model_validator(mode="after")
    def _is_a_day(self) -> Self:
        date.fromisoformat(self.day)  # ValueError: there is no such day
        return self

    def falls_on(self, day: date) -> bool:
        """Whether it is on this day."""
        own = date.fromisoformat(self.day)
        return own == day or (self.yearly and (own.month, own.day) == (day.month, day.day))


class WorkingTime(BaseModel):
    """When a company works: weekdays, hours, and the holidays it keeps."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    weekdays: tuple[Weekday, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"), min_length=1, max_length=7)
    opens: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        default="09:00", description="Local time, HH:MM."
    )
    closes: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        default="18:00", description="Local time, HH:MM, the same day; after `opens`."
    )
    country: str | None = Field(default="BR", description="ISO 3166 code of the country whose holidays are kept.")
    state: str | None = Field(default=None, description="State or province, e.g. SP: its holidays too.")
    optional_holidays: bool = Field(
        default=False, description="Also days off by custom (pontos facultativos), such as Carnival and Corpus Christi."
    )
    own: tuple[OwnHoliday, ...] = Field(default=(), max_length=_MOST_OWN, description="The company's own days.")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("`closes` must be later than `opens`")
        known = holidays.list_supported_countries()
        if self.country is not None and self.country not in known:
            raise ValueError(f"no holidays are known for the country {self.country!r}")
        if self.state is not None and (self.country is None or self.state not in known[self.country]):
            raise ValueError(f"no state {self.state!r} is known in {self.country or 'no country'}")
        return self


class BusinessCalendar:
    """A company's business days. Takes and gives aware instants; what it gives is UTC."""

    def __init__(self, time_zone: str, working: WorkingTime | None = None, locale: str = "pt-BR") -> None:
        self._locale = locale
        self.working = working or WorkingTime()
        self.zone = ZoneInfo(time_zone)
        self._opens = time.fromisoformat(self.working.opens)
        self._closes = time.fromisoformat(self.working.closes)
        self._weekdays = {WEEKDAYS.index(name) for name in self.working.weekdays}

    def today(self, at: datetime) -> date:
        """The day it is for the company at an instant."""
        return at.astimezone(self.zone).date()

    def holiday(self, day: date) -> str | None:
        """Why the company does not work on a day, weekends aside; none when it is no holiday."""
        own = [one for one in self.working.own if one.falls_on(day)]
        if any(one.works for one in own):
            return None
        if own:
            return own[0].name
        kept = self.working
        if kept.country is None:
            return None
        name: str | None = _public(kept.country, kept.state, kept.optional_holidays, self._locale).get(day)
        return name

    def is_business_day(self, day: date) -> bool:
        """Whether the company works on a day."""
        if any(one.works and one.falls_on(day) for one in self.working.own):
            return True
        return day.weekday() in self._weekdays and self.holiday(day) is None

    def is_open(self, at: datetime) -> bool:
        """Whether an instant is within business hours."""
        local = at.astimezone(self.zone)
        return self.is_business_day(local.date()) and self._opens <= local.time() < self._closes

    def next_business_day(self, at: datetime) -> datetime:
        """The end of the first working day after the day of `at` (W16)."""
        return self.add_business_days(at, 1)

    def add_business_days(self, at: datetime, n: int) -> datetime:
        """The end of the `n`th working day after the day of `at`; n = 0 is that day, or the next one that is worked.

        Whatever the hour: what is asked for late in the evening counts as asked for that day. With n = 0 and the day's
        closing time gone by, it is the next working day, so that the answer is always later than `at`. Raises
        `NoBusinessDay`.
        """
        if n < 0:
            raise ValueError("business days are added, never taken away")
        day = self.today(at)
        if n == 0:
            here = self.is_business_day(day) and at < self.end_of_day(day)
            return self.end_of_day(day) if here else self.add_business_days(at, 1)
        for worked, after in enumerate(self._worked_after(day), start=1):
            if worked == n:
                return self.end_of_day(after)
        raise NoBusinessDay("the company's calendar has no working day in sight; correct its holidays and weekdays")

    def add_working_time(self, at: datetime, minutes: int) -> datetime:
        """The instant at which so many minutes of business hours have passed since `at`; work stops at closing time.

        With none to pass, the first instant from `at` on that is within business hours. Raises `NoBusinessDay`.
        """
        if minutes < 0:
            raise ValueError("working time is added, never taken away")
        left, day = timedelta(minutes=minutes), self.today(at)
        for _ in range(_LOOKS_AHEAD):
            begins, ends = max(self._instant(day, self._opens), at), self.end_of_day(day)
            if self.is_business_day(day) and begins < ends:
                if left <= ends - begins:
                    return begins + left
                left -= ends - begins
            day += _ONE_DAY
        raise NoBusinessDay("the company's calendar has no working day in sight; correct its holidays and weekdays")

    def working_days(self, first: date, last: date) -> int:
        """How many working days there are from one day to another, both counted."""
        days = (last - first).days + 1
        return sum(self.is_business_day(first + timedelta(days=n)) for n in range(days))

    def business_days_before(self, at: datetime, n: int) -> datetime:
        """The beginning of business on the `n`th working day before the day of `at`: for reminders. Raises
        `NoBusinessDay`."""
        day, left = self.today(at), n
        for _ in range(_LOOKS_AHEAD):
            if left <= 0:
                return self._instant(day, self._opens)
            day -= _ONE_DAY
            left -= self.is_business_day(day)
        raise NoBusinessDay("the company's calendar has no working day in sight; correct its holidays and weekdays")

    def end_of_day(self, day: date) -> datetime:
        """When business ends on a day, worked or not."""
        return self._instant(day, self._closes)

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """The first instant of a day and the first of the next one, by the company's clock: 23 to 25 hours apart."""
        return self._instant(day, time.min), self._instant(day + _ONE_DAY, time.min)

    def _worked_after(self, day: date) -> Iterator[date]:
        for _ in range(_LOOKS_AHEAD):
            day += _ONE_DAY
            if self.is_business_day(day):
                yield day

    def _instant(self, day: date, at: time) -> datetime:
        # An hour that the clocks skip becomes the instant after the change; of one that comes twice, the first.
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _public(country: str, state: str | None, optional: bool, locale: str) -> holidays.HolidayBase:
    """A country's holidays, named in the company's language where the library knows it, else in the country's own; the
    library fills in each year when it is first asked for."""
    wanted: tuple[str, ...] = ("public",)
    if optional and "optional" in getattr(holidays, country).supported_categories:
        wanted = ("public", "optional")
    language = {"pt-BR": "pt_BR", "en": "en_US"}.get(locale, "")
    known = getattr(holidays, country)
    language = language if language in known.supported_languages else known.default_language
    return holidays.country_holidays(country, subdiv=state, categories=wanted, language=language)
