"""The team's words over HTTP: held for the undo window, sent once, taken back, kept while unsent, looked at before."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from balcao.shared import clock
from balcao.shared.ids import new_id
from balcao.shared.timekeeping import Timekeeper
from balcao.shared.timeline import Cause
from balcao.shared.timers import Timers
from balcao.shared.tokens import Acting
from balcao.tickets.domain.policies import Policies
from tests.integration.tickets.running import AS_ANA, AS_BIA, AT, EVE, Desk, World, eventually, said_by_intake, signed
from tests.unit.tickets.builders import TEAM, a_message

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ANSWER = {"text": "Segue o banner, bom trabalho", "visible": True}
LOGO = {
    "file_id": "sha256:aa",
    "name": "logo.png",
    "media_type": "image/png",
    "size": 3,
    "content_id": "aa@balcao",
}


async def with_window(desk: Desk, seconds: int) -> None:
    """Give the company an undo window."""
    company = TEAM.company.model_copy(update={"policies": Policies(undo_seconds=seconds)})
    await desk.desk.directory.configure(company, [], [], Cause(new_id(), new_id(), AT))


def later(desk: Desk, seconds: int = 300) -> Timekeeper:
    """A timekeeper of another replica, whose clock is ahead: so nobody has to wait."""
    timers = Timers(desk.service.mongo.db)
    fire = {"reply_out": desk.service.http.state.answering.fire_timer}
    return Timekeeper(timers, fire, now=lambda: clock.now() + timedelta(seconds=seconds))


async def said(desk: Desk, who: Acting = AS_ANA, **body: Any) -> dict[str, Any]:
    """A comment that is accepted."""
    answer = await desk.post("/tickets/1/comments", ANSWER | body, who)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def entries(ticket: dict[str, Any], type_: str = "ticket.replied.v1") -> list[dict[str, Any]]:
    """The ticket's entries of a type."""
    return [one for one in ticket["timeline"] if one["type"] == type_]


