"""The page behind an approval's link, approvals on the portal, rules on top and links of tasks, through the door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from balcao.shared.tokens import ApprovalLink, sign_approval
from tests.integration.portal_api.behind import HTML_FILE
from tests.integration.portal_api.running import ANA, GINA, HUGO, PAULO, SECRET, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = "/agencia/approval"
ASKED = {
    "id": "a1",
    "state": "asked",
    "text": "Podemos <publicar>?",
    "handover": "Nos três tamanhos",
    "files": [HTML_FILE],
    "links": [{"url": "https://provas.test/1", "title": "Prova"}],
    "asked_at": "2026-03-02T09:00:00Z",
    "expires_at": "2026-03-16T09:00:00Z",
    "comment": "",
    "ticket": {"id": "t7", "number": 7, "title": "Cartaz"},
}
AT_TICKETS = "/approvals/t7/a1"


def token(*, secret: str = SECRET, company_id: str = "agencia", days: int = 14) -> str:
    """A link's token as the notifier makes it."""
    link = ApprovalLink(
        company_id=company_id,
        person_id=GINA.id,
        ticket_id="t7",
        approval_id="a1",
        expires_at=datetime.now(UTC) + timedelta(days=days),
    )
    return sign_approval(link, secret)


@pytest.fixture
def asking(gateway: Gateway) -> Gateway:
    """Something is asked."""
    gateway.behind.refusals[AT_TICKETS] = (200, ASKED)
    return gateway


async def test_the_page_shows_what_is_asked_and_looking_decides_nothing(asking: Gateway) -> None:
    """Mail programs open links by themselves: fails when GET acts."""
    page = await asking.stranger().get(f"{PAGE}?token={token()}")
    assert page.status_code == 200
    assert [page.headers[name] for name in ("cache-control", "referrer-policy", "x-robots-tag")] == [
        "no-store",
        "strict-origin",
        "noindex",
    ]
    for words in (
        "Podemos &lt;publicar&gt;?",
        "Nos três tamanhos",
        "https://provas.test/1",
        "Aprovar",
        "Pedir ajustes",
    ):
        assert words in page.text
    assert "<script" not in page.text.split("<main")[1]
    assert page.text.count('name="verdict"') == 2
    (asked,) = asking.behind.of(AT_TICKETS)
    assert (asked.method, asked.query, asked.acting.person_id, asked.acting.roles) == (
        "GET",
        {"channel": "mail"},
        GINA.id,
        (),
    )


@pytest.mark.parametrize(
    ("verdict", "comment", "thanks"),
    [("approved", "", "você aprovou"), ("changes", "Logo maior", "vamos ajustar")],
)
async def test_one_click_answers_without_javascript_and_without_signing_in(
    asking: Gateway, verdict: str, comment: str, thanks: str
) -> None:
    asking.behind.refusals[AT_TICKETS] = (200, ASKED | {"state": verdict})
    form = {"token": token(), "verdict": verdict, "comment": comment}
    page = await asking.stranger().http.post(PAGE, data=form)
    assert (page.status_code, thanks in page.text, 'name="verdict"' in page.text) == (200, True, False)
    asked = asking.behind.last()
    assert asked.body == {"verdict": verdict, "comment": comment, "channel": "mail"}
    again = await asking.stranger().http.post(PAGE, data=form)
    assert again.status_code == 200
    assert asking.behind.last().headers["idempotency-key"] == asked.headers["idempotency-key"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("approval-answered", "já foi respondido"),
        ("approval-withdrawn", "mensagem mais nova"),
        ("approval-expired", "antigo demais"),
    ],
)
async def test_an_older_link_says_so(gateway: Gateway, code: str, words: str) -> None:
    gateway.behind.refusals[AT_TICKETS] = (409, {"type": f"urn:balcao:problem:{code}", "title": "no"})
    for page in (
        await gateway.stranger().get(f"{PAGE}?token={token()}"),
        await gateway.stranger().http.post(PAGE, data={"token": token(), "verdict": "approved"}),
    ):
        assert page.status_code == 409
        assert words in page.text
        assert 'name="verdict"' not in page.text


