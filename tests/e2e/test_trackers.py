"""Production that happens in somebody else's tracker moves the ticket by itself, on the whole stack as processes."""

import hashlib
import hmac
import json
import secrets

import pytest

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors, Json, Session
from balcao.local.demo.story import Story
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Workday
from tests.support import tracker_payloads as payloads

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_an_issue_that_names_a_ticket_takes_it_to_production_and_closing_it_to_delivery(
    doors: Doors, company: DemoCompany
) -> None:
    """H3, H4: nobody at the desk does anything; the analyst is told; the ticket shows where the work is done."""
    day = Workday(doors, company, Story())
    guest = await day.signed_in(company.client)
    agent = await day.signed_in(company.analyst(company.client.workspace))
    admin = await day.signed_in(next(one for one in company.players if "admin" in one.roles))
    subject = f"Pelo tracker {secrets.token_hex(4)}"
    await guest.post("/api/v1/portal/tickets", {"subject": subject, "text": "O banner não abre no celular."})
    number = (await _until_listed(guest, subject))["number"]
    tracker = await admin.post("/api/v1/trackers", {"name": "Fábrica de sites", "kind": "github"})
    body = f"Pedido do cliente.\n\nBalcao-Ticket: #{number}"

    await _send(doors, tracker, payloads.github("opened", body=body, number=number))

    ticket = await agent.until_stage(number, "production")
    (task,) = ticket["tasks"]
    shown = await agent.get(f"/api/v1/tasks/{task['number']}")
    assert shown["outside"][0]["label"] == f"octo/site#{number}"

    closed = payloads.github("closed", minute=5, state="closed", state_reason="completed", body=body, number=number)
    for _ in range(2):
        await _send(doors, tracker, closed)

    delivered = await agent.until_stage(number, "delivery")
    assert [one["state"] for one in delivered["tasks"]] == ["completed"]
    entered = [one["data"]["stage"] for one in delivered["timeline"] if one["type"] == "ticket.stage_entered.v1"]
    assert entered == ["production", "delivery"], "each once, whatever was sent twice"
    await day.until_mail(
        company.analyst(company.client.workspace), "the notice that production is done", in_subject=f"[#{number}]"
    )


async def _send(doors: Doors, tracker: Json, payload: Json) -> None:
    body = json.dumps(payload).encode()
    signature = hmac.new(tracker["secret"].encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": "issues",
        "X-GitHub-Delivery": hashlib.sha256(body).hexdigest(),
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    answer = await doors.http.post(tracker["hook"], content=body, headers=headers)
    assert answer.status_code == 202, answer.text


async def _until_listed(guest: Session, subject: str) -> Json:
    async def look() -> Json:
        items: list[Json] = (await guest.get("/api/v1/portal/tickets"))["items"]
        for one in items:
            if one["title"] == subject:
                return one
        raise NotYet(f"{len(items)} others")

    return await eventually(f"{subject!r} in the requester's own list", look)
