"""Times as people read them."""

from datetime import UTC, datetime

import pytest

from balcao.portal_api.language import load_languages
from balcao.portal_api.pages.moments import Moments

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
"""Saturday, 12:30 in São Paulo."""
LANGUAGES = load_languages()


def at(language: str = "pt-BR") -> Moments:
    return Moments(LANGUAGES[language], "America/Sao_Paulo", NOW)


@pytest.mark.parametrize(
    ("instant", "stamp", "due", "state"),
    [
        ("2026-11-21T15:00:00Z", "hoje 12:00", "hoje 12:00", "late"),
        ("2026-11-21T20:00:00Z", "hoje 17:00", "hoje 17:00", "today"),
        ("2026-11-22T02:59:00Z", "hoje 23:59", "hoje 23:59", "today"),
        ("2026-11-22T03:00:00Z", "amanhã 00:00", "amanhã", ""),
        ("2026-11-20T15:00:00Z", "ontem 12:00", "ontem", "late"),
        ("2026-11-23T15:00:00Z", "seg 23 nov, 12:00", "seg 23 nov", ""),
        ("2025-01-06T15:00:00Z", "6 jan 2025, 12:00", "6 jan 2025", "late"),
        (None, "—", "—", ""),
    ],
    ids=[
        "earlier today",
        "later today",
        "last minute of today",
        "first of tomorrow",
        "yesterday",
        "monday",
        "long ago",
        "none",
    ],
)
def test_days_are_those_of_the_company_not_of_utc(instant: str | None, stamp: str, due: str, state: str) -> None:
    assert (at().stamp(instant), at().due(instant), at().due_state(instant)) == (stamp, due, state)


@pytest.mark.parametrize(
    ("instant", "ago"),
    [
        ("2026-11-21T15:29:31Z", "agora"),
        ("2026-11-21T15:26:00Z", "há 4 min"),
        ("2026-11-21T12:00:00Z", "há 3 h"),
        ("2026-11-20T23:00:00Z", "ontem"),
        ("2026-11-17T12:00:00Z", "ter 17 nov"),
    ],
)
def test_how_long_ago_is_said_only_while_it_means_something(instant: str, ago: str) -> None:
    assert at().ago(instant) == ago


def test_the_whole_date_is_always_at_hand() -> None:
    assert at().full("2026-11-23T15:00:00Z") == "segunda-feira, 23 de novembro de 2026, 12:00 (-03)"
    assert at("en").full("2026-11-23T15:00:00Z") == "Monday 23 November 2026, 12:00 (-03)"
    assert at().iso("2026-11-23T15:00:00Z") == "2026-11-23T12:00:00-03:00"


def test_what_is_typed_is_the_companys_time() -> None:
    typed = at().read("2026-11-23T12:00")

    assert typed is not None
    assert typed.astimezone(UTC) == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("how", "instant", "until"),
    [
        ("ago", "2026-11-21T15:29:31Z", "2026-11-21T15:30:31Z"),
        ("ago", "2026-11-21T15:26:00Z", "2026-11-21T15:31:00Z"),
        ("ago", "2026-11-21T13:10:00Z", "2026-11-21T16:10:00Z"),
        ("ago", "2026-11-20T15:00:00Z", "2026-11-22T03:00:00Z"),
        ("ago", "2026-11-18T15:00:00Z", None),
        ("due", "2026-11-21T20:00:00Z", "2026-11-21T20:00:00Z"),
        ("due", "2026-11-21T15:00:00Z", "2026-11-22T03:00:00Z"),
        ("due", "2026-11-23T15:00:00Z", "2026-11-22T03:00:00Z"),
        ("due", "2026-12-20T15:00:00Z", None),
        ("stamp", "2026-11-21T15:29:31Z", None),
    ],
    ids=[
        "just now",
        "minutes",
        "hours",
        "yesterday, until midnight",
        "days ago",
        "due later today",
        "overdue today",
        "due in two days",
        "due in a month",
        "in a conversation",
    ],
)
def test_words_say_until_when_they_are_true(how: str, instant: str, until: str | None) -> None:
    written = at().written(instant, how)
    assert written is not None
    assert written.until == (datetime.fromisoformat(until).timestamp() * 1000 if until else None)
