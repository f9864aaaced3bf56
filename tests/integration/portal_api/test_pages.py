"""Pages without a browser: what they say, what forms do, what happens when a service refuses or is away."""

import re
from typing import Any

import pytest

from tests.integration.portal_api.behind import NOTE, a_ticket
from tests.integration.portal_api.running import ANA, EVA, GINA, HUGO, PAULO, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKET = "/agencia/desk/tickets/7"
UNSENT = "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c"
MERGED = {"kind": "merged_into", "number": 9, "title": "Cartaz"}
DESK = (
    TICKET,
    f"{TICKET}/info",
    f"{TICKET}/history",
    "/agencia/desk/tickets",
    "/agencia/desk/tasks",
    "/agencia/desk/tasks/3",
    "/agencia/desk/notices",
)


async def test_every_desk_page_is_there_for_an_agent_and_for_nobody_else(gateway: Gateway) -> None:
    ana, gina, eva = await gateway.browser(ANA), await gateway.browser(GINA), await gateway.browser(EVA, "outra")

    for page in DESK:
        assert (await ana.get(page)).status_code == 200, page
        from_outside = await gina.get(page)
        if page.startswith(TICKET):  # a guest who follows a colleague's link is led to the same ticket on the portal
            assert from_outside.headers["location"] == "/agencia/my/tickets/7", page
        else:
            assert from_outside.status_code == 404, page
        assert (await eva.get(page)).status_code == 404, page
        assert (await gateway.stranger().get(page)).headers["location"].startswith("/agencia/sign-in?next="), page


async def test_the_404_page_tells_an_outsider_nothing(gateway: Gateway) -> None:
    eva = await gateway.browser(EVA, "outra")

    there, not_there = await eva.get(TICKET), await eva.get("/agencia/desk/tickets/999")
    nowhere = await eva.get("/nowhere/desk/tickets/7")

    assert re.sub(r"\s", "", there.text) == re.sub(r"\s", "", not_there.text) == re.sub(r"\s", "", nowhere.text)
    assert "Farol" not in there.text


async def test_the_list_shows_urgency_stage_and_whose_move_it_is(gateway: Gateway) -> None:
    page = (await (await gateway.browser(ANA)).get("/agencia/desk/tickets?analyst=me")).text

    assert "Cartaz A3 da &lt;feira&gt;" in page, "a title is text, never markup"
    for words in ("75", "Alta", "Produção", "Ana Prado", "Respondeu", "0/1 tarefa", "Meus tickets"):
        assert words in page, words
    assert 'href="?analyst=me&amp;after=7&amp;trail=-"' in page


async def test_a_private_note_is_marked_in_words_before_its_text_and_an_answer_is_not(gateway: Gateway) -> None:
    page = (await (await gateway.browser(ANA)).get(TICKET)).text
    entries = re.findall(r'<li class="msg (\w+)".*?</li>', page, re.DOTALL)
    note = re.search(r'<li class="msg note".*?</li>', page, re.DOTALL)
    reply = re.search(r'<li class="msg out".*?</li>', page, re.DOTALL)

    assert entries == ["in", "note", "out"]
    assert note is not None
    assert reply is not None
    assert note[0].index("Nota privada, só a equipe vê") < note[0].index(NOTE)
    assert "Nota privada" not in reply[0]
    assert "Entregue a Gina Lima" in reply[0]


async def test_what_somebody_wrote_is_shown_as_text_with_its_quote_folded(gateway: Gateway) -> None:
    page = (await (await gateway.browser(ANA)).get(TICKET)).text

    assert "&lt;b&gt;Urgente&lt;/b&gt;" in page
    assert "<b>Urgente</b>" not in page
    assert "Mostrar texto citado" in page


async def test_no_page_has_script_or_style_of_its_own_and_the_policy_says_so(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)

    for page in (
        *DESK,
        "/agencia/my/tickets",
        "/agencia/my/tickets/7",
        "/agencia/my/tickets/new",
        "/agencia/desk/tickets/new",
    ):
        answer = await ana.get(page)
        assert answer.status_code == 200, page
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", answer.text), page
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text), page


async def test_a_stage_click_moves_the_ticket_by_the_version_seen_and_comes_back(gateway: Gateway) -> None:
    answer = await (await gateway.browser(ANA)).submit(TICKET, f"{TICKET}/stage", stage="delivery", version="12")

    assert (answer.status_code, answer.headers["location"]) == (303, TICKET)
    asked = gateway.behind.last()
    assert (asked.path, asked.body, asked.headers["if-match"]) == ("/tickets/7/stage", {"stage": "delivery"}, "12")


