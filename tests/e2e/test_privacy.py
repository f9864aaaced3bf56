"""A private note reaches no requester: by no mail, key, page, file or list (W7, P5)."""

import secrets

import pytest

from balcao.local.demo import mails
from balcao.local.demo.company import PASSWORD, DemoCompany
from balcao.local.demo.doors import Doors, Json, Session
from balcao.local.demo.story import Story
from balcao.local.demo.workday import Case, Workday

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_nothing_of_a_private_note_reaches_requester_or_watcher(doors: Doors, company: DemoCompany) -> None:
    """The note has words and a file; around it come a visible answer and a change of stage by production."""
    day = Workday(doors, company, Story())
    requester = company.client
    watcher = next(one for one in company.players if one.workspace == requester.workspace and one != requester)
    secret = f"segredo-{secrets.token_hex(6)}"
    mail = mails.question(requester, company, f"Privado ({secrets.token_hex(4)})")
    mail["Cc"] = watcher.address
    with day.story.step("open") as step:
        case, _ = await day.open_by_mail(step, mail, requester, requester.workspace)

    file_id = await _note_with_file(case, secret)
    await case.agent.command(case.number, "action-plan", {"text": f"plano {secret}"})
    task = await day.ask_for_task(case, f"tarefa {secret}")
    await day.move(task, "external_approval")
    await case.agent.until_stage(case.number, "delivery")
    await case.agent.command(case.number, "comments", {"text": "Resposta às claras.", "visible": True})

    for person in (requester, watcher):
        received = await day.until_mail(person, "the visible answer", in_text="Resposta às claras.")
        assert secret not in "".join(
            one.words + str(one.message) for one in await doors.mails(since=day.began, to=person.address)
        )
        session = await doors.sign_in(company.slug, person.address, PASSWORD)
        for place, text in (await _everything(session, company, case)).items():
            assert secret not in text, f"{place} of {person.name}"
        stolen = await session.request("GET", f"/api/v1/files/{file_id}", params={"ticket": case.number})
        assert stolen.status_code == 404
        assert received.recipients == (person.address,)
    assert secret in str(await case.agent.ticket(case.number))
    own = await case.agent.request("GET", f"/api/v1/files/{file_id}", params={"ticket": case.number})
    assert (own.status_code, own.content) == (200, f"arquivo {secret}".encode())


async def test_the_team_sees_on_the_portal_what_a_guest_would_see(doors: Doors, company: DemoCompany) -> None:
    """P5: an agent who asked for something has no more of it on the portal than anybody else."""
    day = Workday(doors, company, Story())
    agent = await day.signed_in(company.analyst(None))
    secret = f"segredo-{secrets.token_hex(6)}"
    opened = await agent.post(
        "/api/v1/tickets", {"title": "Para mim", "requester": {"address": agent.person["address"]}}
    )
    await agent.command(opened["number"], "comments", {"text": secret})

    on_portal = await agent.request("GET", f"/api/v1/portal/tickets/{opened['number']}")
    page = await agent.request("GET", f"/{company.slug}/my/tickets/{opened['number']}")

    assert (on_portal.status_code, page.status_code) == (200, 200)
    assert secret not in on_portal.text + page.text
    assert secret in str(await agent.ticket(opened["number"]))


async def _note_with_file(case: Case, secret: str) -> str:
    """A private note with a file; returns the file's id."""
    kept: Json = (
        await case.agent.request(
            "POST",
            "/api/v1/files",
            params={"name": f"{secret}.txt"},
            content=f"arquivo {secret}".encode(),
            headers={"Content-Type": "text/plain"},
        )
    ).json()
    ticket = await case.agent.command(case.number, "comments", {"text": f"nota {secret}", "files": [kept["receipt"]]})
    noted = next(one for one in ticket["timeline"] if one["type"] == "ticket.noted.v1")
    return str(noted["data"]["files"][0]["file_id"])


async def _everything(session: Session, company: DemoCompany, case: Case) -> dict[str, str]:
    """Whatever a guest can ask the gateway for about this ticket, whether it is answered or refused."""
    number = case.number
    paths = [
        "/api/v1/me",
        "/api/v1/portal/tickets",
        f"/api/v1/portal/tickets/{number}",
        f"/api/v1/tickets/{number}",
        "/api/v1/tickets",
        f"/api/v1/tickets/{number}/deliveries",
        "/api/v1/tasks",
        "/api/v1/notices",
        f"/{company.slug}/my/tickets",
        f"/{company.slug}/my/tickets?status=all",
        f"/{company.slug}/my/tickets?q={number}",
        f"/{company.slug}/my/tickets?q=plano",
        f"/{company.slug}/my/tickets/_cards?status=all",
        f"/{company.slug}/my/tickets/new",
        f"/{company.slug}/my/tickets/{number}",
        f"/{company.slug}/my/tickets/{number}/_progress",
        f"/{company.slug}/my/tickets/{number}/end",
        f"/{company.slug}/my/profile",
        f"/{company.slug}/desk/tickets/{number}",
        f"/{company.slug}/desk/tickets/{number}/history",
        f"/{company.slug}/desk/tasks",
    ]
    return {path: (await session.request("GET", path)).text for path in paths}
