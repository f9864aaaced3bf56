"""Approval by one click: a rule asks the client by mail, the client answers without an account, and the task moves."""

import re
from html import unescape

import pytest

from balcao.local.demo import mails
from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors, Json, Session
from balcao.local.demo.story import Story
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Case, Workday

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

_LINK = re.compile(r"https?://\S+?/approval\?token=[^\s\"<>]+")


@pytest.mark.parametrize(("verdict", "state"), [("approved", "completed"), ("changes", "open")])
async def test_a_client_approves_or_asks_for_changes_from_the_mail_and_the_task_goes_where_the_rule_says(
    doors: Doors, company: DemoCompany, verdict: str, state: str
) -> None:
    """H4, H5: rule → mail → page → task → ticket, through the real doors; the look at the page changes nothing."""
    day = Workday(doors, company, Story())
    admin = await day.signed_in(company.players[0])
    rule, phases = await _rule(admin)
    try:
        case = await _case(day)
        task = await day.ask_for_task(case, "Arte do convite")
        await day.move(task, "external_approval")
        await case.agent.until_stage(case.number, "delivery")
        link = await _link(day, case)
        for _ in range(2):
            shown = await doors.http.get(link)
            assert shown.status_code == 200, shown.text
        assert (await admin.get(f"/api/v1/tasks/{task}"))["phase"]["kind"] == "external_approval"
        token = link.partition("token=")[2]
        answered = await doors.http.post(
            link.partition("?")[0], data={"token": token, "verdict": verdict, "comment": "O verso ficou escuro."}
        )
        assert answered.status_code == 200, answered.text
        moved = await _until_state(admin, task, state, phases[verdict])
        assert moved["phase"]["id"] == phases[verdict]
        await case.agent.until_stage(case.number, "delivery" if verdict == "approved" else "production")
        again = await doors.http.post(link.partition("?")[0], data={"token": token, "verdict": "approved"})
        assert again.status_code in (200, 409, 410), again.text
        assert (await admin.get(f"/api/v1/tasks/{task}"))["phase"]["id"] == phases[verdict]
    finally:
        gone = await admin.request("DELETE", f"/api/v1/rules/{rule}")
        assert gone.status_code == 204, gone.text


async def _rule(admin: Session) -> tuple[str, dict[str, str]]:
    kind = (await admin.get("/api/v1/task-types"))["items"][0]
    by_kind = {one["kind"]: one["id"] for one in reversed(kind["phases"])}
    phases = {"approved": by_kind["done"], "changes": by_kind["doing"]}
    body = {
        "name": "Cliente aprova",
        "task_type_id": kind["id"],
        "phase_id": by_kind["external_approval"],
        "approval": {"approved_phase": phases["approved"], "changes_phase": phases["changes"]},
    }
    return str((await admin.post("/api/v1/rules", body))["id"]), phases


async def _case(day: Workday) -> Case:
    client = day.company.client
    with day.story.step("A client asks") as step:
        mail = mails.question(client, day.company, f"Convite ({day.name})")
        case, _ = await day.open_by_mail(step, mail, client, client.workspace)
    return case


async def _link(day: Workday, case: Case) -> str:
    """The way to the page, as the client's mail has it."""

    async def look() -> str:
        for mail in await day.doors.mails(since=day.began, to=case.requester.address):
            if f"[#{case.number}]" in mail.header("Subject") and (found := _LINK.search(mail.words)):
                return unescape(found[0])
        raise NotYet("no mail with a link")

    return await eventually("a mail that asks for approval", look)


async def _until_state(admin: Session, task: int, state: str, phase: str) -> Json:
    async def look() -> Json:
        found: Json = await admin.get(f"/api/v1/tasks/{task}")
        if (found["state"], found["phase"]["id"]) != (state, phase):
            raise NotYet(f"{found['state']} in {found['phase']['name']}")
        return found

    return await eventually(f"task #{task} {state}", look)
