"""The main job of Balcão, done by real mails and requests: asked by mail, produced, delivered by itself, answered."""

import asyncio
import re
from email.utils import parseaddr

from balcao.local.demo import mails
from balcao.local.demo.company import DemoCompany
from balcao.local.demo.doors import Doors
from balcao.local.demo.story import Story
from balcao.local.demo.two_tasks import work_on_two_tasks
from balcao.local.demo.waiting import expect
from balcao.local.demo.workday import Case, Workday

PLAN = "Cardápio de primavera em A4 frente e verso, com os itens da planilha e a ilustração do ano passado."
NOTE = "Só entre nós: a margem deste cliente é apertada, nada de rodadas extras."
HANDOVER = "Arquivo final e prova de cor na pasta do cliente."
ANSWER = "O cardápio de primavera está pronto, na pasta combinada. Qualquer ajuste, é só responder."
THANKS = "Ficou lindo! Só falta trocar o preço do bolo para 13,00."


async def do_main_job(doors: Doors, company: DemoCompany, story: Story) -> Workday:
    """Do all of it; raise `StepFailed` at the first thing that is not as it must be. Works on any day's data."""
    day = Workday(doors, company, story)
    job = MainJob(day)
    await job.sign_in()
    await job.ask_by_mail()
    await job.plan()
    await job.produce()
    await job.produce_again()
    await job.answer()
    await job.reply_by_mail()
    await job.keep_private()
    await work_on_two_tasks(day)
    await count_mails(day)
    return day


async def count_mails(day: Workday) -> None:
    """Every mail about this run's tickets was sent once, and no other (H5)."""
    with day.story.step("Each mail was sent exactly once, and no other") as step:
        await asyncio.gather(*(day.each_mail_went_once(case) for case in day.cases))
        for case in day.cases:
            sent = ", ".join(f"{n} to {who.partition('@')[0]}" for who, n in sorted(case.mails.items()))
            step.note(f"#{case.number}: {sent}")


