"""What people type into the desk's forms: names with addresses, numbers, chosen tickets, fields left as they are."""

from starlette.datastructures import FormData, QueryParams

from balcao.portal_api.clients import UpstreamRefused
from balcao.portal_api.language import load_languages
from balcao.portal_api.pages.bulk_form import Chosen, read_bulk_form
from balcao.portal_api.pages.found import number_typed
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.obstacles import Obstacles
from balcao.portal_api.pages.parts import parts_of
from balcao.portal_api.pages.people_typed import people_typed
from balcao.portal_api.pages.ticket_form import TicketForm
from balcao.shared import clock

ENGLISH = load_languages()["en"]
MOMENTS = Moments(ENGLISH, "America/Sao_Paulo", clock.now())


def test_people_are_read_with_or_without_a_name_and_each_address_once() -> None:
    found, unclear = people_typed('"Ana Prado" <ANA@x.test>; eva@x.test, ana@x.test\nJoana, ')
    assert found == [{"name": "Ana Prado", "address": "ana@x.test"}, {"name": "", "address": "eva@x.test"}]
    assert unclear == ["Joana"]


def test_a_number_is_read_from_what_was_typed_or_chosen() -> None:
    given = ("2470", " #2470 · Cartaz A3", "Cartaz 2470", "0", "", "24x")
    assert [number_typed(one) for one in given] == [2470, 2470, None, None, None, None]


def test_chosen_tickets_come_one_by_one_or_together_and_each_once() -> None:
    chosen = Chosen.of(QueryParams("ids=3&ids=1,3,x&in=%3Ftag%3Da"))
    assert (chosen.numbers, chosen.list_query, chosen.is_all) == ((3, 1), "tag=a", False)
    assert Chosen.of(QueryParams("ids=")).is_nothing
    assert not Chosen.of(QueryParams("all=1")).is_nothing


def test_a_bulk_edit_names_only_what_was_filled_and_emptying_is_not_leaving() -> None:
    """W12"""
    form = FormData([("kind", ""), ("priority", "0"), ("workspace_id", "none"), ("due_none", "1"), ("note", " ")])
    assert read_bulk_form(form, ENGLISH, MOMENTS).edit == {"priority": 0, "workspace_id": None, "due": None}


def test_a_bulk_edit_that_makes_no_sense_says_at_which_field() -> None:
    form = FormData(
        [("priority", "7"), ("promised_for", "soon"), ("add_watchers", "Eva"), ("add_tags", "t"), ("remove_tags", "t")]
    )
    assert set(read_bulk_form(form, ENGLISH, MOMENTS).errors) == {
        "priority",
        "promised_for",
        "add_watchers",
        "remove_tags",
    }


def test_formatting_that_no_editor_touched_survives_while_the_words_are_the_same() -> None:
    """O12: a draft's formatting is not lost by saving it unseen, nor does it outlive other words."""
    kept = {"html_kept": "<b>Oi</b>", "html_of": "Oi\n"}
    assert TicketForm({"text": "Oi\r\n", **kept}).words() == {"html": "<b>Oi</b>"}
    assert TicketForm({"text": "Olá", **kept}).words() == {"description": "Olá"}
    assert TicketForm({"text": "Oi", "html": "", **kept}).words() == {"description": "Oi"}


def test_a_draft_is_given_only_what_differs_beside_its_own_fields() -> None:
    form = TicketForm({"analyst_id": "ana"}, tags=["a", "b"], watchers=[{"name": "", "address": "eva@x.test"}])
    ticket = {"tags": ["b", "c"], "watchers": [{"address": "lia@x.test"}], "analyst": {"person_id": "ana"}}
    assert form.beside_draft(ticket) == {
        "add_tags": ["a"],
        "remove_tags": ["c"],
        "add_watchers": [{"name": "", "address": "eva@x.test"}],
        "remove_watchers": ["lia@x.test"],
    }


def test_parts_leave_out_what_was_quoted_moved_away_or_no_words() -> None:
    """W14"""
    entries = [
        {"n": 1, "type": "ticket.opened.v1", "at": None, "data": {}},
        {"n": 2, "type": "ticket.noted.v1", "at": None, "data": {"author": {"name": "Ana"}, "text": "Só nós"}},
        {"n": 3, "type": "ticket.requester_replied.v1", "data": {"text": "Foi"}, "moved_to": {"number": 9}},
        {"n": 4, "type": "ticket.stage_entered.v1", "data": {}},
    ]
    ticket = {"requester": {"name": "Gina"}, "requested": "Oi\nEm 1/1:", "requested_quote_at": 3, "timeline": entries}
    shown = [(one.n, one.look, one.author, one.text) for one in parts_of(ticket)]
    assert shown == [(1, "in", "Gina", "Oi"), (2, "note", "Ana", "Só nós")]


def test_each_reason_of_a_refusal_is_a_sentence_with_its_ticket() -> None:
    """W13, W15: no reason is dropped, and what has no words speaks for itself."""
    problem = {
        "type": "urn:balcao:problem:cannot-merge",
        "detail": "no",
        "tickets": [
            {"number": 2, "reasons": [{"code": "not-open", "status": "closed"}, {"code": "open-tasks", "tasks": [9]}]},
            {"number": 3, "reasons": [{"code": "other-workspace", "workspace_id": None}]},
        ],
    }
    told = Obstacles(ENGLISH, MOMENTS).of(UpstreamRefused(409, problem))
    assert [(one.number, one.words, one.tasks) for one in told] == [
        (2, "It is not in service: Closed.", ()),
        (2, "It has an open task.", (9,)),
        (3, "It is of another workspace.", ()),
    ]
    undoing = {
        "type": "urn:balcao:problem:cannot-undo",
        "reasons": [
            {"code": "changed-since", "number": 5, "entry": 8, "by": "Ana", "at": "2026-01-05T12:00:00Z"},
        ],
    }
    [again] = Obstacles(ENGLISH, MOMENTS).of(UpstreamRefused(409, undoing))
    assert (again.number, again.entry) == (5, 8)
    assert again.words.startswith("It was changed again since. (Ana, ")
    assert [one.words for one in Obstacles(ENGLISH, MOMENTS).of(UpstreamRefused(409, {"detail": "odd"}))] == ["odd"]
    splitting = {"type": "urn:balcao:problem:cannot-split", "asked": ["task-1"]}
    [asked] = Obstacles(ENGLISH, MOMENTS).of(UpstreamRefused(409, splitting))
    assert asked.words.startswith("The requester is asked to approve")
