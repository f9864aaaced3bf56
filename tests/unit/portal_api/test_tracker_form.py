"""What the forms of a tracker say, as `workflow` is told of it."""

from typing import Any

import pytest
from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.tracker_form import (
    BadRequestForm,
    inbound_of,
    mapping_of,
    outbound_of,
    phases_of,
    request_field,
)

EXPRESSIONS = [("mapping.id", "item.id"), ("mapping.title", "item.title"), ("mapping.at", "item.at")]


def form(*pairs: tuple[str, str]) -> FormData:
    return FormData([("name", "Fábrica"), *pairs])


def test_rows_without_a_state_are_left_out_and_an_empty_meaning_switches_a_ready_one_off() -> None:
    rows = [("phase_state", " pronto "), ("phase_meaning", "@done"), ("phase_state", ""), ("phase_meaning", "@todo")]
    off = [("phase_state", "closed"), ("phase_meaning", "")]
    said = inbound_of(form(*rows, *off, *EXPRESSIONS, ("creates", "1")), "github")
    assert said["phases"] == {"pronto": "@done", "closed": ""}
    assert (said["creates"], said["names_tickets"], said["task_type"]) == (True, False, None)


def test_expressions_count_where_they_are_asked_for_or_where_there_are_no_ready_ones() -> None:
    states = ("mapping.states", "item.state\r\n\r\n item.label ")
    assert inbound_of(form(*EXPRESSIONS, states), "jira")["mapping"] is None
    for asked in (form(*EXPRESSIONS, states), form(*EXPRESSIONS, states, ("own_mapping", "1"))):
        kind = "jira" if "own_mapping" in asked else "generic"
        mapping = inbound_of(asked, kind)["mapping"]
        assert (mapping["id"], mapping["label"]) == ("item.id", "")
        assert mapping["states"] == ["item.state", "item.label"]


def test_what_it_is_told_keeps_what_the_form_does_not_show_and_its_credentials() -> None:
    saved: dict[str, Any] = {"task_types": ["video"], "requests": {}, "id_at": "", "url_at": "", "project": "old/one"}
    pairs = [
        ("told", "1"),
        ("tells", "created"),
        ("tells", "made up"),
        ("project", "octo/site"),
        ("credentials.token", ""),
    ]
    labels = [("there.doing", "em curso"), ("there.done", "")]
    said = outbound_of(form(*pairs, *labels), "github", saved) or {}
    assert (said["tells"], said["project"], said["phases"]) == (["created"], "octo/site", {"doing": "em curso"})
    assert (said["task_types"], "credentials" in said) == (["video"], False)
    with_token = outbound_of(form(("told", "1"), ("credentials.token", "t0k3n")), "github", None) or {}
    assert with_token["credentials"] == {"token": "t0k3n"}
    assert outbound_of(form(("project", "octo/site")), "github", saved) is None


def test_a_tracker_of_no_ready_kind_is_told_of_what_has_an_address_and_by_the_requests_written() -> None:
    created = request_field("created")
    pairs = [
        ("told", "1"),
        (f"{created}.url", "https://tracker.test/items"),
        (f"{created}.body", '{"title": "{title}"}'),
        (f"{request_field('moved')}.method", "PUT"),
        ("headers", "Authorization: Bearer a:b\n\nX-Team: 7"),
        ("id_at", "data.id"),
        ("url_at", ""),
    ]
    said = outbound_of(form(*pairs), "generic", {"task_types": ["video"]}) or {}
    assert (said["tells"], said["task_types"]) == (["created"], ["video"])
    assert said["requests"] == {
        "created": {"method": "POST", "url": "https://tracker.test/items", "body": {"title": "{title}"}}
    }
    assert (said["credentials"], said["id_at"]) == ({"Authorization": "Bearer a:b", "X-Team": "7"}, "data.id")
    assert "credentials" not in (outbound_of(form(("told", "1")), "generic", None) or {})


@pytest.mark.parametrize(
    ("pairs", "where"),
    [
        ([("outbound.requests.created.url", "https://t.test"), ("outbound.requests.created.body", "{")], "body"),
        ([("headers", "Authorization")], "headers"),
        ([("headers", ": value")], "headers"),
        ([("headers", "X-Team:")], "headers"),
    ],
)
def test_a_body_that_is_no_json_and_a_header_without_name_or_value_are_named(
    pairs: list[tuple[str, str]], where: str
) -> None:
    with pytest.raises(BadRequestForm) as refused:
        outbound_of(form(("told", "1"), *pairs), "generic", None)
    assert refused.value.details["errors"][0]["where"].endswith(where)


def test_a_mapping_is_the_companys_own_when_it_is_not_the_ready_one() -> None:
    ready = {"mapping": {"id": "issue.id", "states": ["a", "b"]}}
    assert mapping_of(None, ready) == {"saved": ready["mapping"], "own": False, "states": "a\nb"}
    assert mapping_of({"mapping": ready["mapping"]}, ready)["own"] is False
    assert mapping_of({"mapping": {"id": "other"}}, ready)["own"] is True
    assert mapping_of(None, {"mapping": None})["saved"] == {}


def test_a_phase_that_several_types_have_is_asked_for_once() -> None:
    types = [
        {"phases": [{"id": "todo", "name": "A fazer"}, {"id": "done", "name": "Concluída"}]},
        {"phases": [{"id": "todo", "name": "Pauta"}, {"id": "done", "name": "Concluída"}]},
    ]
    assert phases_of(types) == {"todo": "A fazer / Pauta", "done": "Concluída"}
