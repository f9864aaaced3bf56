"""What outsiders get: another company's people nothing at all, guests their own ticket and its public side."""

import json
from typing import Any

import pytest

from balcao.shared.events import TaskCreated
from balcao.shared.tokens import Acting
from tests.integration.tickets.running import AS_ANA, EVE, Desk, acting, answer_to, said_by_workflow, task_of
from tests.unit.tickets.builders import COMPANY, EVA, a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

COMMANDS: list[tuple[str, Any]] = [
    ("/tickets/1/action-plan", {"text": "plano"}),
    ("/tickets/1/stage", {"stage": "planning"}),
    ("/tickets/1/stage-assignee", {"stage": "delivery", "person_id": "bia"}),
    ("/tickets/1/analyst", {"person_id": "bia"}),
    ("/tickets/1/tasks", {"title": "Arte"}),
    ("/tickets/1/comments", {"text": "nota"}),
    ("/tickets/1/resolve", {"method": "answered"}),
    ("/tickets/1/wait", {"reason": "more_information"}),
    ("/tickets/1/reopen", None),
    ("/tickets/1/cancel", None),
    ("/tickets/1/merge", {"numbers": [2]}),
    ("/tickets/1/split", {"title": "Parte", "text": "algo"}),
    ("/tickets/1/undo", {"entry": 1}),
    ("/tickets/1/take", None),
    ("/tickets/1/give-back", None),
    ("/tickets/1/reject", {"remark": "não"}),
    ("/tickets/1/draft", {"title": "Outro"}),
    ("/tickets/1/submit", None),
]
SECRETS = ("cliente difícil", "cores da concorrente", "Bia", "Davi", "Arte secreta")


async def worked_on(desk: Desk) -> dict[str, Any]:
    """Dora's ticket with something private of every kind."""
    ticket = await desk.opened()
    done = [
        await desk.post("/tickets/1/comments", {"text": "cliente difícil"}),
        await desk.post("/tickets/1/action-plan", {"text": "refazer com as cores da concorrente"}),
        await desk.post("/tickets/1/stage-assignee", {"stage": "delivery", "person_id": "davi"}),
        await desk.post("/tickets/1/tasks", {"title": "Arte secreta", "executor_id": "bia"}),
        await desk.post("/tickets/1/comments", {"text": "Está quase", "visible": True}),
    ]
    assert [answer.status_code for answer in done] == [200, 200, 200, 202, 200]
    await desk.following.follow(said_by_workflow(TaskCreated(task=task_of(ticket, "task-9", 1, title="Arte secreta"))))
    return await desk.ticket()


async def dora(desk: Desk) -> Acting:
    """Dora with the id the desk gave her."""
    requester = (await desk.ticket())["requester"]
    return acting(a_requester(), person_id=requester["person_id"])


async def stranger() -> Acting:
    """Another guest of the same company."""
    return acting(a_requester(), person_id="stranger", address="ze@longe.test")


async def test_another_companys_agent_finds_no_ticket_to_command(desk: Desk) -> None:
    ticket = await desk.opened()
    for path, body in COMMANDS:
        if body and "person_id" in body:
            body = body | {"person_id": EVE.person_id}  # noqa: PLW2901 - somebody she may name, or that is refused first
        refused = await desk.post(path, body, EVE)
        assert (path, refused.status_code, refused.json()["type"]) == (path, 404, "urn:balcao:problem:not-found")
    assert (await desk.ticket())["version"] == ticket["version"]


async def test_another_companys_agent_sees_nothing(desk: Desk) -> None:
    ticket = await worked_on(desk)
    assert (await desk.get("/tickets/1", EVE)).status_code == 404
    assert (await desk.get("/tickets", EVE, status="any")).json() == {"items": [], "next": None}
    assert [one["id"] for one in (await desk.get("/people", EVE)).json()["items"]] == ["eve"]
    assert (await desk.get("/company", EVE)).json()["slug"] == "outra"
    await desk.desk.take_message(answer_to(ticket, sender=EVA))
    (held,) = (await desk.get("/held")).json()["items"]
    assert (await desk.get("/held", EVE)).json() == {"items": []}
    for what in ("accept", "open-new", "discard"):
        assert (await desk.post(f"/held/{held['id']}/{what}", None, EVE)).status_code == 404
    assert len((await desk.get("/held")).json()["items"]) == 1