async def test_without_words_the_form_is_there_again(asking: Gateway) -> None:
    asking.behind.refusals[AT_TICKETS] = (422, {"type": "urn:balcao:problem:changes-need-words", "title": "no"})
    page = await asking.stranger().http.post(PAGE, data={"token": token(), "verdict": "changes"})
    assert (page.status_code, "Diga o que deve ser ajustado" in page.text) == (422, True)


@pytest.mark.parametrize(
    "bad", ["", "x", token(secret="another secret of thirty-two letters"), token(company_id="outra")]
)
async def test_a_link_that_is_not_ours_leads_nowhere(gateway: Gateway, bad: str) -> None:
    """Fails without the signature, or without the company in it."""
    before = len(gateway.behind.asked)
    for page in (
        await gateway.stranger().get(f"{PAGE}?token={bad}"),
        await gateway.stranger().http.post(PAGE, data={"token": bad, "verdict": "approved"}),
    ):
        assert page.status_code == 422
        assert "link" in page.text
    assert len(gateway.behind.asked) == before


async def test_the_files_that_are_asked_about_can_be_had_by_the_link_and_no_others(asking: Gateway) -> None:
    """W7"""
    browser = asking.stranger()
    found = await browser.get(f"{PAGE}/file?token={token()}&file={HTML_FILE['file_id']}")
    assert (found.status_code, found.headers["content-disposition"].startswith("attachment")) == (200, True)
    assert (await browser.get(f"{PAGE}/file?token={token()}&file=mail:m2/1")).status_code == 404


async def test_the_requester_answers_on_the_portal_too(gateway: Gateway) -> None:
    """P4"""
    gina = await gateway.program(GINA)
    id_ = gateway.behind.ticket["id"]
    gateway.behind.refusals[f"/approvals/{id_}/a1"] = (200, ASKED | {"state": "approved"})
    answer = await gina.post("/api/v1/portal/tickets/7/approvals/a1", {"verdict": "approved"})
    assert answer.status_code == 200
    assert gateway.behind.last().body == {"verdict": "approved", "comment": "", "channel": "portal"}
    hugo = await gateway.program(HUGO)
    assert (await hugo.post("/api/v1/portal/tickets/7/approvals/a1", {"verdict": "approved"})).status_code == 404


async def test_administrators_arrange_rules_and_the_desk_reads_them(gateway: Gateway) -> None:
    """Guests and producers don't."""
    rule: dict[str, Any] = {"name": "Homologar", "task_type_id": "t", "phase_id": "external", "promise": "due"}
    gateway.behind.refusals["/rules"] = (200, {"items": []})
    for who, reads, writes in ((GINA, 404, 404), (PAULO, 403, 403), (ANA, 200, 403)):
        somebody = await gateway.program(who)
        assert (await somebody.get("/api/v1/rules")).status_code == reads
        assert (await somebody.post("/api/v1/rules", rule)).status_code == writes
    await gateway.service.mongo.db["accounts"].update_one({"_id": "ana"}, {"$set": {"roles": ["admin", "agent"]}})
    admin = await gateway.program(ANA)
    assert (await admin.post("/api/v1/rules", rule)).is_success
    assert gateway.behind.last().body == rule
    assert (await admin.post("/api/v1/rules", rule | {"actions": []})).status_code == 422


async def test_tickets_and_tasks_are_linked_from_either_side_by_the_desk(gateway: Gateway) -> None:
    """H6: people name tasks by number, `tickets` knows them by id."""
    ana, task_id = await gateway.program(ANA), gateway.behind.task["id"]
    number = gateway.behind.task["number"]
    for path in (f"/api/v1/tickets/7/tasks/{number}", f"/api/v1/tasks/{number}/tickets/7"):
        assert (await ana.http.put(path)).is_success
        asked = gateway.behind.last()
        assert (asked.method, asked.path, asked.body["number"]) == ("PUT", f"/tickets/7/tasks/{task_id}", number)
        assert (await ana.http.delete(path)).is_success
        assert (gateway.behind.last().method, gateway.behind.last().path) == ("DELETE", f"/tickets/7/tasks/{task_id}")
        for who, status in ((GINA, 404), (PAULO, 403)):
            somebody = await gateway.program(who)
            assert (await somebody.http.put(path)).status_code == status
            assert (await somebody.http.delete(path)).status_code == status
