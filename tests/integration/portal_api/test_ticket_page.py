"""The ticket's page without a browser: its commands, its parts, conflicts, and the letters it frames."""

from typing import Any

import pytest

from tests.integration.portal_api.running import ANA, EVA, GINA, PAULO, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKET = "/agencia/desk/tickets/7"
STALE = {"type": "urn:balcao:problem:stale", "title": "Stale", "status": 409, "detail": "version 13"}


def stale(kind: str) -> tuple[int, dict[str, object]]:
    """A refusal because somebody did this meanwhile."""
    data = {"stage": "planning", "reason": "team"}
    made = {"n": 5, "type": kind, "at": "2026-11-20T15:00:00Z", "actor": {"name": "Caio Lopes"}, "data": data}
    return 409, STALE | {"current_version": 13, "seen_version": 12, "changes": [made]}


@pytest.mark.parametrize(
    ("command", "fields", "method", "path", "body"),
    [
        ("take", {}, "POST", "/tickets/7/take", {}),
        ("give-back", {}, "POST", "/tickets/7/give-back", {}),
        ("reject", {"remark": "é de vídeo"}, "POST", "/tickets/7/reject", {"remark": "é de vídeo"}),
        ("title", {"title": " Cartaz A2 "}, "PATCH", "/tickets/7", {"title": "Cartaz A2"}),
        ("kind", {"kind": "quote"}, "PATCH", "/tickets/7", {"kind": "quote"}),
        ("priority", {"priority": "85"}, "PATCH", "/tickets/7", {"priority": 85}),
        ("workspace", {"workspace_id": ""}, "PATCH", "/tickets/7", {"workspace_id": None}),
        ("project", {"project_id": "p1"}, "PATCH", "/tickets/7", {"project_id": "p1"}),
        (
            "promise",
            {"at": "2026-11-27T12:00", "note": "a gráfica atrasou"},
            "PATCH",
            "/tickets/7",
            {"promised_for": "2026-11-27T12:00:00-03:00", "note": "a gráfica atrasou"},
        ),
        ("due", {"at": "", "note": ""}, "PATCH", "/tickets/7", {"due": None}),
        (
            "requester",
            {"address": "lia@cliente.test", "name": "Lia"},
            "PATCH",
            "/tickets/7",
            {"requester": {"address": "lia@cliente.test", "name": "Lia"}},
        ),
        (
            "watchers",
            {"add": "leo@cliente.test", "name": "Leo"},
            "PATCH",
            "/tickets/7",
            {"add_watchers": [{"address": "leo@cliente.test", "name": "Leo"}]},
        ),
        (
            "watchers",
            {"take_off": "lia@cliente.test"},
            "PATCH",
            "/tickets/7",
            {"remove_watchers": ["lia@cliente.test"]},
        ),
        ("tags", {"take_off": "t1"}, "PATCH", "/tickets/7", {"remove_tags": ["t1"]}),
        (
            "entry-tags",
            {"entry": "2", "take_off": "t1"},
            "POST",
            "/tickets/7/entries/2/tags",
            {"add": [], "remove": ["t1"]},
        ),
        (
            "wait",
            {"reason": "more_information", "days": "3", "asked": "1", "close": "1"},
            "POST",
            "/tickets/7/wait",
            {"reason": "more_information", "days": 3, "close_if_no_answer": True},
        ),
        (
            "tasks",
            {"title": "Arte", "task_type": "type", "tags_offered": "1", "tag": ["t1", "t2"]},
            "POST",
            "/tickets/7/tasks",
            {"title": "Arte", "task_type": "type", "tags": ["t1", "t2"]},
        ),
        ("tasks", {"tags_offered": "1"}, "POST", "/tickets/7/tasks", {"tags": []}),
        ("link-task", {"task": "T-3"}, "PUT", "/tickets/7/tasks/task-3", {"number": 3, "title": "Arte do cartaz"}),
        ("undo", {"entry": "4"}, "POST", "/tickets/7/undo", {"entry": 4}),
    ],
)
async def test_each_form_of_the_page_is_one_command_to_the_service(
    gateway: Gateway, command: str, fields: dict[str, Any], method: str, path: str, body: object
) -> None:
    """H1, O9, O10, O14, W3, W4, W9, W11, W15, W19."""
    answer = await (await gateway.browser(ANA)).submit(TICKET, f"{TICKET}/{command}", version="12", **fields)

    assert answer.status_code == 303, answer.text
    asked = gateway.behind.last()
    assert (asked.method, asked.path, asked.body, asked.headers["if-match"]) == (method, path, body, "12")


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("priority", {"priority": "alta"}),
        ("kind", {"kind": "riddle"}),
        ("promise", {"at": "amanhã"}),
        ("link-task", {"task": "99"}),
    ],
)
async def test_what_makes_no_sense_is_said_and_kept_and_reaches_nobody(
    gateway: Gateway, command: str, fields: dict[str, str]
) -> None:
    answer = await (await gateway.browser(ANA)).submit(TICKET, f"{TICKET}/{command}", **fields)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not [one for one in gateway.behind.asked if one.method != "GET"]


