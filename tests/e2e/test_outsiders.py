"""Another company's agent, and a guest, get 404 for everything that is not theirs (P5, W7)."""

import re
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

import pytest
import pytest_asyncio

from balcao.local.demo import mails
from balcao.local.demo.company import PASSWORD, DemoCompany, Player
from balcao.local.demo.doors import Doors, Session
from balcao.local.demo.story import Story
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Case, Workday

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

BODIES: dict[str, dict[str, Any]] = {
    "presence": {"page": "somebody-elses", "doing": "looking"},
    "action-plan": {"text": "x"},
    "stage": {"stage": "delivery"},
    "stage-assignee": {"stage": "delivery", "person_id": "PERSON"},
    "analyst": {"person_id": "PERSON"},
    "tasks": {"title": "x"},
    "comments": {"text": "x"},
    "resolve": {"method": "answered"},
    "wait": {"reason": "case_launched"},
    "phase": {"phase": "done"},
    "complete": {"handover": "x"},
    "cancel": {},
    "assign": {"person_id": "PERSON"},
    "replies": {"text": "x"},
    "preview": {"text": "x", "visible": True},
    "unsent": {"text": "x"},
    "tags": {"add": ["x"]},
    "merge": {"numbers": [1]},
    "split": {"title": "x", "text": "x"},
    "undo": {"entry": 1},
    "reachable": {"address": "x@fora.example"},
    "{view_id}": {"name": "x"},
    "checklist": {"text": "x"},
    "files": {"files": []},
    "time": {"minutes": 5},
    "blockers": {"number": 1},
    "phases": {"phases": [{"name": "x", "kind": "todo"}, {"name": "y", "kind": "done"}]},
    "{approval_id}": {"verdict": "approved"},
    "dry-run": {"payload": {}},
    "/api/v1/webhooks/{id_}/replay": {"since": "2026-01-01T09:00:00Z"},
    "/api/v1/capacities/{person_id}": {"minutes_per_day": 5},
    "/api/v1/recurrences/{number}": {"task": {"title": "x"}, "rule": "FREQ=DAILY", "starts": "2030-01-01T09:00"},
}
"""A body that each command takes, by its address or the last part of it; others take any."""


_PLACE = re.compile(r"{[a-z_]+}")
_OWN = re.compile(r"{(?!number|file_id|notice_id)[a-z_]+}")
"""Ids of things that this test's ticket has none of: whoever asks, nothing is there under the id put in their place."""


_OF_ANYTHING = "get /api/v1/directory/{thing_id}/history"
"""Asked about what is not there it answers an empty list."""
_NOT_BY_ID = {
    "post /api/v1/imports/{kind}",
    "put /api/v1/team-table/{workspace_id}",
    "head /hooks/trackers/{id_}",
}
"""What they name is a kind, or a workspace in a row: what is not one's own is refused as unknown, with 422. And the
question whether somebody is there, which trackers ask first: it gets the same answer for every id."""


