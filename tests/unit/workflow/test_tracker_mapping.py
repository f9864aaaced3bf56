"""Reading what trackers send: the documented payloads, hostile ones, and expressions that would grow without bound."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.shared.errors import Invalid
from balcao.workflow.domain.expressions import BadExpression, Expression
from balcao.workflow.domain.ready_trackers import READY
from balcao.workflow.domain.tracker_mapping import Mapping, NotMapped, OutsideChange, TrackerKind, read_payload
from balcao.workflow.domain.tracker_outbound import BadTemplate, Template, filled
from balcao.workflow.domain.tracker_signatures import delivery_key, is_signed
from tests.support import tracker_payloads as payloads

RECEIVED = datetime(2026, 6, 1, tzinfo=UTC)
SIMPLE = Mapping(id="id", title="title", at="at", states=("state",), description="text", url="url", ticket="ticket")


def read(kind: TrackerKind, payload: Any, mapping: Mapping | None = None, pages_url: str = "") -> OutsideChange | None:
    return read_payload(kind, mapping or READY[kind], payload, RECEIVED, pages_url)


def simple(**values: Any) -> OutsideChange:
    payload = {"id": "1", "title": "t", "at": "2026-03-02T09:00:00Z", **values}
    found = read("generic", payload, SIMPLE, "https://desk.example/agencia")
    assert found is not None
    return found


def test_a_github_issue_is_read_as_documented() -> None:
    found = read("github", payloads.github("closed", state="closed", state_reason="not_planned", labels=["Bug"]))
    assert found is not None
    assert (found.outside_id, found.url) == ("octo/site#12", "https://github.com/octo/site/issues/12")
    assert found.states == ("closed as not_planned", "closed", "bug")
    assert found.at == payloads.BEGIN


def test_pull_requests_pings_and_other_events_are_not_for_us() -> None:
    pull = payloads.github("opened")
    pull["issue"]["pull_request"] = {"url": "x"}
    others: list[Any] = [pull, {"zen": "Keep it logically awesome.", "hook_id": 1}, {}, [], None, "text", 7]
    for payload in others:
        assert read("github", payload) is None
    assert read("jira", {"webhookEvent": "comment_created", "issue": {"id": "1"}}) is None
    assert read("trello", payloads.trello("commentCard", list_name="A")) is None
    assert read("trello", {"action": {"type": "updateBoard", "data": {"board": {}}}}) is None


def test_jira_names_its_page_and_its_status_before_its_category() -> None:
    found = read("jira", payloads.jira("jira:issue_updated", status="Em Revisão", category="indeterminate"))
    assert found is not None
    assert (found.outside_id, found.label) == ("10002", "SITE-7")
    assert found.url == "https://farol.atlassian.net/browse/SITE-7"
    assert found.states == ("em revisao", "indeterminate")
    adf = payloads.jira("jira:issue_created", status="To Do", category="new")
    adf["issue"]["fields"]["description"] = {"type": "doc", "content": []}
    with_document = read("jira", adf)
    assert with_document is not None
    assert with_document.description == ""


def test_a_trello_card_goes_where_it_was_moved_to() -> None:
    found = read("trello", payloads.trello("updateCard", before="A fazer", after="Fazendo"))
    assert found is not None
    assert found.states[:2] == ("fazendo", "list-fazendo")
    archived = payloads.trello("updateCard", list_name="Feito")
    archived["action"]["data"]["card"]["closed"] = True
    gone = read("trello", archived)
    assert gone is not None
    assert gone.states[0] == "archived"


def test_a_deleted_trello_card_is_known_without_its_name() -> None:
    found = read("trello", payloads.trello("deleteCard", list_name="Fazendo"))
    assert found is not None
    assert (found.outside_id, found.title, found.states[0]) == ("59bc8e2d", "H0TZyzbK", "deleted")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Balcao-Ticket: #123", (123,)),
        ("balcão-ticket:7 e Balcao-Ticket: 8", (7, 8)),
        ("veja https://desk.example/agencia/desk/tickets/55.", (55,)),
        ("[o pedido](https://desk.example/agencia/my/tickets/55#reply)", (55,)),
        (
            "https://desk.example/agencia/desk/tickets/55/history e https://desk.example/agencia/desk/tickets/56",
            (55, 56),
        ),
        ("https://desk.example/outra/desk/tickets/55", ()),
        ("https://evil.example/agencia/desk/tickets/55", ()),
        ("https://desk.example/agencia/desk/tasks/55", ()),
        ("https://desk.example/tickets/55", ()),
        ("Balcao-Ticket: 0, #5, Balcao-Ticket: 12345678901234", ()),
        ("ticket #9", ()),
    ],
)
def test_tickets_are_named_by_a_mark_or_by_their_own_address(text: str, numbers: tuple[int, ...]) -> None:
    assert simple(text=text).tickets == numbers


def test_a_field_may_name_the_ticket() -> None:
    assert simple(ticket=12).tickets == (12,)
    assert simple(ticket="#12").tickets == (12,)
    assert simple(ticket=True).tickets == ()


@pytest.mark.parametrize(
    "at", ["2026-03-02T09:00:00Z", "2026-03-02T06:00:00.000-0300", 1772442000, 1772442000000, "1772442000"]
)
def test_times_are_read_in_their_usual_forms(at: Any) -> None:
    assert simple(at=at).at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("at", ["2026-03-02T09:00:00", "yesterday", None, True, {}, 10**30, "9" * 400])
def test_what_is_no_instant_is_refused(at: Any) -> None:
    with pytest.raises(NotMapped):
        simple(at=at)


def test_a_clock_that_is_ahead_makes_nothing_else_late() -> None:
    assert simple(at=(RECEIVED + timedelta(days=900)).isoformat()).at == RECEIVED


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://a b", "//x", "http://[", "x" * 3_000]
)
def test_an_address_that_is_no_page_is_left_out(url: str) -> None:
    assert simple(url=url).url == ""


@pytest.mark.parametrize(
    "text",
    [
        "[@, @][]",
        "a[].[@, @][]",
        "{a: @, b: @}",
        "a | b",
        "map(&x, y)",
        "sort_by(a, &b)",
        "reverse(a)",
        "join('', [@, @])",
        "a.",
        "a" * 501,
        "not_null(" * 60 + "a" + ")" * 60 + "|",
    ],
)
def test_an_expression_that_could_grow_without_bound_is_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        Expression(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@given(payload=json_values, kind=st.sampled_from(["github", "jira", "trello"]))
def test_no_payload_breaks_the_reading(payload: Any, kind: TrackerKind) -> None:
    wraps = {"github": {"issue": payload}, "jira": {"issue": payload, "webhookEvent": "jira:issue_updated"}}
    wrapped = wraps.get(kind, {"action": {"type": "updateCard", "data": {"card": payload}}})
    for one in (payload, wrapped):
        with suppress(Invalid):
            read(kind, one)


def test_a_template_fills_its_blanks_and_keeps_the_type_of_a_whole_one() -> None:
    values = {"task.number": 7, "task.title": 'A "b"', "text": None}
    assert filled({"n": "{{task.number}}", "t": ["#{{ task.number }}: {{task.title}}{{text}}"], "x": 1}, values) == {
        "n": 7,
        "t": ['#7: A "b"'],
        "x": 1,
    }
    with pytest.raises(BadTemplate):
        Template(url="https://{{task.title}}/x")
    with pytest.raises(BadTemplate):
        Template(url="https://a.example/", body={"x": ["{{secret}}"]})


def test_signatures_hold_for_their_own_bytes_secret_and_address_only() -> None:
    # The example of GitHub's documentation.
    body, secret = b"Hello, World!", "It's a Secret to Everybody"
    good = {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}
    assert is_signed("github", secret, good, body, "")
    assert not is_signed("github", secret, good, body + b" ", "")
    assert not is_signed("github", "other", good, body, "")
    assert not is_signed("github", secret, {}, body, "")
    assert not is_signed("github", secret, {"x-hub-signature-256": "sha256=é"}, body, "")
    assert not is_signed("jira", secret, {"x-hub-signature": "sha1=00"}, body, "")


def test_a_message_is_known_by_its_own_id_else_by_its_bytes() -> None:
    assert delivery_key({"x-github-delivery": "a"}, b"1", "") == delivery_key({"x-github-delivery": "a"}, b"2", "")
    assert delivery_key({}, b"1", "") != delivery_key({}, b"2", "")
    assert delivery_key({}, b"1", "in") == delivery_key({}, b"2", "in")
