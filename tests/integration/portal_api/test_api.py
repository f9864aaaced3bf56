"""The JSON API: what passes through, what is refused and how, and who may do what."""

from typing import Any

import pytest

from tests.integration.portal_api.behind import NOTE
from tests.integration.portal_api.running import ANA, BASE, EVA, GINA, HUGO, PAULO, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

REPLY = "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c"
DESK_READS = (
    "/api/v1/tickets",
    "/api/v1/tickets/7",
    "/api/v1/tasks",
    "/api/v1/tasks/3",
    "/api/v1/people",
    "/api/v1/notices",
)
DESK_COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/v1/tickets", {"title": "Novo"}),
    ("/api/v1/tickets/7/action-plan", {"text": "Fazer"}),
    ("/api/v1/tickets/7/stage", {"stage": "planning"}),
    ("/api/v1/tickets/7/stage-assignee", {"stage": "planning", "person_id": "ana"}),
    ("/api/v1/tickets/7/analyst", {"person_id": "ana"}),
    ("/api/v1/tickets/7/tasks", {"title": "Arte"}),
    ("/api/v1/tickets/7/comments", {"text": "Oi", "visible": True}),
    ("/api/v1/tickets/7/comments/preview", {"text": "Oi", "visible": True}),
    (f"/api/v1/tickets/7/outgoing/{REPLY}/undo", {}),
    (f"/api/v1/tickets/7/outgoing/{REPLY}/send-now", {}),
    ("/api/v1/tickets/7/entries/1/tags", {"add": ["elogio"]}),
    ("/api/v1/tickets/7/resolve", {"method": "answered"}),
    ("/api/v1/tickets/7/wait", {"reason": "follow_up"}),
    ("/api/v1/tickets/7/reopen", {}),
    ("/api/v1/tickets/7/cancel", {}),
    ("/api/v1/tickets/7/take", {}),
    ("/api/v1/tickets/7/give-back", {}),
    ("/api/v1/tickets/7/reject", {"remark": "Sem acesso"}),
    ("/api/v1/tickets/7/draft", {"title": "Outro"}),
    ("/api/v1/tickets/7/submit", {}),
    ("/api/v1/held/h1/accept", {}),
)
TASK_COMMANDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/v1/tasks/3/phase", {"phase": "doing"}),
    ("/api/v1/tasks/3/complete", {"handover": "Feito"}),
    ("/api/v1/tasks/3/cancel", {"reason": "Desistiram"}),
    ("/api/v1/tasks/3/reopen", {}),
    ("/api/v1/tasks/3/assign", {"person_id": "paulo"}),
)


async def test_the_list_passes_filters_on_and_the_answer_back_untouched(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)

    answer = await ana.get("/api/v1/tickets?status=open,waiting&stage=planning&executor=me&limit=20&after=91")

    asked = gateway.behind.of("/tickets")[-1]
    assert asked.query == {
        "status": "open,waiting",
        "stage": "planning",
        "executor": "me",
        "limit": "20",
        "after": "91",
    }
    assert (asked.acting.person_id, asked.acting.company_id, asked.acting.roles) == ("ana", "agencia", ("agent",))
    assert answer.json()["items"][0]["number"] == 7
    assert answer.json()["next"] == 7


