"""What tests of pages begin with: who works, and tickets, tags and tasks that are there before somebody looks."""

import time
from typing import Any

import pytest
from playwright.async_api import Page

from balcao.local.demo import mails
from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Json, Session
from balcao.local.demo.workday import Case, Workday
from tests.browser.browsers import Browsers

PAGE_TEST = [pytest.mark.stack, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
"""The marks of a file of such tests."""
SOON_MS = 30_000
"""For what several services have to do on a busy machine."""
HELENA, CAMILA, RAFAEL, MARINA = "Helena Prado", "Camila Nogueira", "Rafael Azevedo", "Marina Duarte"
"""An administrator, an agent, another one who plans, and a client with a workspace."""
LIA = {"name": "Lia Prates", "address": "lia.prates@otica-luz.test"}
"""A requester who asks more than once; nobody else is called so, and lists can be filtered by her."""


async def camila(day: Workday) -> Session:
    """The agent who prepares things."""
    return await day.signed_in(day.company.named(CAMILA))


def somebody_new(name: str = "Nara Lopes") -> dict[str, str]:
    """A requester nobody knows: the next ticket of a known one would begin in their workspace (O6)."""
    return {"name": name, "address": f"{name.lower().replace(' ', '.')}.{time.time_ns()}@otica-luz.test"}


async def opened(agent: Session, title: str, **more: Any) -> int:
    """A ticket of somebody new, unless `more` names a requester; its number."""
    body = {"title": title, "description": "Como combinado.", "requester": somebody_new(), **more}
    return int((await agent.post("/api/v1/tickets", body))["number"])


async def new_tag(agent: Session, name: str = "só deste teste") -> str:
    """A tag that no other test has, whose lists show no other ticket."""
    body = {"name": f"{name} {time.time_ns()}", "colour": "#2a7f9e"}
    return str((await agent.post("/api/v1/tags", body))["id"])


async def tagged(day: Workday, *titles: str, **more: Any) -> tuple[Session, str, list[int]]:
    """Tickets in a list that shows no other ones: Camila, their tag, their numbers."""
    agent = await camila(day)
    tag = await new_tag(agent)
    return agent, tag, [await opened(agent, title, tags=[tag], **more) for title in titles]


async def asked_by_mail(day: Workday, subject: str) -> Case:
    """A ticket that a client's mail opened, its analyst told."""
    client = day.company.client
    with day.story.step("A client asks") as step:
        mail = mails.question(client, day.company, f"{subject} ({day.name})")
        case, _ = await day.open_by_mail(step, mail, client, client.workspace)
    return case


async def own_task(day: Workday, title: str, **values: object) -> int:
    """A task of the producer's that no ticket asked for; its number."""
    producer = await day.signed_in(day.company.producer)
    made = await producer.post("/api/v1/tasks", {"title": title, "executor_id": producer.person["id"], **values})
    return int(made["number"])


async def ticket_with_task(day: Workday, title: str) -> tuple[Session, int, int]:
    """A ticket opened at the desk with a task for the producer: the agent, the ticket's number, the task's."""
    agent = await day.signed_in(day.company.analyst(None))
    producer = await day.signed_in(day.company.producer)
    ticket = int((await agent.post("/api/v1/tickets", {"title": title, "description": "Precisamos disto."}))["number"])
    await agent.command(ticket, "tasks", {"title": f"Arte: {title}", "executor_id": producer.person["id"]})

    def is_made(shown: Json) -> bool:
        return any(one["state"] == "open" for one in shown["tasks"])

    shown = await agent.until_ticket(ticket, "in production", is_made)
    return agent, ticket, int(shown["tasks"][0]["number"])


async def analysts_page(browsers: Browsers, company: DemoCompany, case: Case, **options: Any) -> Page:
    """The ticket's page before its analyst."""
    return await browsers.sit_down_as(case.analyst.address, f"/{company.slug}/desk/tickets/{case.number}", **options)