@dataclass
class Property:
    """What the first company has that others may try to reach."""

    case: Case
    task: int
    file_id: str
    notice_id: str
    agent: Session

    def address(self, template: str) -> str:
        """A route's address with the real ids in it."""
        number = self.task if "/tasks/{number}" in template else self.case.number
        filled = template.replace("{number}", str(number)).replace("{file_id}", self.file_id)
        filled = filled.replace("{notice_id}", self.notice_id).replace("{message_id}", self.case.id)
        decision = "let-in" if "/mails/" in template else "accept"
        filled = filled.replace("{task}", str(self.task)).replace("{decision}", decision).replace("{entry}", "1")
        filled = filled.replace("{what}", "pause").replace("{blocker}", "1")
        return _PLACE.sub(self.case.id, filled.replace("{part}", "1"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def theirs(doors: Doors, company: DemoCompany) -> Property:
    """A ticket with a file, a task, and a notice to its analyst."""
    day = Workday(doors, company, Story())
    client = company.client
    mail = mails.request_with_sheet(client, company, f"Segredo da casa ({day.name})")
    with day.story.step("open") as step:
        case, _ = await day.open_by_mail(step, mail, client, client.workspace)
        task = await day.ask_for_task(case, "Tarefa da casa")
    ticket = await case.agent.ticket(case.number)
    notices = (await case.agent.get("/api/v1/notices"))["items"]
    return Property(case, task, ticket["requested_files"][0]["file_id"], notices[0]["id"], case.agent)


async def test_every_route_with_an_id_in_it_is_404_for_another_companys_agent(
    doors: Doors, theirs: Property, outsider: Session
) -> None:
    """Whatever the gateway's OpenAPI lists, so that a new route is tried as well (W7)."""
    answers = await _try_all(doors, theirs, outsider)

    assert len(answers) > 20
    assert {route: status for route, status in answers.items() if status != 404} == {}


async def test_every_route_with_an_id_in_it_is_404_for_a_guest_who_is_no_part_of_the_ticket(
    doors: Doors, theirs: Property, company: DemoCompany
) -> None:
    """P5: a guest of the same company, of another client."""
    stranger = next(one for one in company.players if not one.roles and one.workspace != company.client.workspace)
    guest = await doors.sign_in(company.slug, stranger.address, PASSWORD)

    answers = await _try_all(doors, theirs, guest)

    assert {route: status for route, status in answers.items() if status != 404} == {}


async def test_the_same_routes_are_no_404_for_the_tickets_own_analyst(doors: Doors, theirs: Property) -> None:
    """The twin: without it, routes that are 404 for everybody would pass the tests above."""
    reading = {route for route in await _routes(doors) if route.startswith("get ") and not _OWN.search(route)}
    answers = {route: await _status(theirs.agent, route, theirs) for route in sorted(reading)}

    wrong = {route: status for route, status in answers.items() if status == 404}

    assert set(wrong) <= {
        "get /api/v1/portal/tickets/{number}",
        "get /api/v1/portal/tickets/{number}/history",
        "get /api/v1/recurrences/{number}",
        "get /api/v1/tasks/{number}/files/{file_id}",
    }, "the analyst is no requester of it, nothing recurs, and the file is the ticket's"


async def test_the_directorys_history_shows_nothing_of_another_companys_ticket(
    theirs: Property, outsider: Session
) -> None:
    """W7: whatever id is asked about."""
    answer = await outsider.request("GET", f"/api/v1/directory/{theirs.case.id}/history")
    assert answer.json()["items"] == []


async def test_lists_show_nothing_of_another_company(theirs: Property, outsider: Session, company: DemoCompany) -> None:
    """Neither tickets nor tasks, people, notices or held messages."""
    for path in ("tickets?status=any", "tasks", "people", "notices", "held", "company", "portal/tickets"):
        answer = await outsider.request("GET", f"/api/v1/{path}")
        assert answer.status_code == 200, path
        for secret in ("Segredo da casa", "Tarefa da casa", theirs.case.id, company.slug, company.players[0].name):
            assert secret not in answer.text, path


async def test_pages_of_another_company_are_404(theirs: Property, outsider: Session, company: DemoCompany) -> None:
    """The desk and the portal, the list included; the outsider's own desk is there."""
    for path in (
        f"/{company.slug}/desk/tickets",
        f"/{company.slug}/desk/tickets/{theirs.case.number}",
        f"/{company.slug}/desk/tasks",
        f"/{company.slug}/desk/tasks/{theirs.task}",
        f"/{company.slug}/my/tickets",
        f"/{company.slug}/my/tickets/{theirs.case.number}",
        f"/estudio-norte/desk/tickets/{theirs.case.number}",
        f"/estudio-norte/desk/tasks/{theirs.task}",
        f"/estudio-norte/my/tickets/{theirs.case.number}",
    ):
        # The team is led from the portal to its own desk first, where there is nothing either.
        assert (await outsider.request("GET", path, follow_redirects=True)).status_code == 404, path
    assert (await outsider.request("GET", "/estudio-norte/desk/tickets")).status_code == 200


async def test_another_companys_address_opens_no_ticket_here_and_a_reply_from_there_does_not_enter(
    doors: Doors, theirs: Property, other_company: DemoCompany, outsider: Session
) -> None:
    """A signed reply address in a stranger's hands leads to a held message, not into the ticket (mail intake)."""
    stranger = Player("Caio Reis", other_company.players[1].address)
    before = await theirs.agent.ticket(theirs.case.number)
    day = Workday(doors, other_company, Story())
    receipt = await doors.until_mail(
        theirs.case.requester.address,
        "the acknowledgement",
        lambda mail: f"[#{theirs.case.number}] Segredo" in mail.header("Subject"),
        since=day.began.replace(year=2000),
    )
    stolen = mails.answer_to(receipt, stranger, "Deixe-me entrar.")

    await doors.hand_in(stolen, sender=stranger.address, to=parseaddr(str(stolen["To"]))[1])

    async def is_held() -> None:
        items = (await theirs.agent.get("/api/v1/held"))["items"]
        if not any(one["sender"]["address"] == stranger.address for one in items):
            raise NotYet("none from there")

    await eventually("the stolen reply to be held", is_held)
    after = await theirs.agent.ticket(theirs.case.number)
    assert after["version"] == before["version"]
    assert (await outsider.get("/api/v1/held"))["items"] == []


async def _try_all(doors: Doors, theirs: Property, who: Session) -> dict[str, int]:
    return {route: await _status(who, route, theirs) for route in await _routes(doors)}


async def _routes(doors: Doors) -> list[str]:
    """Every `method path` of the gateway's API that names a thing by an id."""
    paths = (await doors.http.get("/openapi.json")).raise_for_status().json()["paths"]
    routes = {f"{method} {path}" for path, methods in paths.items() for method in methods if "{" in path}
    return sorted(routes - {_OF_ANYTHING, *_NOT_BY_ID})


async def _status(who: Session, route: str, theirs: Property) -> int:
    method, _, template = route.partition(" ")
    path = theirs.address(template)
    assert "{" not in path, f"this test does not know what to put into {template}"
    options: dict[str, Any] = {}
    if "/files/" in path or path.endswith("/rendered"):
        options["params"] = {"ticket": theirs.case.number}
    if method != "get":
        body = BODIES.get(template, BODIES.get(template.rpartition("/")[2], {}))
        person = str(who.person["id"])
        options["json"] = {key: person if value == "PERSON" else value for key, value in body.items()}
    return (await who.request(method.upper(), path, **options)).status_code
