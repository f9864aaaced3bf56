"""Open pages over the whole product: what one person does shows at once to whoever may see it, and to nobody else."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest

from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors, Session
from balcao.local.demo.story import Story
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Workday

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

Events = list[tuple[str, dict[str, Any]]]


@asynccontextmanager
async def page_of(session: Session) -> AsyncIterator[Events]:
    """What an open page of this person gets to hear."""
    events: Events = []
    endless = httpx.Timeout(30, read=None)

    async def read(response: httpx.Response) -> None:
        name = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))

    async with session._http.stream("GET", "/api/v1/live", headers=session._headers, timeout=endless) as response:
        assert response.status_code == 200
        reading = asyncio.create_task(read(response))
        yield events
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading


async def test_what_happens_to_a_ticket_shows_at_once_to_whoever_may_see_it(
    doors: Doors, company: DemoCompany, outsider: Session
) -> None:
    """W7, P5: the requester hears of what is public about their own ticket, the analyst of all and of their notice."""
    day = Workday(doors, company, Story())
    guest, agent = await day.signed_in(company.client), await day.signed_in(company.analyst(company.client.workspace))
    async with page_of(guest) as guests, page_of(agent) as agents, page_of(outsider) as outsiders:
        subject = f"Ao vivo {secrets.token_hex(4)}"
        await guest.post("/api/v1/portal/tickets", {"subject": subject, "text": "Um folheto, por favor."})
        opened = await _heard(agents, "notice", lambda one: subject in one["titles"]["pt-BR"])
        number = opened["ticket_number"]
        await agent.command(number, "comments", {"text": "Entre nós.", "visible": False})
        await agent.command(number, "resolve", {"method": "answered"})

        def of_ticket(what: str) -> Any:
            return lambda one: (one["number"], one["what"]) == (number, what)

        for what in ("ticket.opened.v1", "ticket.noted.v1", "ticket.resolved.v1"):
            await _heard(agents, "ticket", of_ticket(what))
        for what in ("ticket.opened.v1", "ticket.resolved.v1"):
            await _heard(guests, "ticket", of_ticket(what))
        told = {one["what"] for name, one in guests if name == "ticket"}
        assert "ticket.noted.v1" not in told
        assert {name for name, _ in guests} == {"ticket"}
        assert [one for name, one in outsiders if name in ("ticket", "notice")] == []
        assert "Entre nós" not in json.dumps([*agents, *guests])


async def _heard(events: Events, name: str, holds: Any) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        for kind, data in events:
            if kind == name and holds(data):
                return data
        raise NotYet(f"{len(events)} events")

    return await eventually(f"{name} on the page", look)
