"""The demo's people at work: what they do again and again, each with the checks that belong to it."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage

from balcao.local.demo.company import PASSWORD, DemoCompany, Player
from balcao.local.demo.doors import Doors, Json, Received, Session
from balcao.local.demo.story import Step, Story
from balcao.local.demo.waiting import NotYet, Unmet, eventually, expect, steadily

_NUMBER = re.compile(r"\[#(\d+)\]")
_SETTLE_S = 0.5


@dataclass
class Case:
    """One ticket on its way: what is known of it, and every mail about it that must have been sent so far."""

    number: int
    id: str
    requester: Player
    analyst: Player
    planner: Player
    workspace: int | None
    agent: Session
    mails: Counter[str] = field(default_factory=Counter)

    def owes_mail(self, *people: Player) -> None:
        """Each of them must get one more mail."""
        self.mails.update(person.address for person in people)


class Workday:
    """Who is signed in, and the tickets of this run. Each run opens tickets of its own, on any day's data."""

    def __init__(self, doors: Doors, company: DemoCompany, story: Story) -> None:
        """The company must be set up, with `PASSWORD` for everybody."""
        self.doors = doors
        self.company = company
        self.story = story
        self.name = time.strftime("%d/%m %H:%M:%S")
        self.began = datetime.now(UTC)
        self.cases: list[Case] = []
        self._sessions: dict[str, Session] = {}

    async def signed_in(self, person: Player) -> Session:
        """Their session, opened at the first call."""
        if person.address not in self._sessions:
            self._sessions[person.address] = await self.doors.sign_in(self.company.slug, person.address, PASSWORD)
        return self._sessions[person.address]

    async def open_by_mail(
        self, step: Step, mail: EmailMessage, sender: Player, workspace: int | None
    ) -> tuple[Case, Received]:
        """Hand in a mail; the ticket it opened and its acknowledgement, once requester and analyst have been told."""
        subject = str(mail["Subject"])
        began = time.perf_counter()
        await self.doors.hand_in(mail, sender=sender.address, to=self.company.address)
        step.note(f"taken (250) after {_ms_since(began)}")
        receipt = await self.until_mail(sender, "an acknowledgement", in_subject=subject)
        step.note(f"acknowledged {_ms_since(began)} after it was sent")
        expect(receipt.header("Auto-Submitted") != "", "an acknowledgement marked as automatic", "no Auto-Submitted")
        number = _NUMBER.search(receipt.header("Subject"))
        if number is None:
            raise Unmet("the ticket's number in the acknowledgement's subject", receipt.header("Subject"))
        case = await self._case(int(number[1]), subject, sender, workspace)
        case.owes_mail(sender, case.analyst)
        await self.until_told(case.analyst, case, "ticket_opened")
        step.note(f"ticket #{case.number} in triage, with {case.analyst.name}, who was told")
        return case, receipt

    async def ask_for_task(self, case: Case, title: str) -> int:
        """Ask for a task for the producer; its number once the ticket shows it in production (H3, H6)."""
        producer = self.company.producer
        body = {"title": title, "executor_id": (await self.signed_in(producer)).person["id"]}
        task_id = (await case.agent.command(case.number, "tasks", body))["task_id"]

        def shows_it(ticket: Json) -> bool:
            task = _task(ticket, task_id)
            return ticket["stage"] == "production" and task is not None and task["state"] == "open"

        ticket = await case.agent.until_ticket(case.number, f"in production with the task {title!r}", shows_it)
        task = _task(ticket, task_id) or {}
        executor = (task.get("executor") or {}).get("name")
        expect(executor == producer.name, f"{producer.name} as the task's executor", executor)
        return int(task["number"])

    async def move(self, task: int, phase: str) -> None:
        """The producer moves a task to a phase."""
        producer = await self.signed_in(self.company.producer)
        await producer.post(f"/api/v1/tasks/{task}/phase", {"phase": phase})

    async def arrives_in_delivery(self, case: Case) -> str:
        """Wait for delivery and for what the analyst and the planner are told of it, once each (H4); says so."""
        began = time.perf_counter()
        await case.agent.until_stage(case.number, "delivery")
        moved = _ms_since(began)
        case.owes_mail(case.analyst, case.planner)
        for person in (case.analyst, case.planner):
            await self.until_told(person, case, "production_finished")
        await eventually(_count_of(case), lambda: self._is_all_sent(case))
        told = f"{case.analyst.first_name} and {case.planner.first_name} told, by mail and in the product"
        return f"production → delivery {moved} after the producer's click was answered; {told} after {_ms_since(began)}"

    async def leaves_delivery(self, case: Case, stage: str, kind: str) -> str:
        """Wait until the ticket is back in a stage and analyst and planner, who thought it done, know (H5); says so."""
        await case.agent.until_stage(case.number, stage)
        case.owes_mail(case.analyst, case.planner)
        for person in (case.analyst, case.planner):
            await self.until_told(person, case, kind)
        return f"delivery → {stage}; {case.analyst.first_name} and {case.planner.first_name} told"

    async def until_told(self, person: Player, case: Case, kind: str) -> None:
        """Wait until they were told of this by mail and in the product, equally often, with nothing under way."""

        async def look() -> None:
            deliveries = (await case.agent.get(f"/api/v1/tickets/{case.number}/deliveries"))["items"]
            mine = [one for one in deliveries if one["kind"] == kind and _is_for(one, person)]
            by = Counter(f"{one['channel']} {one['state']}" for one in mine)
            if not by["in_app sent"] or by["in_app sent"] != by["mail sent"]:
                raise NotYet(str(dict(by)) if by else "nothing")

        await eventually(f"{person.name} to be told ({kind}) by mail and in the product alike", look)

    async def until_mail(self, person: Player, expected: str, *, in_subject: str = "", in_text: str = "") -> Received:
        """The mail of this run to `person` with these words."""

        def fits(mail: Received) -> bool:
            return in_subject in mail.header("Subject") and in_text in mail.words

        return await self.doors.until_mail(person.address, expected, fits, since=self.began)

    async def each_mail_went_once(self, case: Case) -> None:
        """Raise `Unmet` unless exactly the mails owed were sent about the ticket, and no other comes after them."""

        async def look() -> None:
            await self._is_all_sent(case)

        await eventually(_count_of(case), look)
        await steadily(f"no more than {_count_of(case)}", look, for_s=_SETTLE_S)

    async def _case(self, number: int, subject: str, sender: Player, workspace: int | None) -> Case:
        """The ticket as its analyst finds it in the list, checked."""
        analyst, planner = self.company.analyst(workspace), self.company.planner(workspace)
        agent = await self.signed_in(analyst)
        # One look among thousands, on a very busy machine, missed it for a moment; why is not known.
        await eventually(f"ticket #{number} in the triage list", lambda: _find_in_list(agent, number))
        ticket = await agent.ticket(number)
        for what, expected, seen in (
            ("title", subject, ticket["title"]),
            ("stage", "triage", ticket["stage"]),
            ("status", "open", ticket["status"]),
            ("requester", sender.address, ticket["requester"]["address"]),
            ("analyst", analyst.address, (ticket["analyst"] or {}).get("address")),
            ("delivery's assignee", planner.address, ticket["stage_assignees"].get("delivery", {}).get("address")),
        ):
            expect(expected == seen, f"the {what} of #{number} to be {expected!r}", repr(seen))
        case = Case(number, ticket["id"], sender, analyst, planner, workspace, agent)
        self.cases.append(case)
        return case

    async def _is_all_sent(self, case: Case) -> None:
        """Raise `NotYet` unless the mails sent about the ticket are those owed."""
        sent: Counter[str] = Counter()
        for mail in await self.doors.mails_about(case.number, since=self.began):
            sent.update(mail)
        if sent != case.mails:
            raise NotYet(str(dict(sent)))


async def _find_in_list(agent: Session, number: int) -> None:
    """Leaf through the triage list as an agent would until the ticket is there. Raises `NotYet` at its end."""
    query: dict[str, str | int] = {"stage": "triage", "limit": 100}
    while True:
        page = await agent.get("/api/v1/tickets", **query)
        if any(row["number"] == number for row in page["items"]):
            return
        if page["next"] is None:
            raise NotYet("the end of the list")
        query["after"] = page["next"]


def _task(ticket: Json, task_id: str) -> Json | None:
    found: Json | None = next((one for one in ticket["tasks"] if one["id"] == task_id), None)
    return found


def _is_for(delivery: Json, person: Player) -> bool:
    return bool(delivery["recipient"].get("address") == person.address)


def _count_of(case: Case) -> str:
    return f"the mails about #{case.number} to be {dict(case.mails)}"


def _ms_since(began: float) -> str:
    return f"{(time.perf_counter() - began) * 1000:.0f} ms"