async def unsent(desk: Desk, who: Acting = AS_ANA) -> dict[str, Any]:
    """Somebody's unsent words."""
    answer = await desk.get("/tickets/1/unsent", who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def put(desk: Desk, body: dict[str, Any], who: Acting = AS_ANA) -> Any:
    """Keep unsent words."""
    return await desk.call("PUT", "/v1/tickets/1/unsent", json=body, headers=signed(who))


async def test_a_visible_answer_goes_out_when_its_window_ends_and_not_before(desk: Desk, outside: World) -> None:
    """W7: by the service's own clock."""
    await with_window(desk, 2)
    await desk.opened()
    shown = await said(desk, then={"status": "resolved"})
    assert (shown["status"], shown["accepted"]["reply_id"]) == ("open", shown["outgoing"][0]["id"])
    assert [one["address"] for one in shown["accepted"]["recipients"]] == ["dora@cliente.test"]
    assert entries(shown) == []
    assert outside.said("ticket.replied.v1") == []
    await eventually(lambda: bool(outside.said("ticket.replied.v1")), 30)
    ticket = await desk.ticket()
    (reply,) = entries(ticket)
    assert reply["at"] >= shown["accepted"]["goes_out_at"]
    assert (ticket["status"], ticket["outgoing"], reply["data"]["reply_id"]) == (
        "resolved",
        [],
        shown["accepted"]["reply_id"],
    )
    assert reply["actor"]["person_id"] == "ana"


async def test_what_a_held_answer_will_say_is_told_before_it_goes_out(desk: Desk, outside: World) -> None:
    """W7: the very fact, under the id it will have, so that a preview is the mail to its last byte."""
    await with_window(desk, 60)
    await desk.opened()
    shown = await said(desk)
    path = f"/tickets/1/outgoing/{shown['accepted']['reply_id']}"
    told = (await desk.get(f"{path}/fact", AS_BIA)).json()
    assert outside.said("ticket.replied.v1") == []
    await desk.post(f"{path}/send-now")
    await eventually(lambda: bool(outside.said("ticket.replied.v1")))
    (event,) = outside.said("ticket.replied.v1")
    assert event.actor is not None
    assert told == {
        "fact": event.data.model_dump(mode="json", exclude_none=True),
        "event_id": event.id,
        "actor": event.actor.model_dump(exclude_none=True),
    }
    assert event.data.written_at < event.time
    assert (await desk.get(f"{path}/fact", AS_BIA)).status_code == 409


async def test_several_replicas_and_repeats_send_it_once(desk: Desk, outside: World) -> None:
    """W7: also when a process dies after the sending and before it forgets the timer."""
    await with_window(desk, 120)
    await desk.opened()
    await said(desk)
    (timer,) = await Timers(desk.service.mongo.db).take(clock.now() + timedelta(seconds=300), 10)
    fire = desk.service.http.state.answering.fire_timer
    await asyncio.gather(fire(timer), fire(timer), *(later(desk, 600).look() for _ in range(3)))
    await fire(timer)
    await eventually(lambda: bool(outside.said("ticket.replied.v1")))
    assert len(entries(await desk.ticket())) == 1
    assert len({one.id for one in outside.said("ticket.replied.v1")}) == 1
    await later(desk, 900).look()
    assert await desk.count("timers") == 0


async def test_a_window_that_ended_while_nothing_ran_ends_at_the_next_start(desk: Desk, outside: World) -> None:
    """W7: it is stored with the answer, in one transaction"""
    await with_window(desk, 120)
    await desk.opened()
    await said(desk)
    assert await desk.count("timers", kind="reply_out") == 1
    await later(desk).look()
    assert len(entries(await desk.ticket())) == 1


async def test_undo_gives_back_words_recipients_files_and_visibility(desk: Desk, outside: World) -> None:
    """W7"""
    await with_window(desk, 120)
    await desk.opened()
    body: dict[str, Any] = {
        "text": "",
        "html": '<p>Veja <img src="cid:aa@balcao"></p>',
        "files": [LOGO],
        "recipients": {"add": [{"name": "Eva", "address": "eva@cliente.test"}]},
        "then": {"status": "resolved", "method": "answered"},
    }
    reply_id = (await said(desk, **body))["accepted"]["reply_id"]
    answer = await desk.post(f"/tickets/1/outgoing/{reply_id}/undo", who=AS_BIA)
    assert answer.status_code == 200, answer.text
    assert answer.json()["unsent"] == [], "they are Ana's, not Bia's"
    (kept,) = (await unsent(desk))["items"]
    assert (kept["returned"], kept["visible"], kept["text"]) == ("undone", True, "Veja [logo.png]")
    assert kept["html"] == '<p>Veja <img src="cid:aa@balcao"></p>'
    assert [one["name"] for one in kept["files"]] == ["logo.png"]
    assert (kept["add"][0]["address"], kept["step"]["method"]) == ("eva@cliente.test", "answered")
    await later(desk).look()
    ticket = await desk.ticket()
    assert (entries(ticket), ticket["outgoing"], ticket["status"]) == ([], [], "open")
    again = await desk.post(f"/tickets/1/outgoing/{reply_id}/undo")
    assert (again.status_code, again.json()["type"]) == (409, "urn:balcao:problem:reply-is-out")


async def test_undo_and_sending_at_once_do_one_of_both(desk: Desk, outside: World) -> None:
    """W7: fails when either is decided on what was loaded earlier."""
    await with_window(desk, 120)
    await desk.opened()
    for n in range(4):
        reply_id = (await said(desk, text=f"resposta {n}"))["accepted"]["reply_id"]
        undone, sent = await asyncio.gather(
            desk.post(f"/tickets/1/outgoing/{reply_id}/undo"),
            desk.post(f"/tickets/1/outgoing/{reply_id}/send-now", who=AS_BIA),
        )
        ticket = await desk.ticket()
        out = [one for one in entries(ticket) if one["data"]["reply_id"] == reply_id]
        back = [one for one in entries(ticket, "ticket.reply_undone.v1") if one["data"]["reply_id"] == reply_id]
        assert len(out) + len(back) == 1
        assert (undone.status_code == 200) == bool(back)
        assert sent.status_code in (200, 409)
        assert ticket["outgoing"] == []


async def test_undoing_while_writing_something_else_loses_neither(desk: Desk) -> None:
    """W7"""
    await with_window(desk, 120)
    await desk.opened()
    reply_id = (await said(desk))["accepted"]["reply_id"]
    assert (await put(desk, {"text": "outra coisa", "revision": 0})).status_code == 200
    await desk.post(f"/tickets/1/outgoing/{reply_id}/undo")
    assert [one["text"] for one in (await unsent(desk))["items"]] == ["outra coisa", ANSWER["text"]]
    given_back = (await unsent(desk))["items"][1]["id"]
    answer = await desk.call("DELETE", f"/v1/tickets/1/unsent/{given_back}", headers=signed(AS_ANA))
    assert answer.status_code == 204
    assert [one["text"] for one in (await unsent(desk))["items"]] == ["outra coisa"]


async def test_a_cancelled_ticket_gives_the_answer_back(desk: Desk, outside: World) -> None:
    """W7: in one transaction with the entry that says why."""
    await with_window(desk, 120)
    await desk.opened()
    await said(desk)
    await desk.post("/tickets/1/cancel", who=AS_BIA)
    await later(desk).look()
    ticket = await desk.ticket()
    assert entries(ticket) == []
    assert entries(ticket, "ticket.reply_returned.v1")[0]["data"]["reason"] == "cancelled"
    (kept,) = (await unsent(desk))["items"]
    assert (kept["text"], kept["returned"]) == (ANSWER["text"], "cancelled")


async def test_a_resolved_ticket_sends_it_all_the_same(desk: Desk) -> None:
    """W7"""
    await with_window(desk, 120)
    await desk.opened()
    await said(desk, then={"status": "waiting", "reason": "more_information", "days": 2})
    await desk.post("/tickets/1/resolve", {"method": "no_response"}, AS_BIA)
    await later(desk).look()
    ticket = await desk.ticket()
    assert entries(ticket)[0]["data"]["step_refused"] == "ticket-is-resolved"
    assert (ticket["status"], ticket["resolution"]) == ("resolved", "no_response")


async def test_the_same_request_again_is_held_once(desk: Desk, outside: World) -> None:
    """W7: before it went out and after."""
    await with_window(desk, 120)
    await desk.opened()
    once: dict[str, Any] = {"Idempotency_Key": "pedido-1"}
    first = (await desk.post("/tickets/1/comments", ANSWER, **once)).json()
    again = await desk.post("/tickets/1/comments", ANSWER, **once)
    assert again.json()["accepted"]["reply_id"] == first["accepted"]["reply_id"]
    assert len(again.json()["outgoing"]) == 1
    await later(desk).look()
    assert (await desk.post("/tickets/1/comments", ANSWER, **once)).status_code == 200
    ticket = await desk.ticket()
    assert (len(entries(ticket)), ticket["outgoing"]) == (1, [])


async def test_comment_and_situation_are_one_submit_and_words_are_optional(desk: Desk) -> None:
    """W8"""
    await desk.opened()
    await desk.post("/tickets/1/comments", {"then": {"status": "resolved", "method": "no_response"}})
    assert (await desk.ticket())["status"] == "resolved"
    body = {"text": "voltou", "then": {"status": "open"}}
    assert (await desk.post("/tickets/1/comments", body)).json()["status"] == "open"
    waiting = {"text": "espera", "then": {"status": "waiting", "reason": "more_information", "days": 2}}
    shown = (await desk.post("/tickets/1/comments", waiting)).json()
    assert (shown["status"], shown["wait"]["reason"]) == ("waiting", "more_information")


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "empty-comment"),
    ({"text": "a", "html": "<p>b</p>"}, "invalid"),
    ({"html": '<img src="cid:zz@balcao">'}, "unknown-image"),
    ({"html": "<b>" * 500}, "too-long"),
    ({"text": "a", "visible": True, "recipients": {"remove": ["dora@cliente.test"]}}, "not-a-recipient"),
    ({"text": "a", "visible": True, "recipients": {"add": [{"address": "oi+x@agencia.test"}]}}, "not-a-recipient"),
    ({"text": "a", "visible": True, "recipients": {"add": [{"address": "nada"}]}}, "invalid"),
    ({"text": "a", "then": {"status": "waiting"}}, "invalid"),
    ({"text": "a", "then": {"status": "resolved", "reason": "visit"}}, "invalid"),
    ({"text": "a", "files": [{"file_id": "x", "name": "y", "size": 1}] * 51}, "invalid"),
]