async def test_a_plan_that_somebody_else_overtook_is_kept_and_the_page_says_why(gateway: Gateway) -> None:
    problem = {"type": "urn:balcao:problem:stale", "title": "Stale", "status": 409, "detail": "version 13"}
    gateway.behind.refusals["/tickets/7/action-plan"] = (409, problem)
    ana = await gateway.browser(ANA)

    answer = await ana.submit(TICKET, f"{TICKET}/action-plan", text="Meu plano <longo>", version="12")

    assert answer.status_code == 409
    assert "Outra pessoa alterou antes" in answer.text
    assert "Meu plano &lt;longo&gt;</textarea>" in answer.text


async def test_a_note_is_saved_at_once_and_is_private_without_being_told_so(gateway: Gateway) -> None:
    answer = await (await gateway.browser(ANA)).submit(TICKET, f"{TICKET}/comments", text="Só nós", action="save")

    assert answer.status_code == 303
    assert gateway.behind.of("/tickets/7/comments")[-1].body == {"text": "Só nós", "visible": False, "files": []}
    assert gateway.behind.of("/preview") == []


async def test_an_answer_is_shown_before_it_is_sent_and_sent_once_confirmed(gateway: Gateway) -> None:
    """W7: nothing goes out that was not looked at."""
    ana = await gateway.browser(ANA)
    arte = {"files": ("arte.pdf", b"%PDF", "application/pdf")}

    preview = await ana.submit(TICKET, f"{TICKET}/comments", files=arte, text="Está pronto", visible="1", action="send")

    assert preview.status_code == 200
    assert gateway.behind.of("/tickets/7/comments") == []
    for words in ("Conferir antes de enviar", "gina@cliente.test", "lia@cliente.test", "arte.pdf"):
        assert words in preview.text, words
    assert "Enviar para 2 pessoas" in preview.text
    fact = gateway.behind.of("/preview")[-1].body["fact"]
    assert [one["address"] for one in fact["recipients"]] == ["gina@cliente.test", "lia@cliente.test"]

    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', preview.text))
    sent = await ana.submit(TICKET, f"{TICKET}/comments", **(fields | {"text": "Está pronto", "action": "resolve"}))

    assert sent.status_code == 303
    body = gateway.behind.of("/tickets/7/comments")[-1].body
    assert (body["visible"], body["then"]) == (True, {"status": "resolved", "method": "answered"})
    assert body["files"][0]["name"] == "arte.pdf"


