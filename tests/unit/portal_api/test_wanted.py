"""The address of a list: what it asks for, and where its links lead."""

import pytest
from starlette.datastructures import QueryParams

from balcao.portal_api.pages.wanted import ACTIVE, Wanted

VIEW = {
    "id": "v1",
    "version": 3,
    "name": "Urgentes do site",
    "filter": {"status": ["draft", "open", "waiting"], "band": ["urgent", "high"], "tag": ["t1"], "highlighted": True},
    "order": "updated",
    "text": "",
}


def wanted(query: str, view: dict[str, object] | None = None) -> Wanted:
    return Wanted.of(QueryParams(query), view)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", "all"),
        ("stage=planning", "all"),
        ("stage=triage", "triage"),
        ("analyst=me", "mine"),
        ("analyst=me&stage=delivery", "mine"),
        ("executor=me", "with_me"),
        ("status=waiting", "waiting"),
        ("executor=me&work=overdue", "overdue"),
        ("analyst=me&band=urgent", "filtered"),
        ("order=newest", "all"),
    ],
)
def test_a_list_is_a_place_of_the_rail_by_its_filters(query: str, place: str) -> None:
    """H9"""
    assert wanted(query).place == place


def test_a_form_may_repeat_a_filter_and_leave_others_empty() -> None:
    asked = wanted("status=open&status=waiting&analyst=&kind=fix,quote&unknown=1&highlighted=1")
    assert asked.filters == {"status": "open,waiting", "kind": "fix,quote", "highlighted": "true"}
    assert asked.query() == "?status=open,waiting&kind=fix,quote&highlighted=true"


def test_changing_a_filter_begins_at_the_first_page_and_keeps_the_others() -> None:
    asked = wanted("analyst=me&stage=triage&order=newest&after=95.7&trail=-,95.90")
    assert asked.query(stage="planning") == "?stage=planning&analyst=me&order=newest"
    assert asked.query(analyst=None) == "?stage=triage&order=newest"


def test_what_is_given_beside_a_view_replaces_it_and_an_empty_filter_takes_it_away() -> None:
    asked = wanted("view=v1&band=low&tag=", VIEW)
    assert asked.filters == {"status": "active", "band": "low", "highlighted": "true"}
    assert asked.place == "view:v1"
    assert asked.is_changed
    assert not wanted("view=v1&band=urgent,high", VIEW).is_changed
    assert wanted("view=v1", VIEW).query(tag=None) == "?view=v1&tag="
    assert wanted("view=v1&band=low", VIEW).query(band=None) == "?view=v1&band="


def test_a_view_without_a_situation_shows_any() -> None:
    """So says the saved view itself; a list without a view shows what needs somebody."""
    assert wanted("view=v1", {**VIEW, "filter": {}}).asked == {"status": "any"}
    assert wanted("").asked == {}


def test_what_a_list_shows_is_what_its_view_keeps(subtests: pytest.Subtests) -> None:
    for query, kept in (
        ("", {"status": sorted(ACTIVE)}),
        ("status=any&tag=t1,t2", {"tag": ["t1", "t2"]}),
        ("status=resolved&highlighted=true", {"status": ["resolved"], "highlighted": True}),
        ("analyst=me&promised_until=2026-12-24", {"status": sorted(ACTIVE), "analyst": ["me"]}),
    ):
        with subtests.test(query):
            content = wanted(query).content()
            assert content.pop("promised_until", None) == ("2026-12-24" if "promised" in query else None)
            assert content == kept
    assert wanted("view=v1", VIEW).content() == {**VIEW["filter"], "status": sorted(ACTIVE)}  # type: ignore[dict-item]


def test_pages_lead_on_and_back_the_way_one_came() -> None:
    first = wanted("analyst=me")
    second = wanted(first.following("95.40").lstrip("?"))
    third = wanted(second.following("20.31").lstrip("?"))
    assert (first.page_number, second.page_number, third.page_number) == (1, 2, 3)
    assert first.previous is None
    assert second.previous == first.query() == "?analyst=me"
    assert third.previous == first.following("95.40")
    assert wanted("analyst=me&after=20.31").previous == "?analyst=me"
    assert wanted("analyst=me&after=20.31").page_number is None


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", "rank"),
        ("status=open", "rank"),
        ("status=any", "newest"),
        ("status=resolved", "newest"),
        ("order=x", "rank"),
    ],
)
def test_urgent_ones_come_first_where_somebody_is_needed(query: str, order: str) -> None:
    """O9"""
    assert wanted(query).order_shown == order