class MainJob:
    """The acts of the story about one ticket, in their order."""

    def __init__(self, day: Workday) -> None:
        """A client of the company asks, the team that its table names works."""
        self.day = day
        self.client = day.company.client
        self.producer = day.company.producer

    case: Case
    """The ticket, once it is open."""
    task: int
    """Its task's number, once it exists."""

    async def sign_in(self) -> None:
        """Analyst, planner, producer and the client sign in at the gateway."""
        company, workspace = self.day.company, self.client.workspace
        people = (company.analyst(workspace), company.planner(workspace), self.producer, self.client)
        with self.day.story.step("The team and a client sign in") as step:
            for person in people:
                await self.day.signed_in(person)
            step.note(", ".join(f"{one.name} ({', '.join(one.roles) or 'guest'})" for one in people))

    async def ask_by_mail(self) -> None:
        """A known client sends a mail with a file (O1, O4, O6): ticket in triage, acknowledgement, notice (H7)."""
        day, client = self.day, self.client
        mail = mails.request_with_sheet(client, day.company, f"Cardápio de primavera ({day.name})")
        self.first_message_id = str(mail["Message-ID"])
        with day.story.step(f"{client.name} writes to {day.company.address}: text, HTML and a file") as step:
            self.case, receipt = await day.open_by_mail(step, mail, client, client.workspace)
            answers = receipt.header("In-Reply-To")
            expect(answers == self.first_message_id, f"the acknowledgement to answer {self.first_message_id}", answers)
            step.note(f"workspace {day.company.workspace_name(client.workspace or 0)}, by her profile")
        with day.story.step("The link in the analyst's notice leads to the ticket") as step:
            notice = await day.until_mail(self.case.analyst, "the notice", in_subject=f"[#{self.case.number}]")
            link = re.search(r"https?://\S+", notice.text)
            expect(link is not None, "a link in the notice", notice.text)
            page = await self.case.agent.request("GET", link[0] if link else "")
            expect(page.status_code == 200 and day.name in page.text, "the ticket's page", f"{page.status_code}")
            step.note(str(page.url))
        with day.story.step("The file is on the ticket, byte for byte") as step:
            ticket = await self.case.agent.ticket(self.case.number)
            files = {one["name"]: one for one in ticket["requested_files"]}
            expect(mails.SHEET_NAME in files, f"the file {mails.SHEET_NAME!r}", sorted(files))
            path = f"/api/v1/files/{files[mails.SHEET_NAME]['file_id']}"
            got = await self.case.agent.request("GET", path, params={"ticket": self.case.number})
            expect(got.status_code == 200, "the file at the gateway", f"{got.status_code} {got.text[:200]}")
            expect(got.content == mails.SHEET, f"the {len(mails.SHEET)} bytes sent", f"{len(got.content)} others")
            step.note(f"{mails.SHEET_NAME}, {len(got.content)} bytes")

    async def plan(self) -> None:
        """The analyst writes the action plan and a private note; the ticket leaves triage (H2, W7)."""
        case = self.case
        with self.day.story.step(f"{case.analyst.first_name} writes what has to be done") as step:
            ticket = await case.agent.command(case.number, "action-plan", {"text": PLAN})
            expect(ticket["stage"] == "analysis", "the ticket to leave triage for analysis", ticket["stage"])
            await case.agent.command(case.number, "comments", {"text": NOTE})
            step.note("triage → analysis; and a private note, of which more below")

    async def produce(self) -> None:
        """A task is asked for (H3), goes to external approval, and the ticket to delivery by itself (H4)."""
        day, case, name = self.day, self.case, self.producer.first_name
        with day.story.step(f"{case.analyst.first_name} asks for a task") as step:
            self.task = await day.ask_for_task(case, "Cardápio de primavera")
            producer = await day.signed_in(self.producer)
            description = str((await producer.get(f"/api/v1/tasks/{self.task}"))["description"])
            expect(description == PLAN, "the task to say what the action plan says", repr(description[:80]))
            step.note(f"task #{self.task}, described by the plan; analysis → production")
        with day.story.step(f"{name} works on it and sends it out for approval") as step:
            for phase in ("doing", "internal_review"):
                await day.move(self.task, phase)
            stage = (await case.agent.ticket(case.number))["stage"]
            expect(stage == "production", "the ticket to stay in production meanwhile", stage)
            await day.move(self.task, "external_approval")
            step.note(await day.arrives_in_delivery(case))

    async def produce_again(self) -> None:
        """The task goes back to work, and the ticket with it; then it is completed (H4, H5)."""
        day, case, name = self.day, self.case, self.producer.first_name
        with day.story.step(f"{name} takes the task back: the ticket returns to production") as step:
            await day.move(self.task, "doing")
            step.note(await day.leaves_delivery(case, "production", "production_reopened"))
        with day.story.step(f"{name} completes it: the ticket moves to delivery by itself") as step:
            producer = await day.signed_in(self.producer)
            await producer.post(f"/api/v1/tasks/{self.task}/complete", {"handover": HANDOVER})
            step.note(await day.arrives_in_delivery(case))

    async def answer(self) -> None:
        """The analyst answers visibly and resolves in one step (W5, W7, W8)."""
        day, case, client = self.day, self.case, self.client
        with day.story.step(f"{case.analyst.first_name} answers {client.first_name} and resolves") as step:
            body = {"text": ANSWER, "visible": True, "then": {"status": "resolved", "method": "answered"}}
            ticket = await case.agent.command(case.number, "comments", body)
            case.owes_mail(client)
            expect(bool(ticket["outgoing"]), "the answer to be held for a moment, to be undone", "nothing held")
            self.received = await day.until_mail(client, "the answer", in_text=ANSWER)
            await case.agent.until_ticket(case.number, "resolved", lambda one: bool(one["status"] == "resolved"))
            chain = self.received.header("References")
            expect(self.first_message_id in chain, f"the answer in the thread of {self.first_message_id}", chain)
            step.note(f"mailed into {client.first_name}'s own thread")

    async def reply_by_mail(self) -> None:
        """The requester presses Reply: the ticket is back in service and the analyst is told (W2)."""
        day, case, client = self.day, self.case, self.client
        with day.story.step(f"{client.first_name} presses Reply in her mail program") as step:
            mail = mails.answer_to(self.received, client, THANKS)
            await day.doors.hand_in(mail, sender=client.address, to=parseaddr(str(mail["To"]))[1])
            ticket = await case.agent.until_ticket(
                case.number, "back in service", lambda ticket: bool(ticket["status"] == "open")
            )
            entry = next(one for one in reversed(ticket["timeline"]) if one["type"] == "ticket.requester_replied.v1")
            expect(THANKS in entry["data"]["text"], "her words in the history", repr(entry["data"]["text"][:200]))
            case.owes_mail(case.analyst)
            await day.until_told(case.analyst, case, "requester_replied")
            await day.until_mail(case.analyst, "the notice of her reply", in_text=THANKS)
            step.note(f"resolved → open, found by its {entry['data']['rule']}; {case.analyst.first_name} was told")

    async def keep_private(self) -> None:
        """The private note is on the desk and nowhere that the requester could look (W7, P5)."""
        case, client = self.case, self.client
        with self.day.story.step(f"The private note is nowhere that {client.first_name} could look") as step:
            on_desk = str(await case.agent.ticket(case.number))
            expect(NOTE in on_desk, "the note on the desk (else this proves nothing)", "nothing of it")
            places = await self._places_of_requester()
            for place, text in places.items():
                expect(NOTE not in text and "margem" not in text, "no private note", f"it in {place}")
            shown = places["the portal's JSON"]
            expect(ANSWER in shown and THANKS in shown, "the answer and her reply on the portal", shown[:300])
            step.note(f"looked in {', '.join(places)}")

    async def _places_of_requester(self) -> dict[str, str]:
        """Everything the requester can get hold of, by name."""
        day, number, slug = self.day, self.case.number, self.day.company.slug
        client = await day.signed_in(self.client)
        got = await day.doors.mails(since=day.began, to=self.client.address)
        places = {
            f"her {len(got)} mails": "\n".join(mail.words for mail in got),
            "the portal's JSON": str(await client.get(f"/api/v1/portal/tickets/{number}")),
        }
        for name, path, status in (
            ("the portal's page", f"/{slug}/my/tickets/{number}", 200),
            ("the desk's JSON (404)", f"/api/v1/tickets/{number}", 404),
            ("the desk's page (leads to the portal's)", f"/{slug}/desk/tickets/{number}", 303),
        ):
            answer = await client.request("GET", path)
            expect(answer.status_code == status, f"{status} for {path}", answer.status_code)
            there = answer.headers.get("location", "")
            expect(status != 303 or there == f"/{slug}/my/tickets/{number}", "the portal's page of it", there)
            places[name] = answer.text
        return places
