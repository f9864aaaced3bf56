"""What people type into forms about tasks, and which filters a list of tasks has."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import FormData, QueryParams

from balcao.portal_api.domain.conditions import BadDate, BadDuration, BadLink, NoSuchNumber, NoTitle
from balcao.portal_api.language import load_languages
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.recurrences import read_rule
from balcao.portal_api.pages.task_form import TaskForm
from balcao.portal_api.pages.tasks import Wanted
from balcao.shared import clock
from balcao.shared.errors import Invalid

ZONE = "America/Sao_Paulo"


def form(*fields: tuple[str, str]) -> TaskForm:
    return TaskForm(FormData(list(fields)), Moments(load_languages()["pt-BR"], ZONE, clock.now()))


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("90", 90),
        ("1:30", 90),
        ("1h30", 90),
        ("1 h 30 min", 90),
        ("2h", 120),
        ("1,5h", 90),
        ("45 min", 45),
        ("0", 0),
        ("", None),
    ],
)
def test_how_long_is_written_as_people_write_it(typed: str, minutes: int | None) -> None:
    assert form(("spent", typed)).minutes("spent") == minutes


@pytest.mark.parametrize(
    ("name", "typed", "refused"),
    [
        ("minutes", "an hour", BadDuration),
        ("minutes", "1:75", BadDuration),
        ("number", "abc", NoSuchNumber),
        ("number", "0", NoSuchNumber),
        ("number", "99999999999", NoSuchNumber),
        ("instant", "31/12", BadDate),
        ("day", "amanhã", BadDate),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(name: str, typed: str, refused: type[Invalid]) -> None:
    with pytest.raises(refused):
        getattr(form(("field", typed)), name)("field")


@pytest.mark.parametrize("typed", ["12", "#12", "T-12", "t12"])
def test_a_number_may_wear_its_sign(typed: str) -> None:
    assert form(("ticket", typed)).number("ticket") == 12


def test_a_date_is_by_the_companys_clock() -> None:
    instant = form(("due", "2026-12-01T18:00")).instant("due")
    assert instant is not None
    assert instant.startswith("2026-12-01T18:00")
    assert instant.endswith("-03:00"), ZoneInfo(ZONE)


def test_links_stand_one_a_line_with_what_they_are_called() -> None:
    links = form(("links", "https://a.test/x  Prova final\r\n\r\nhttps://b.test")).links()
    assert links == [{"url": "https://a.test/x", "title": "Prova final"}, {"url": "https://b.test", "title": ""}]
    with pytest.raises(BadLink):
        form(("links", "javascript:alert(1)")).links()


def test_a_new_task_needs_a_title_and_takes_an_editors_words_before_plain_ones() -> None:
    with pytest.raises(NoTitle):
        form(("title", "  ")).wanted()
    body = form(
        ("title", "Banner"), ("text", "Natal"), ("html", "<b>Natal</b>"), ("checklist", "Logo\n\n Cores "), ("tag", "a")
    ).wanted()
    assert (body["html"], "description" in body, body["checklist"], body["tags"]) == (
        "<b>Natal</b>",
        False,
        ["Logo", "Cores"],
        ["a"],
    )


def test_a_list_begins_with_ones_own_open_tasks_and_every_link_keeps_the_other_filters() -> None:
    assert Wanted.of(QueryParams("")).asked() == {
        "executor": "me",
        "state": "open",
        "task_type": None,
        "phase": None,
        "tag": None,
        "late": None,
    }
    wanted = Wanted.of(QueryParams("executor=any&phase=doing&due=late&state=completed&after=x&other=1"))
    assert (wanted.executor, wanted.state, wanted.late) == (None, "open", True), "what is late is open"
    assert wanted.query(phase=None) == "?executor=any&state=completed&due=late"


@pytest.mark.parametrize(
    ("query", "task", "reason"),
    [
        ("", {}, ""),
        ("", {"state": "completed"}, "state"),
        ("", {"executor": {"person_id": "bia"}}, "executor"),
        ("executor=any", {"executor": None}, ""),
        ("phase=doing", {}, ""),
        ("phase=todo", {}, "phase"),
        ("type=other", {}, "type"),
        ("tag=site", {}, "tag"),
        ("due=late", {}, "due"),
    ],
)
def test_a_row_says_which_filter_it_left(query: str, task: dict[str, Any], reason: str) -> None:
    now = {"state": "open", "executor": {"person_id": "paulo"}, "type_id": "type", "phase": {"id": "doing"}, "tags": []}
    assert Wanted.of(QueryParams(query)).left_because({**now, **task}, "paulo", late=False) == reason


def test_a_rhythm_is_read_back_into_its_fields_and_any_other_rule_stays_as_it_stands() -> None:
    assert read_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=10") == {
        "freq": "WEEKLY",
        "every": 2,
        "days": ["MO", "TH"],
        "count": "10",
    }
    for rule in ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=MO", "FREQ=DAILY;UNTIL=20271231"):
        assert read_rule(rule) == {"rule": rule}