async def test_commands_carry_version_request_name_and_trace_and_answer_the_new_version(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)

    trace = "0af7651916cd43dd8448eb211c80319c"  # pragma: allowlist secret
    headers = {"If-Match": '"12"', "Idempotency-Key": "once-1", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    answer = await ana.post("/api/v1/tickets/7/stage", {"stage": "delivery"}, headers=headers)

    asked = gateway.behind.last()
    assert (asked.path, asked.body) == ("/tickets/7/stage", {"stage": "delivery"})
    assert (asked.headers["if-match"], asked.headers["idempotency-key"]) == ('"12"', "once-1")
    assert asked.headers["traceparent"].split("-")[1] == trace, "one trace from the door to the service"
    assert (answer.status_code, answer.headers["etag"]) == (200, '"12"')


async def test_every_command_of_an_agent_reaches_its_service(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)

    for path, body in (*DESK_COMMANDS, *TASK_COMMANDS):
        before = len(gateway.behind.asked)
        await ana.post(path, body)
        assert len(gateway.behind.asked) > before, path


async def test_a_task_that_waits_for_others_can_be_moved_and_completed_all_the_same(gateway: Gateway) -> None:
    """What the refusal says to send is taken by both commands."""
    ana = await gateway.program(ANA)

    for path, body in (("/tasks/3/phase", {"phase": "doing"}), ("/tasks/3/complete", {"handover": "Feito"})):
        answer = await ana.post(f"/api/v1{path}", {**body, "despite_blockers": True})
        asked = gateway.behind.last()
        assert (answer.status_code, asked.path, asked.body) == (200, path, {**body, "despite_blockers": True})


async def test_a_refusal_is_passed_on_with_its_status_and_words(gateway: Gateway) -> None:
    problem = {"type": "urn:balcao:problem:stale", "title": "Stale", "status": 409, "detail": "it is version 13"}
    gateway.behind.refusals["/tickets/7/stage"] = (409, problem)

    answer = await (await gateway.program(ANA)).post("/api/v1/tickets/7/stage", {"stage": "delivery"})

    assert (answer.status_code, answer.json()) == (409, problem)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("status", [500, 401], ids=["it is broken", "it refuses our own token"])
async def test_a_service_in_trouble_is_a_503_problem_that_keeps_its_insides(gateway: Gateway, status: int) -> None:
    gateway.behind.refusals["/tickets/7"] = (status, {"title": "secret innards"})

    answer = await (await gateway.program(ANA)).get("/api/v1/tickets/7")

    assert (answer.status_code, answer.json()["part"]) == (503, "tickets")
    assert "innards" not in answer.text


async def test_bad_input_is_refused_in_words(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)
    asked = len(gateway.behind.asked)

    answers = [
        await ana.http.post(
            "/api/v1/tickets/7/stage", content=b"{not json", headers={"content-type": "application/json"}
        ),
        await ana.post("/api/v1/tickets/7/stage", {"stage": "paradise"}),
        await ana.post("/api/v1/tickets/7/comments", {"text": "Oi", "visble": True}),
        await ana.post("/api/v1/tickets/x/comments", {"text": "Oi"}),
        await ana.get("/api/v1/tickets?limit=100000"),
    ]
    oversize = await ana.post("/api/v1/tickets/7/comments", {"text": "x" * 2_000_000})

    assert {(one.status_code, one.headers["content-type"]) for one in answers} == {(422, "application/problem+json")}
    assert (oversize.status_code, oversize.headers["content-type"]) == (413, "application/problem+json")
    assert len(gateway.behind.asked) == asked, "nothing of it reached a service"


async def test_a_producer_works_on_tasks_and_reads_tickets_but_commands_none(gateway: Gateway) -> None:
    paulo = await gateway.program(PAULO)

    assert {(await paulo.get(path)).status_code for path in DESK_READS} == {200}
    assert {(await paulo.post(path, body)).status_code for path, body in TASK_COMMANDS} == {200}
    assert {(await paulo.post(path, body)).status_code for path, body in DESK_COMMANDS} == {403}


async def test_to_a_guest_the_desk_does_not_exist(gateway: Gateway) -> None:
    """The outsider twin of the two above."""
    gina = await gateway.program(GINA)
    asked = len(gateway.behind.asked)

    assert {(await gina.get(path)).status_code for path in DESK_READS} == {404}
    assert {(await gina.post(path, body)).status_code for path, body in (*DESK_COMMANDS, *TASK_COMMANDS)} == {404}
    assert len(gateway.behind.asked) == asked


async def test_to_another_companys_agent_it_does_not_exist_either(gateway: Gateway) -> None:
    eva = await gateway.program(EVA, "outra")

    assert (await eva.get("/api/v1/tickets/7")).status_code == 404
    assert (await eva.get("/api/v1/tasks/3")).status_code == 404
    for path, body in DESK_COMMANDS[1:16]:
        assert (await eva.post(path, body)).status_code == 404, path
    assert {one.acting.company_id for one in gateway.behind.asked} == {"outra"}


async def test_without_a_session_everything_is_401(gateway: Gateway) -> None:
    stranger = gateway.stranger()

    for path in (*DESK_READS, "/api/v1/me", "/api/v1/portal/tickets", "/api/v1/files/mail:m1/2?ticket=7"):
        answer = await stranger.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), path