async def test_bad_words_are_refused_by_name(desk: Desk) -> None:
    """W7, W8, W11"""
    await desk.opened()
    for body, code in BAD:
        for path in ("comments", "comments/preview"):
            refused = await desk.post(f"/tickets/1/{path}", body)
            assert (refused.status_code, refused.json()["type"]) == (422, f"urn:balcao:problem:{code}"), (path, body)
    assert (await desk.ticket())["version"] == 1


async def test_an_answer_that_wants_to_be_looked_at_is_asked_back_once(desk: Desk) -> None:
    """W7, W11: confirmed, it is accepted; the others are in the answer."""
    await desk.opened()
    await desk.post("/tickets/1/comments", {"text": "O cliente está devendo três faturas"}, AS_BIA)
    body = {"text": "Em anexo. O cliente está devendo três faturas", "visible": True, "begun_on": 1}
    refused = await desk.post("/tickets/1/comments", body)
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "urn:balcao:problem:needs-confirmation")
    assert problem["confirm"] == ["private_words", "file_missing"]
    assert {one["code"] for one in problem["warnings"]} == {"private_words", "file_missing", "ticket_changed"}
    half = await desk.post("/tickets/1/comments", {**body, "confirm": ["file_missing"]})
    assert half.json()["confirm"] == ["private_words"]
    done = await desk.post("/tickets/1/comments", {**body, "confirm": ["file_missing", "private_words"]})
    assert done.status_code == 200
    assert len(done.json()["accepted"]["warnings"]) == 3


