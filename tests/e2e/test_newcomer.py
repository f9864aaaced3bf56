"""Somebody unknown writes, asks by directives, is invited, sets a password, follows the ticket (O3, O7, O8, P1)."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import httpx
import pytest

from balcao.local.demo.company import PASSWORD, DemoCompany
from balcao.local.demo.doors import Doors

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

CHOSEN = "escolhida pela convidada 7"  # pragma: allowlist secret


async def test_a_newcomers_mail_is_opened_as_it_asks_and_its_acknowledgement_leads_to_the_ticket(
    doors: Doors, company: DemoCompany
) -> None:
    """O3, O7, O8, P1: through mail in, the real services and mail out, and back through the door without JavaScript."""
    begun = datetime.now(UTC) - timedelta(seconds=1)
    token = secrets.token_hex(4)
    guest, analyst = f"nova-{token}@cliente-novo.test", company.planner(1).address
    subject, workspace = f"Cartaz {token}", company.workspace_name(1)
    asked = (f"[workspace:{workspace.upper()}]", f"[analista:{analyst}]", "[prioridade:83]", "[tipo:correção]")
    await doors.hand_in(
        mail(guest, company.address, subject, *asked, "[analista:ninguem@fora.test]"), sender=guest, to=company.address
    )

    def acknowledges(received: object) -> bool:
        return subject in str(getattr(received, "text", ""))

    receipt = await doors.until_mail(guest, "acknowledgement", acknowledges, since=begun)

    number = int(re.search(r"\[#(\d+)\]", receipt.header("Subject"))[1])  # type: ignore[index]
    assert f"- Workspace: {workspace}" in receipt.text
    assert f"- Analista: {analyst}" in receipt.text
    assert "- Prioridade: 83 de 100" in receipt.text
    assert "- Tipo: correção" in receipt.text
    assert "- [analista:ninguem@fora.test]: vale o que veio antes" in receipt.text

    agent = await doors.sign_in(company.slug, company.analyst(1).address, PASSWORD)
    ticket = await agent.ticket(number)
    assert (ticket["priority"], ticket["kind"], ticket["analyst"]["address"]) == (83, "fix", analyst)
    workspaces = {one["id"]: one["name"] for one in (await agent.get("/api/v1/workspaces"))["items"]}
    assert workspaces[ticket["workspace_id"]] == workspace
    assert [one["ignored"] for one in ticket["directives"]] == [None, None, None, None, "repeated"]

    (link,) = re.findall(r"http\S+/invitation\?token=\S+", receipt.text)
    async with httpx.AsyncClient(timeout=30) as browser:
        form = await browser.get(link)
        assert form.status_code == 200
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form.text))
        page = link.partition("?")[0]
        sent = await browser.post(page, data={**hidden, "password": CHOSEN}, headers={"origin": doors.gateway})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/{company.slug}/my/tickets"), sent.text
        shown = await browser.get(f"{doors.gateway}{sent.headers['location']}/{number}")
        assert (shown.status_code, subject in shown.text) == (200, True)
        again = await browser.get(link)
        assert again.status_code == 409

    session = await doors.sign_in(company.slug, guest, CHOSEN)
    assert (await session.get(f"/api/v1/portal/tickets/{number}"))["title"] == subject
    invited_again = await agent.request("POST", f"/api/v1/people/{ticket['requester']['person_id']}/invitation")
    assert (invited_again.status_code, invited_again.json()["type"]) == (409, "urn:balcao:problem:has-password")


async def test_an_agent_has_somebody_invited_by_mail(doors: Doors, company: DemoCompany) -> None:
    """O3"""
    begun = datetime.now(UTC) - timedelta(seconds=1)
    guest = f"convidada-{secrets.token_hex(4)}@cliente-novo.test"
    agent = await doors.sign_in(company.slug, company.analyst(1).address, PASSWORD)
    person = await agent.post("/api/v1/people", {"name": "Convidada", "addresses": [guest]})

    await agent.post(f"/api/v1/people/{person['id']}/invitation")

    invitation = await doors.until_mail(guest, "invitation", lambda one: "/invitation?token=" in one.text, since=begun)
    assert invitation.header("Subject") == f"Seu acesso ao portal de {company.name}"
    (token,) = re.findall(r"/invitation\?token=(\S+)", invitation.text)
    answer = await doors.http.post("/api/v1/invitations", json={"token": token, "password": CHOSEN})
    assert (answer.status_code, answer.json()["person"]["id"]) == (201, person["id"])


def mail(sender: str, to: str, subject: str, *lines: str) -> EmailMessage:
    """A plain mail with these lines."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = format_datetime(datetime.now(UTC)), make_msgid(domain="cliente-novo.test")
    message.set_content("\n".join(("Boa tarde, segue o pedido.", "", *lines, "")))
    return message
