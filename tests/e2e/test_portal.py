"""The portal as a way in and back: what a requester writes there takes the same road as mail (O1, P3, P4)."""

import secrets

import pytest

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors, Json, Session
from balcao.local.demo.story import Story
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Workday

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_a_request_on_the_portal_opens_a_ticket_with_its_file_and_a_reply_there_reopens_it(
    doors: Doors, company: DemoCompany
) -> None:
    """P3: subject, message and a file. P4: a reply. W2: back in service, and the analyst is told."""
    day = Workday(doors, company, Story())
    guest = await day.signed_in(company.client)
    agent = await day.signed_in(company.analyst(company.client.workspace))
    subject = f"Pelo portal {secrets.token_hex(4)}"
    upload = await guest.request(
        "POST",
        "/api/v1/files",
        params={"name": "briefing.txt"},
        content=b"Tudo em azul.",
        headers={"Content-Type": "text/plain"},
    )

    asked = {"subject": subject, "text": "Um folheto, por favor.", "files": [upload.json()["receipt"]]}
    await guest.post("/api/v1/portal/tickets", asked)

    number = (await _until_listed(guest, subject))["number"]
    ticket = await agent.ticket(number)
    assert (ticket["channel"], ticket["requested"]) == ("portal", "Um folheto, por favor.")
    file_id = ticket["requested_files"][0]["file_id"]
    for who in (guest, agent):
        got = await who.request("GET", f"/api/v1/files/{file_id}", params={"ticket": number})
        assert got.content == b"Tudo em azul."
    await agent.command(number, "comments", {"text": "Feito.", "visible": True, "then": {"status": "resolved"}})
    await agent.until_ticket(number, "resolved", lambda one: bool(one["status"] == "resolved"))

    await guest.post(f"/api/v1/portal/tickets/{number}/replies", {"text": "Falta o verso."})

    reopened = await agent.until_ticket(number, "back in service", lambda one: bool(one["status"] == "open"))
    assert any(entry["data"].get("text") == "Falta o verso." for entry in reopened["timeline"])
    await day.until_mail(company.analyst(company.client.workspace), "notice of the reply", in_text="Falta o verso.")


async def _until_listed(guest: Session, subject: str) -> Json:
    async def look() -> Json:
        items: list[Json] = (await guest.get("/api/v1/portal/tickets"))["items"]
        for one in items:
            if one["title"] == subject:
                return one
        raise NotYet(f"{len(items)} others")

    return await eventually(f"{subject!r} in the requester's own list", look)