async def test_who_left_is_warned_of(desk: Desk) -> None:
    """W7"""
    await desk.opened(others=({"name": "Bia", "address": "bia@agencia.test"},))
    people = desk.desk.directory.people
    gone = (await people.get("agencia", "bia")).model_copy(update={"active": False})
    await people.edit("agencia", gone.id, {"active": False}, Cause(new_id(), new_id(), AT))
    warned = (await desk.post("/tickets/1/comments/preview", ANSWER)).json()["warnings"]
    assert [one["people"][0]["address"] for one in warned if one["code"] == "has_left"] == ["bia@agencia.test"]


async def test_a_preview_changes_nothing_and_says_what_would_be_said(desk: Desk, outside: World) -> None:
    """W7"""
    await with_window(desk, 30)
    await desk.opened()
    before = await desk.ticket()
    shown = (await desk.post("/tickets/1/comments/preview", {"html": "<p>Oi <b>Dora</b></p>", "visible": True})).json()
    assert (shown["undo_seconds"], shown["fact"]["html"]) == (30, "<p>Oi <b>Dora</b></p>")
    assert shown["fact"]["quoted"] == "Preciso de um banner."
    assert shown["fact"]["threading"]["in_reply_to"] == "<1@cliente.test>"
    assert [one["address"] for one in shown["recipients"]] == ["dora@cliente.test"]
    note = (await desk.post("/tickets/1/comments/preview", {"text": "nota"})).json()
    assert (note["fact"], note["recipients"], note["undo_seconds"]) == (None, [], 0)
    assert await desk.ticket() == before


async def test_two_tabs_dont_overwrite_each_other(desk: Desk) -> None:
    """W7: 409 with both; who wants to overwrite says no revision."""
    await desk.opened()
    first = (await put(desk, {"text": "aba um", "revision": 0})).json()
    assert (first["revision"], first["begun_on"]) == (1, 1)
    lost = await put(desk, {"text": "aba dois", "revision": 0})
    problem = lost.json()
    assert (lost.status_code, problem["type"]) == (409, "urn:balcao:problem:unsent-changed")
    assert (problem["theirs"]["text"], problem["yours"]["text"], problem["current_revision"]) == (
        "aba um",
        "aba dois",
        1,
    )
    assert (await put(desk, {"text": "aba dois", "revision": 1})).json()["revision"] == 2
    assert (await put(desk, {"text": "aba um, por cima"})).json()["revision"] == 3
    writing = [put(desk, {"text": f"junto {n}", "revision": 3}) for n in range(5)]
    assert sorted(one.status_code for one in await asyncio.gather(*writing)) == [200, 409, 409, 409, 409]


async def test_unsent_words_go_with_the_sending_and_a_late_tab_does_not_bring_them_back(desk: Desk) -> None:
    """W7"""
    await desk.opened()
    kept = (await put(desk, {"text": "quase pronto", "revision": 0})).json()
    await said(desk, unsent={"id": kept["id"], "revision": kept["revision"]})
    found = await unsent(desk)
    assert found["items"] == []
    late = await put(desk, {"text": "quase pronto!", "revision": kept["revision"]})
    assert (late.status_code, late.json()["theirs"]) == (409, None)
    assert (await put(desk, {"text": "nova", "revision": found["revision"]})).status_code == 200


async def test_words_that_grew_in_another_tab_stay_when_the_first_is_sent(desk: Desk) -> None:
    """W7: nothing is lost"""
    await desk.opened()
    kept = (await put(desk, {"text": "um", "revision": 0})).json()
    await put(desk, {"text": "um e dois", "revision": 1})
    await said(desk, unsent={"id": kept["id"], "revision": 1})
    assert [one["text"] for one in (await unsent(desk))["items"]] == ["um e dois"]


async def test_unsent_words_keep_the_version_they_were_begun_on(desk: Desk) -> None:
    """W7: else saving by itself every few seconds would hide that a colleague has answered."""
    await desk.opened()
    await put(desk, {"text": "a", "revision": 0})
    await desk.post("/tickets/1/comments", {"text": "nota"}, AS_BIA)
    assert (await put(desk, {"text": "ab", "revision": 1})).json()["begun_on"] == 1