async def test_words_changed_after_the_preview_are_shown_again_before_they_go_out(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    answer = {"visible": "1", "action": "send"}
    preview = await ana.submit(TICKET, f"{TICKET}/comments", text="Está pronto", **answer)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', preview.text)) | answer

    again = await ana.submit(TICKET, f"{TICKET}/comments", **(fields | {"text": "Está quase pronto"}))

    assert "Conferir antes de enviar" in again.text
    assert gateway.behind.of("/tickets/7/comments") == []


async def test_a_saved_reply_brings_how_long_it_waits_and_the_sheet_says_so(gateway: Gateway) -> None:
    """W4, W8, W18: without script too."""
    then = {"status": "waiting", "reason": "more_information", "days": 3, "close_if_no_answer": True}
    reply = {"text": "Quais são as medidas?", "visible": True, "sets": {"then": then}}
    gateway.behind.refusals["/saved-replies/r-1/rendered"] = (200, reply)
    ana = await gateway.browser(ANA)
    composer = (await ana.get(f"{TICKET}?reply=r-1")).text.split('id="composer"')[1]
    assert 'name="days" min="0" max="365" autocomplete="off" placeholder="5" value="3"' in composer
    assert 'name="close" value="1" autocomplete="off" checked' in composer

    fields = {"text": reply["text"], "visible": "1", "then": "waiting", "reason": "more_information"}
    sheet = await ana.submit(
        TICKET, f"{TICKET}/comments", **fields, days="3", close=["0", "1"], saved_reply_id="r-1", action="preview"
    )
    assert "Mais informações do solicitante, 3 dias úteis; resolvido se não houver resposta" in sheet.text
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', sheet.text))
    await ana.submit(TICKET, f"{TICKET}/comments", **(carried | {"action": "send"}))
    assert gateway.behind.of("/tickets/7/comments")[-1].body["then"] == then


@pytest.mark.parametrize(
    ("command", "fields", "expected"),
    [
        (
            "tasks",
            {"title": "Arte", "executor_id": "paulo", "due": "2026-11-23T12:00"},
            {"title": "Arte", "executor_id": "paulo", "due": "2026-11-23T12:00:00-03:00"},
        ),
        ("tasks", {"title": "", "executor_id": "", "due": ""}, {}),
        ("resolve", {"method": "no_response"}, {"method": "no_response"}),
        ("wait", {"reason": "more_information", "until": ""}, {"reason": "more_information"}),
        ("stage-assignee", {"stage": "planning", "person_id": "ana"}, {"stage": "planning", "person_id": "ana"}),
        ("analyst", {"person_id": "ana"}, {"person_id": "ana"}),
        ("reopen", {}, {}),
    ],
    ids=["task", "task with defaults", "resolve", "wait", "stage assignee", "analyst", "reopen"],
)
async def test_forms_become_commands(
    gateway: Gateway, command: str, fields: dict[str, str], expected: dict[str, str]
) -> None:
    answer = await (await gateway.browser(ANA)).submit(TICKET, f"{TICKET}/{command}", **fields)

    assert answer.status_code == 303, answer.text
    assert gateway.behind.of(f"/tickets/7/{command}")[-1].body == expected


async def test_a_form_without_the_pages_token_or_from_elsewhere_changes_nothing(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    token = (await ana.get(TICKET)).text.split('name="csrf" value="')[1].split('"')[0]
    others = (await (await gateway.browser(PAULO)).get(TICKET)).text.split('name="csrf" value="')[1].split('"')[0]

    for fields, headers in (
        ({"stage": "delivery"}, {}),
        ({"stage": "delivery", "csrf": others}, {}),
        ({"stage": "delivery", "csrf": token}, {"origin": "https://evil.test"}),
        ({"stage": "delivery", "csrf": token}, {"sec-fetch-site": "same-site"}),
    ):
        answer = await ana.http.post(f"{TICKET}/stage", data=fields, headers=headers)
        assert answer.status_code == 403
    assert gateway.behind.of("/tickets/7/stage") == []


async def test_a_producer_sees_the_ticket_without_its_forms_and_moves_the_task(gateway: Gateway) -> None:
    paulo = await gateway.browser(PAULO)

    page = (await paulo.get(TICKET)).text
    assert 'id="composer"' not in page
    assert "/stage" not in page
    assert (await paulo.submit(TICKET, f"{TICKET}/stage", stage="delivery")).status_code == 403

    task = "/agencia/desk/tasks/3"
    moved = await paulo.submit(task, f"{task}/phase", phase="external", version="4")
    assert (moved.status_code, moved.headers["location"]) == (303, task)
    asked = gateway.behind.last()
    assert (asked.path, asked.body, asked.headers["if-match"]) == ("/tasks/3/phase", {"phase": "external"}, "4")


async def test_a_service_that_is_away_is_a_page_that_says_so(gateway: Gateway) -> None:
    gateway.behind.refusals["/tickets"] = (503, {"title": "away"})

    answer = await (await gateway.browser(ANA)).get("/agencia/desk/tickets")

    assert answer.status_code == 503
    assert "não responde" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


async def test_without_notices_and_deliveries_a_ticket_is_still_worth_showing(gateway: Gateway) -> None:
    for path in ("/notices", "/deliveries"):
        gateway.behind.refusals[path] = (500, {"title": "broken"})

    page = await (await gateway.browser(ANA)).get(TICKET)

    assert page.status_code == 200
    assert "Já está em produção." in page.text


async def test_an_answer_written_while_tickets_is_away_is_not_lost(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    gateway.behind.refusals["/tickets/7/comments"] = (500, {"title": "broken"})

    answer = await ana.submit(TICKET, f"{TICKET}/comments", text="Palavras caras", action="save")

    assert answer.status_code == 503
    assert "Palavras caras</textarea>" in answer.text


async def test_the_portal_shows_words_and_steps_and_nothing_private(gateway: Gateway) -> None:
    page = (await (await gateway.browser(GINA)).get("/agencia/my/tickets/7")).text

    for words in (
        "Cartaz A3 da &lt;feira&gt;",
        "Já está em produção.",
        "Você",
        "Em produção",
        "Etapa 3 de 4",
        "Responder",
    ):
        assert words in page, words
    for private in (
        NOTE,
        "Refazer a arte",
        "interno.pdf",
        "Arte do cartaz",
        "Alta",
        "ana@agencia.test",
        "Nota privada",
    ):
        assert private not in page, private


async def test_the_portal_is_empty_for_another_guest(gateway: Gateway) -> None:
    hugo = await gateway.browser(HUGO)

    assert (await hugo.get("/agencia/my/tickets/7")).status_code == 404
    assert "Cartaz" not in (await hugo.get("/agencia/my/tickets?status=all")).text


async def test_a_guest_answers_with_a_file_and_is_told_that_it_arrived(gateway: Gateway) -> None:
    gina = await gateway.browser(GINA)
    page = "/agencia/my/tickets/7"

    answer = await gina.submit(
        page, f"{page}/replies", files={"files": ("foto.png", b"\x89PNG", "image/png")}, text="Aprovado"
    )

    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}?sent=1#last")
    body = gateway.behind.of("/messages")[-1].body
    assert (body["ticket_id"], body["text"], body["files"][0]["name"]) == ("ticket-7", "Aprovado", "foto.png")
    assert "Sua resposta foi recebida" in (await gina.get(f"{page}?sent=1")).text


async def test_a_request_without_a_subject_keeps_its_words(gateway: Gateway) -> None:
    gina = await gateway.browser(GINA)

    answer = await gina.submit("/agencia/my/tickets/new", "/agencia/my/tickets", subject=" ", text="Longa história")

    assert answer.status_code == 422
    assert "Falta o título." in answer.text
    assert "Longa história</textarea>" in answer.text


async def test_english_is_one_choice_away_and_stays(gateway: Gateway) -> None:
    ana = await gateway.browser(ANA)
    assert "Meus tickets" in (await ana.get("/agencia/desk/tickets?analyst=me")).text

    chosen = await ana.submit(
        TICKET, "/agencia/preferences", language="en", theme="dark", back="/agencia/desk/tickets?analyst=me"
    )

    page = (await ana.get(chosen.headers["location"])).text
    assert "My tickets" in page
    assert 'lang="en" data-theme="dark"' in page


async def test_the_browsers_language_counts_until_one_was_chosen(gateway: Gateway) -> None:
    page = await gateway.stranger().get("/agencia/sign-in", headers={"accept-language": "en-GB,en;q=0.8,pt;q=0.3"})

    assert "Sign in to follow your tickets." in page.text


async def test_static_files_are_kept_for_a_year_under_a_name_that_changes_with_them(gateway: Gateway) -> None:
    page = (await gateway.stranger().get("/agencia/sign-in")).text
    names = re.findall(r'"(/static/[^"#]+)', page)
    assert len(names) >= 3

    for name in set(names):
        answer = await gateway.stranger().get(name)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert (await gateway.stranger().get("/static/balcao.000000000000.css")).status_code == 404


@pytest.mark.parametrize(
    "ended",
    [{"status": "closed", "resolution": "spam"}, {"status": "resolved", "links": [MERGED]}],
    ids=["closed", "merged"],
)
async def test_where_nothing_can_be_written_unsent_words_can_be_read_and_dropped(
    gateway: Gateway, ended: dict[str, Any]
) -> None:
    """W7, W8: given back by spam, or begun by somebody before a colleague was done with the ticket."""
    gateway.behind.ticket = a_ticket(**ended)
    ana = await gateway.browser(ANA)
    assert 'id="composer"' not in (await ana.get(TICKET)).text
    begun = {"id": UNSENT, "revision": 2, "text": "Ia dizer isto", "step": {"command": "resolve"}}
    back = {"id": "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2e", "revision": 1, "returned": "spam", "text": "Dito e devolvido"}
    gateway.behind.refusals["/tickets/7/unsent"] = (200, {"items": [begun, back], "revision": 2, "recipients": []})

    page = (await ana.get(f"{TICKET}?take={back['id']}")).text

    shown = page.split('id="composer"')[1]
    assert "Não é mais possível escrever" in page
    assert 'id="writing"' not in page
    for words in ("Você tinha começado", "Ia dizer isto", "não saiu e voltou", "Dito e devolvido"):
        assert words in shown, words
    assert (await ana.submit(TICKET, f"{TICKET}/unsent/{UNSENT}/drop")).status_code == 303
    assert gateway.behind.of(f"/tickets/7/unsent/{UNSENT}")[-1].method == "DELETE"


@pytest.mark.parametrize("status", ["resolved", "cancelled"])
async def test_what_is_written_on_an_ended_ticket_takes_it_back_into_service(gateway: Gateway, status: str) -> None:
    """W7, W8: and what was given back or begun before is there to be sent."""
    gateway.behind.ticket = a_ticket(status=status, progress=None)
    back = {"id": UNSENT, "revision": 1, "returned": "cancelled", "text": "Segue o banner", "visible": True}
    gateway.behind.refusals["/tickets/7/unsent"] = (200, {"items": [back], "revision": 0, "recipients": []})
    ana = await gateway.browser(ANA)

    assert f"?take={UNSENT}#composer" in (await ana.get(TICKET)).text
    composer = (await ana.get(f"{TICKET}?take={UNSENT}")).text.split('id="composer"')[1]

    assert "Segue o banner</textarea>" in composer
    assert "leva o ticket de volta" in composer
    situations = composer.split('name="then"')[1].split("</select>")[0]
    assert re.findall('value="([^"]*)"', situations) == ["open"]
    await ana.submit(TICKET, f"{TICKET}/comments", text="Só nós", then="open", action="save")
    assert gateway.behind.of("/tickets/7/comments")[-1].body["then"] == {"status": "open"}


async def test_a_producer_is_shown_no_words_of_anybodys(gateway: Gateway) -> None:
    gateway.behind.ticket = a_ticket(status="closed", resolution="answered")
    kept = {"items": [{"id": UNSENT, "revision": 1, "text": "Ia dizer isto"}], "revision": 1, "recipients": []}
    gateway.behind.refusals["/tickets/7/unsent"] = (200, kept)

    page = (await (await gateway.browser(PAULO)).get(TICKET)).text

    assert "Fechado" in page
    assert "Ia dizer isto" not in page


async def test_the_first_door_leads_home_or_asks_for_the_company(gateway: Gateway) -> None:
    stranger = gateway.stranger()
    assert "Qual é a sua empresa?" in (await stranger.get("/")).text
    assert (await stranger.get("/?company=agencia")).headers["location"] == "/agencia/sign-in"
    assert (await stranger.get("/?company=nowhere")).status_code == 404

    assert (await (await gateway.browser(ANA)).get("/")).headers["location"] == "/agencia/desk"
    assert (await (await gateway.browser(PAULO)).get("/")).headers["location"] == "/agencia/desk"
    assert (await (await gateway.browser(GINA)).get("/")).headers["location"] == "/agencia/my/tickets"


async def test_an_answer_in_its_undo_window_shows_and_can_be_taken_back(gateway: Gateway) -> None:
    """W7: its words are in the composer again, to be shown to the requester."""
    held = {
        "id": "6d1f7a52-58a4-5c2e-9f0a-0b41c0a11d2c",
        "author": {"name": "Ana Prado", "person_id": "ana"},
        "text": "Está quase pronto",
        "goes_out_at": "2026-11-20T14:05:15Z",
        "recipients": [gateway.behind.ticket["requester"]],
    }
    gateway.behind.ticket["outgoing"] = [held]
    undo = f"/tickets/7/outgoing/{held['id']}/undo"
    words = {"id": "u-1", "revision": 3, "returned": "undone", "text": held["text"], "visible": True}
    gateway.behind.refusals[undo] = (200, {"unsent": [words]})
    gateway.behind.refusals["/tickets/7/unsent"] = (200, {"items": [words], "revision": 3, "recipients": []})
    ana = await gateway.browser(ANA)

    page = await ana.get(TICKET)
    assert "Está quase pronto" in page.text.split('id="outgoing"')[1]
    back = await ana.submit(TICKET, f"{TICKET}/outgoing/{held['id']}/undo")

    assert (back.status_code, back.headers["location"]) == (303, f"{TICKET}?take=u-1#composer")
    assert len(gateway.behind.of(undo)) == 1
    composer = (await ana.get(f"{TICKET}?take=u-1")).text.split('id="composer"')[1]
    assert "Está quase pronto" in composer
    assert 'name="visible" value="1" autocomplete="off" checked' in composer
