"""Pages of production without a script: each form asks the right service, and what is refused keeps what was typed."""

from typing import Any

import pytest

from tests.integration.portal_api.behind import ITEM
from tests.integration.portal_api.running import ANA, GINA, PAULO, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

TASK = "/agencia/desk/tasks/3"
FORMS: list[tuple[str, dict[str, Any], str, str, dict[str, Any] | None]] = [
    ("phase", {"phase": "external"}, "POST", "/tasks/3/phase", {"phase": "external"}),
    ("deliver", {"handover": "Pronto."}, "POST", "/tasks/3/complete", {"handover": "Pronto."}),
    (
        "deliver",
        {"to": "external", "links": "https://a.test Prova", "despite_blockers": "1"},
        "POST",
        "/tasks/3/phase",
        {"links": [{"url": "https://a.test", "title": "Prova"}], "despite_blockers": True, "phase": "external"},
    ),
    ("assign", {"person_id": ""}, "POST", "/tasks/3/assign", {"person_id": None}),
    (
        "edit",
        {"title": "Arte", "text": "Nova"},
        "PATCH",
        "/tasks/3",
        {"title": "Arte", "description": "Nova", "files": []},
    ),
    (
        "plan",
        {"due": "", "estimate": "2h30", "project_id": "p"},
        "PATCH",
        "/tasks/3",
        {"due": None, "estimate_minutes": 150, "project_id": "p"},
    ),
    ("checklist", {"text": " Prova  impressa "}, "POST", "/tasks/3/checklist", {"text": "Prova impressa"}),
    ("item", {"item": ITEM, "do": "tick"}, "PATCH", f"/tasks/3/checklist/{ITEM}", {"done": True}),
    ("item", {"item": ITEM, "do": "up", "at": "2"}, "PATCH", f"/tasks/3/checklist/{ITEM}", {"place": 1}),
    ("item", {"item": ITEM, "do": "remove"}, "DELETE", f"/tasks/3/checklist/{ITEM}", None),
    (
        "tags",
        {"tag": ["site", "novo"], "had": ["site", "velho"]},
        "POST",
        "/tasks/3/tags",
        {"add": ["novo"], "remove": ["velho"]},
    ),
    (
        "time",
        {"spent": "1:15", "day": "2026-11-20"},
        "POST",
        "/tasks/3/time",
        {"day": "2026-11-20", "minutes": 75, "note": ""},
    ),
    ("wait-for", {"blocker": "T-9"}, "POST", "/tasks/3/blockers", {"number": 9}),
    ("stop-waiting", {"blocker": "9"}, "DELETE", "/tasks/3/blockers/9", None),
    (
        "comments",
        {"text": "Falta a logo"},
        "POST",
        "/tasks/3/comments",
        {"text": "Falta a logo", "files": [], "mentions": []},
    ),
    ("cancel", {"reason": "Desistiram"}, "POST", "/tasks/3/cancel", {"reason": "Desistiram"}),
    ("reopen", {}, "POST", "/tasks/3/reopen", {}),
]


async def test_each_form_of_a_task_works_without_a_script(gateway: Gateway, subtests: pytest.Subtests) -> None:
    """H4, H6, O14"""
    paulo = await gateway.browser(PAULO)
    for command, fields, method, path, body in FORMS:
        with subtests.test(f"{command} {fields}"):
            answer = await paulo.submit(TASK, f"{TASK}/{command}", version="4", **fields)
            assert (answer.status_code, answer.headers["location"].partition("#")[0]) == (303, TASK)
            asked = gateway.behind.last()
            assert (asked.method, asked.path, asked.body) == (method, path, body)


async def test_what_moves_a_task_insists_on_what_was_seen_and_small_additions_do_not(gateway: Gateway) -> None:
    paulo = await gateway.browser(PAULO)
    await paulo.submit(TASK, f"{TASK}/phase", version="4", phase="external")
    assert gateway.behind.last().headers["if-match"] == "4"
    await paulo.submit(TASK, f"{TASK}/checklist", version="4", once="o1", text="x")
    assert "if-match" not in gateway.behind.last().headers
    assert gateway.behind.last().headers["idempotency-key"] == "o1"


async def test_a_refused_form_keeps_what_was_typed_and_says_why(gateway: Gateway) -> None:
    """H6: a task that waits for others is moved only by saying so."""
    paulo = await gateway.browser(PAULO)
    stale = {"type": "urn:balcao:problem:stale", "title": "Stale", "status": 409}
    gateway.behind.refusals["/tasks/3/complete"] = (409, stale)
    answer = await paulo.submit(TASK, f"{TASK}/deliver", version="3", handover="Tudo na pasta.", links="https://a.test")
    assert answer.status_code == 409
    assert "Tudo na pasta.</textarea>" in answer.text
    assert "https://a.test</textarea>" in answer.text
    assert "Outra pessoa alterou antes" in answer.text

    blocked = {"type": "urn:balcao:problem:task-is-blocked", "title": "x", "status": 409}
    gateway.behind.refusals["/tasks/3/phase"] = (409, {**blocked, "blockers": [{"number": 2, "title": "Fotos"}]})
    answer = await paulo.submit(TASK, f"{TASK}/phase", version="4", phase="external")
    assert "T-2 Fotos" in answer.text
    assert 'name="despite_blockers" value="1"' in answer.text

    answer = await paulo.submit(TASK, f"{TASK}/time", spent="muito", version="4")
    assert (answer.status_code, 'value="muito"' in answer.text) == (422, True)