@pytest.mark.parametrize(
    ("then", "wait"),
    [
        ({"reason": "follow_up", "until": "2031-03-10T09:00"}, {"until": "2031-03-10T12:00:00Z"}),
        ({"reason": "visit"}, {"until": None}),
        ({"reason": "follow_up", "until": "2020-03-10T09:00:00Z"}, {"until": "2020-03-10T09:00:00Z"}),
        ({"reason": "more_information", "days": 3, "close_if_no_answer": True}, {"close_if_no_answer": True}),
    ],
    ids=["in the company's zone", "no date yet", "a date that has passed", "days"],
)
async def test_unsent_words_keep_how_one_waits_as_it_stands(
    desk: Desk, then: dict[str, Any], wait: dict[str, Any]
) -> None:
    """W4, W8: what is missing or has passed is said when they are sent, and not lost before."""
    await desk.opened()
    answer = await put(desk, {"text": "Volto a falar", "then": {"status": "waiting", **then}})
    assert answer.status_code == 200, answer.text
    step = (await unsent(desk))["items"][0]["step"]
    assert (step["command"], step["wait"]["reason"], step["days"]) == ("wait", then["reason"], then.get("days"))
    assert {name: step["wait"][name] for name in wait} == wait


async def test_a_date_without_an_offset_is_the_companys(desk: Desk) -> None:
    """W4"""
    await desk.opened()
    then = {"status": "waiting", "reason": "follow_up", "until": "2031-03-10T09:00"}
    shown = (await desk.post("/tickets/1/comments", {"text": "Volto a falar", "then": then})).json()
    assert shown["wait"]["until"] == "2031-03-10T12:00:00Z"


async def test_unsent_words_are_their_authors_alone(desk: Desk) -> None:
    """W7"""
    await desk.opened()
    kept = (await put(desk, {"text": "só meu", "revision": 0})).json()
    assert (await unsent(desk, AS_BIA))["items"] == []
    assert (await desk.get("/unsent", AS_BIA)).json()["items"] == []
    assert [one["ticket_number"] for one in (await desk.get("/unsent")).json()["items"]] == [1]
    await desk.call("DELETE", f"/v1/tickets/1/unsent/{kept['id']}", headers=signed(AS_BIA))
    assert len((await unsent(desk))["items"]) == 1
    assert "só meu" not in str(await desk.ticket())


async def test_outsiders_get_nothing_of_words_on_their_way(desk: Desk) -> None:
    """W7, P5: neither a guest who asked nor another company's agent, whatever they try."""
    await with_window(desk, 120)
    ticket = await desk.opened()
    reply_id = (await said(desk, text="segredo do momento"))["accepted"]["reply_id"]
    kept = (await put(desk, {"text": "segredo guardado", "revision": 0})).json()
    requester = Acting(
        company_id="agencia", person_id=ticket["requester"]["person_id"], name="Dora", address="dora@cliente.test"
    )
    tries = [
        ("GET", "/tickets/1/outgoing", None),
        ("GET", f"/tickets/1/outgoing/{reply_id}/fact", None),
        ("POST", f"/tickets/1/outgoing/{reply_id}/undo", None),
        ("POST", f"/tickets/1/outgoing/{reply_id}/send-now", None),
        ("GET", "/tickets/1/unsent", None),
        ("PUT", "/tickets/1/unsent", {"text": "x"}),
        ("DELETE", f"/tickets/1/unsent/{kept['id']}", None),
        ("POST", "/tickets/1/comments", ANSWER),
        ("POST", "/tickets/1/comments/preview", ANSWER),
    ]
    for who in (requester, EVE):
        for method, path, body in tries:
            answer = await desk.call(method, f"/v1{path}", json=body, headers=signed(who))
            assert answer.status_code == 404, (method, path)
            assert "segredo" not in answer.text
    assert "segredo" not in str(await desk.ticket(who=requester))
    assert (await desk.get("/unsent", requester)).status_code == 404
    assert (await desk.get("/unsent", EVE)).json() == {"items": []}
    await later(desk).look()
    assert "segredo do momento" in str(await desk.ticket(who=requester))


async def test_a_ticket_by_mail_costs_no_timer_and_no_more_entries(desk: Desk) -> None:
    """The ingest path is not for us to slow down."""
    await desk.desk.take_message(said_by_intake(a_message()))
    assert await desk.count("timers") == 0