async def test_a_producer_and_a_guest_change_nothing(gateway: Gateway) -> None:
    paulo, gina = await gateway.browser(PAULO), await gateway.browser(GINA)

    assert (await paulo.submit(TICKET, f"{TICKET}/priority", priority="5")).status_code == 403
    assert (await gina.http.post(f"{TICKET}/priority", data={"priority": "5"})).status_code in (403, 404)
    assert gateway.behind.of("/tickets/7") == [one for one in gateway.behind.of("/tickets/7") if one.method == "GET"]


async def test_parts_are_there_for_the_team_only_and_only_those_asked_for(gateway: Gateway) -> None:
    ana, gina, eva = await gateway.browser(ANA), await gateway.browser(GINA), await gateway.browser(EVA, "outra")

    found = await ana.get(f"{TICKET}/_parts?of=stages,facts")

    assert 'hx-target="#stages"' in found.text
    assert 'hx-target="#facts"' in found.text
    assert 'hx-target="#timeline"' not in found.text
    assert "<html" not in found.text
    for somebody in (gina, eva):
        for path in ("_parts?of=stages", "_context", "mails/6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c/letter"):
            assert (await somebody.get(f"{TICKET}/{path}")).status_code == 404, path


async def test_what_others_did_meanwhile_is_shown_as_a_choice_with_what_was_typed(gateway: Gateway) -> None:
    gateway.behind.refusals["/tickets/7/stage"] = stale("ticket.stage_entered.v1")

    answer = await (await gateway.browser(ANA)).submit(TICKET, f"{TICKET}/stage", version="12", stage="delivery")

    assert answer.status_code == 409
    assert "Caio Lopes" in answer.text
    assert "Aplicar a minha mesmo assim" in answer.text
    assert '<input type="hidden" name="stage" value="delivery">' in answer.text
    assert len(gateway.behind.of("/tickets/7/stage")) == 1


async def test_what_has_nothing_to_do_with_it_does_not_stop_a_command(gateway: Gateway) -> None:
    gateway.behind.refusals["/tickets/7/stage"] = stale("ticket.noted.v1")

    await (await gateway.browser(ANA)).submit(TICKET, f"{TICKET}/stage", version="12", stage="delivery")

    assert [one.headers["if-match"] for one in gateway.behind.of("/tickets/7/stage")] == ["12", "13", "13"]


async def test_a_mail_that_is_none_of_the_tickets_is_not_shown_with_it(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)

    for mail in ("6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c", "..%2Fmessages"):
        assert (await ana.get(f"{TICKET}/mails/{mail}")).status_code == 404
        assert (await ana.get(f"{TICKET}/mails/{mail}/letter")).status_code == 404


async def test_an_original_mail_says_what_the_mail_server_found_out_about_its_sender(gateway: Gateway) -> None:
    """O1"""
    mail = "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c"
    gateway.behind.ticket["timeline"][0]["data"]["message_id"] = mail
    said = {"by": "mx.agencia.test", "dmarc": "pass", "authenticated": True}
    row = {"id": mail, "received_at": "2026-11-20T14:05:00Z", "authentication": said}
    body = {"text": "Olá", "html": "<p>Olá</p>", "blocked_images": 0}
    gateway.behind.refusals |= {f"/messages/{mail}": (200, row), f"/messages/{mail}/body": (200, body)}

    page = (await (await gateway.browser(ANA)).get(f"{TICKET}/mails/{mail}")).text

    assert "mx.agencia.test confirmou que ele vem do domínio do remetente." in page
    assert "DMARC: passou" in page


async def test_the_history_can_be_narrowed_and_hides_nothing_else(gateway: Gateway) -> None:
    """W10."""
    ana = await gateway.browser(ANA)

    whole, flow = [(await ana.get(f"{TICKET}/history{query}")).text for query in ("", "?only=flow")]

    assert whole.count('<li id="e') == 4
    assert flow.count('<li id="e') == 1
    assert "moveu o ticket para Produção" in flow