async def test_a_script_is_answered_with_parts_of_the_page_whatever_comes_of_it(gateway: Gateway) -> None:
    paulo = await gateway.browser(PAULO)
    paulo.http.headers["hx-request"] = "true"
    moved = await paulo.submit(TASK, f"{TASK}/phase", version="4", phase="external")
    assert (moved.status_code, moved.text.lstrip().startswith('<div id="task-live"')) == (200, True)
    assert "<html" not in moved.text
    gateway.behind.refusals["/tasks/3/phase"] = (409, {"type": "urn:balcao:problem:stale", "title": "Stale"})
    refused = await paulo.submit(TASK, f"{TASK}/phase", version="3", phase="external")
    assert (refused.status_code, 'role="alert"' in refused.text, "<html" in refused.text) == (409, True, False)
    news = await paulo.get(f"{TASK}/_task")
    assert 'hx-target="#task-said"' not in news.text, "news does not wipe away what was said"


async def test_links_are_for_people_of_the_desk(gateway: Gateway) -> None:
    """H5, H6: `tickets` decides about them."""
    ana, paulo = await gateway.browser(ANA), await gateway.browser(PAULO)
    await ana.submit(TASK, f"{TASK}/link-ticket", ticket="#7")
    asked = gateway.behind.last()
    assert (asked.service, asked.method, asked.path) == ("tickets", "PUT", "/tickets/7/tasks/task-3")
    await ana.submit(TASK, f"{TASK}/unlink-ticket", ticket="7")
    assert gateway.behind.last().method == "DELETE"
    gateway.behind.asked.clear()
    assert (await paulo.submit(TASK, f"{TASK}/link-ticket", ticket="7")).status_code == 403
    assert "Vincular ticket" not in (await paulo.get(TASK)).text


async def test_a_move_on_the_board_is_answered_with_the_board_as_it_is(gateway: Gateway) -> None:
    paulo = await gateway.browser(PAULO)
    board, moves = "/agencia/desk/board", "/agencia/desk/board/moves?type=type"
    answer = await paulo.submit(board, moves, task="3", phase="external", version="4")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{board}?type=type")
    asked = gateway.behind.last()
    assert (asked.path, asked.body, asked.headers["if-match"]) == ("/tasks/3/phase", {"phase": "external"}, "4")
    gateway.behind.refusals["/tasks/3/phase"] = (409, {"type": "urn:balcao:problem:stale", "title": "Stale"})
    refused = await paulo.submit(board, moves, task="3", phase="external", version="3")
    assert refused.status_code == 409
    assert "Outra pessoa alterou antes" in refused.text
    assert 'id="card-3"' in refused.text
    assert "board-said" not in (await paulo.get(f"{board}/_board?type=type")).text, "drawing it anew leaves the words"


async def test_list_and_board_keep_the_filters_that_both_know(gateway: Gateway) -> None:
    """H9"""
    paulo = await gateway.browser(PAULO)
    for here, there in (
        ("/board?executor=me", "/tasks?executor=me&amp;type=type"),
        ("/board", "/tasks?executor=any&amp;type=type"),
        ("/tasks?executor=ana&type=type&due=today", "/board?executor=ana&amp;type=type"),
        ("/tasks?executor=any&type=gone", "/board"),
        ("/tasks", "/board?executor=me"),
    ):
        page = (await paulo.get(f"/agencia/desk{here}")).text
        switch = page[page.index('class="t-views"') :]
        assert f'href="/agencia/desk{there}"' in switch[: switch.index("</nav>")], here


async def test_own_work_is_created_from_its_form_and_an_unfinished_one_comes_back_filled(gateway: Gateway) -> None:
    paulo = await gateway.browser(PAULO)
    new = "/agencia/desk/tasks/new"
    made = await paulo.submit(new, "/agencia/desk/tasks", title="Banner", text="Natal", checklist="Logo", tag="site")
    assert (made.status_code, made.headers["location"]) == (303, TASK)
    body = gateway.behind.last().body
    assert (body["title"], body["description"], body["checklist"], body["tags"]) == (
        "Banner",
        "Natal",
        ["Logo"],
        ["site"],
    )
    kept = await paulo.submit(new, "/agencia/desk/tasks", title="Banner", text="Natal", due="ontem", tag="site")
    assert kept.status_code == 422
    assert "Natal</textarea>" in kept.text
    assert 'value="site" checked' in kept.text


async def test_to_guests_there_is_no_production(gateway: Gateway) -> None:
    gina = await gateway.browser(GINA)
    for path in (TASK, f"{TASK}/_task", "/agencia/desk/tasks", "/agencia/desk/board", "/agencia/desk/workload"):
        assert (await gina.get(path)).status_code == 404, path
    assert gateway.behind.of("/tasks/3") == []