async def test_a_task_goes_only_to_somebody_of_the_own_team_with_name_and_address(gateway: Gateway) -> None:
    ana = await gateway.program(ANA)

    given = await ana.post("/api/v1/tasks/3/assign", {"person_id": "paulo"})
    assert given.status_code == 200
    assert gateway.behind.last().body == {
        "person_id": "paulo",
        "name": "Paulo Reis",
        "address": "paulo@agencia.test",
        "locale": None,
    }
    for stranger in ("gina", "eva", "nobody"):
        assert (await ana.post("/api/v1/tasks/3/assign", {"person_id": stranger})).status_code == 422


async def test_a_change_by_cookie_needs_our_origin_and_the_token_of_a_page(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    page = (await ana.get("/agencia/desk/tickets/7")).text
    token = page.split('name="csrf" value="')[1].split('"')[0]
    path, body = "/api/v1/tickets/7/stage", {"stage": "delivery"}

    bare = await ana.post(path, body)
    foreign = await ana.post(path, body, headers={"x-csrf-token": token, "origin": "https://evil.test"})
    cross = await ana.post(path, body, headers={"x-csrf-token": token, "sec-fetch-site": "cross-site"})
    assert {bare.status_code, foreign.status_code, cross.status_code} == {403}
    assert gateway.behind.of("/tickets/7/stage") == []

    own = await ana.post(path, body, headers={"x-csrf-token": token, "origin": BASE, "sec-fetch-site": "same-origin"})
    assert own.status_code == 200


async def test_the_portal_shows_a_guest_their_ticket_without_anything_private(gateway: Gateway) -> None:
    answer = await (await gateway.program(GINA)).get("/api/v1/portal/tickets/7")

    assert answer.status_code == 200
    ticket = answer.json()
    assert [one["type"] for one in ticket["timeline"]] == ["ticket.opened.v1", "ticket.replied.v1"]
    assert ticket["requester"]["is_you"] is True
    for private in (
        NOTE,
        "Refazer a arte",
        "interno.pdf",
        "priority",
        "analyst",
        "assignee",
        "tasks",
        "ana@agencia.test",
    ):
        assert private not in answer.text, private


async def test_the_portal_shows_an_agent_no_more_than_a_guest(gateway: Gateway) -> None:
    answer = await (await gateway.program(ANA)).get("/api/v1/portal/tickets/7")

    assert gateway.behind.of("/tickets/7")[-1].acting.roles == ()
    assert NOTE not in answer.text


async def test_another_guest_and_another_company_find_nothing_in_the_portal(gateway: Gateway) -> None:
    hugo, eva = await gateway.program(HUGO), await gateway.program(EVA, "outra")

    assert (await hugo.get("/api/v1/portal/tickets/7")).status_code == 404
    assert (await eva.get("/api/v1/portal/tickets/7")).status_code == 404
    assert (await hugo.get("/api/v1/portal/tickets")).json()["items"] == []
    assert (await hugo.post("/api/v1/portal/tickets/7/replies", {"text": "Oi"})).status_code == 404
    assert gateway.behind.of("/messages") == []


async def test_a_guests_words_go_in_through_intake(gateway: Gateway) -> None:
    gina = await gateway.program(GINA)

    asked = await gina.post("/api/v1/portal/tickets", {"subject": "Novo banner", "text": "Podem fazer?"})
    assert (asked.status_code, asked.json()) == (202, {"message_id": "m9"})
    assert gateway.behind.last().body == {"subject": "Novo banner", "text": "Podem fazer?", "files": []}

    await gina.post("/api/v1/portal/tickets/7/replies", {"text": "Aprovado"})
    assert gateway.behind.last().body["ticket_id"] == "ticket-7"


async def test_a_guest_ends_their_own_ticket_as_a_guest(gateway: Gateway) -> None:
    """P4"""
    gina, hugo = await gateway.program(GINA), await gateway.program(HUGO)

    ended = await gina.post("/api/v1/portal/tickets/7/end", {"outcome": "not_needed"})
    asked = gateway.behind.last()
    assert (asked.path, asked.body, asked.acting.roles) == ("/tickets/7/end", {"outcome": "not_needed", "text": ""}, ())
    assert (ended.status_code, ended.json()["number"]) == (200, 7)
    assert NOTE not in ended.text
    assert (await gina.post("/api/v1/portal/tickets/7/end", {"outcome": "magic"})).status_code == 422
    assert (await hugo.post("/api/v1/portal/tickets/7/end", {})).status_code == 404


async def test_the_api_describes_itself(gateway: Gateway) -> None:
    described = (await gateway.stranger().get("/openapi.json")).json()

    assert "/api/v1/tickets/{number}/comments" in described["paths"]
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation.get("description"), path