async def test_an_agent_of_a_company_that_is_not_set_up_gets_nothing(desk: Desk) -> None:
    await desk.opened()
    nobody = EVE.model_copy(update={"company_id": "nowhere"})
    for path in ("/tickets/1", "/company", "/people"):
        assert (await desk.get(path, nobody)).status_code == 404
    assert (await desk.get("/tickets", nobody, status="any")).status_code == 404


async def test_a_guest_sees_nothing_private_of_their_own_ticket(desk: Desk) -> None:
    """W7, P5"""
    await worked_on(desk)
    who = await dora(desk)
    shown = (await desk.get("/tickets/1", who)).json()
    text = json.dumps([shown, (await desk.get("/tickets", who)).json()], ensure_ascii=False)
    assert [word for word in SECRETS if word in text] == []
    assert "Está quase" in text
    assert "Preciso de um banner." in text
    team = (await desk.get("/tickets/1")).text
    assert [word for word in SECRETS if word not in team] == []
    hidden = {"action_plan", "priority", "tasks", "stage_assignees", "assignee", "analyst", "progress", "production"}
    assert not hidden & set(shown)
    assert [entry["type"] for entry in shown["timeline"]] == ["ticket.opened.v1", "ticket.replied.v1"]


async def test_a_guest_finds_their_own_tickets_only(desk: Desk) -> None:
    """P2, P5"""
    await worked_on(desk)
    assert len(await desk.tickets(await dora(desk))) == 1
    other = await stranger()
    assert await desk.tickets(other) == []
    assert (await desk.get("/tickets/1", other)).status_code == 404
    for question in ({"analyst": "ana"}, {"executor": "bia"}, {"stage": "production"}, {"status": "open"}):
        assert (await desk.get("/tickets", other, **question)).json()["items"] == []


async def test_a_guest_learns_nothing_from_asking_by_analyst_or_stage(desk: Desk) -> None:
    """P5: an answer that depends on a private field tells it."""
    await worked_on(desk)
    who = await dora(desk)
    for question in ({"analyst": "nobody"}, {"executor": "nobody"}, {"stage": "triage"}):
        assert len((await desk.get("/tickets", who, status="any", **question)).json()["items"]) == 1


async def test_whoever_gets_copies_sees_the_public_side(desk: Desk) -> None:
    """O4, P5"""
    await desk.opened(others=(EVA,))
    eva = acting(a_requester(), person_id="eva", address="EVA@cliente.test")
    shown = (await desk.get("/tickets/1", eva)).json()
    assert "action_plan" not in shown


async def test_a_guest_with_a_second_address_sees_their_ticket(desk: Desk) -> None:
    """P2"""
    await desk.opened()
    who = (await dora(desk)).model_copy(update={"address": "dora@casa.test"})
    assert (await desk.get("/tickets/1", who)).status_code == 200


async def test_somebody_who_left_the_team_sees_no_ticket_for_having_worked_on_it(desk: Desk) -> None:
    """W7"""
    await worked_on(desk)
    former = AS_ANA.model_copy(update={"roles": ()})
    assert (await desk.get("/tickets/1", former)).status_code == 404
    assert await desk.tickets(former) == []


async def test_a_guest_commands_nothing_not_even_their_own_ticket(desk: Desk) -> None:
    ticket = await desk.opened()
    who = await dora(desk)
    for path, body in [*COMMANDS, ("/tickets", {"title": "Banner"}), ("/drafts", {"title": "Banner"})]:
        refused = await desk.post(path, body, who)
        assert (path, refused.status_code, refused.json()["type"]) == (path, 404, "urn:balcao:problem:unknown-ticket")
    assert (await desk.ticket())["version"] == ticket["version"]
    assert len(await desk.tickets()) == 1


async def test_a_guest_sees_nothing_of_the_desk(desk: Desk) -> None:
    await desk.opened()
    who = await dora(desk)
    for path in ("/people", "/company", "/held"):
        assert (await desk.get(path, who)).status_code == 404, path


async def test_a_refused_outsider_cannot_tell_a_ticket_that_is_there_from_one_that_is_not(desk: Desk) -> None:
    await desk.opened()
    for who in (EVE, await stranger()):
        there, nowhere = await desk.get("/tickets/1", who), await desk.get("/tickets/2", who)
        assert there.json() | {"detail": ""} == nowhere.json() | {"detail": ""}
        assert there.json()["detail"].replace("1", "2") == nowhere.json()["detail"]


def test_the_company_of_these_tests_is_the_one_of_the_builders() -> None:
    """Or every outsider would be refused for the wrong reason."""
    assert (AS_ANA.company_id, EVE.company_id) == (COMPANY, "outra")
