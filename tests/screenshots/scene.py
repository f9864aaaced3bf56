"""What the pictures need beside a lively morning: something held, planned, asked for, and much too long."""

import re
from dataclasses import dataclass
from html import unescape

from balcao.local.demo import mails
from balcao.local.demo.company import DemoCompany, Player
from balcao.local.demo.doors import Json, Session
from balcao.local.demo.waiting import NotYet, eventually
from balcao.local.demo.workday import Workday
from tests.screenshots.morning import have_a_morning

NEWCOMER = Player("Sônia Campos", "sonia@grafica-lima.test")
LONG_TITLE = (
    "Enc: Re: Re: Fwd: campanha de fim de ano com todas as peças para as sete unidades, revisão do jurídico, legendas "
    "em português e inglês, versões para impressão e https://arquivos.clinica-vitalis.test/pasta/2026/"
    + "campanha-de-fim-de-ano-"
    * 4
)
LONG_WORD = "https://arquivos.clinica-vitalis.test/" + "pasta-com-um-nome-que-nao-acaba/" * 8
WEEKLY_NOTES = "Conferir métricas, responder comentários e separar os cinco melhores posts da semana."


@dataclass(frozen=True)
class Scene:
    """Numbers and links that lead to the pages. Each link begins after the company's name in it."""

    ticket: int
    """The agent's own, with tasks."""
    chosen: str
    """Some tickets, with commas."""
    same_requester: str
    """Two tickets that may be merged, with commas."""
    long: int
    """A ticket whose words are as long as they can be."""
    task: int
    """The producer's."""
    request: int
    """A guest's own, with a conversation."""
    message: int
    """The entry of that guest's answer."""
    recurrence: int
    admin: str
    """The administrator's id."""
    approval: str
    """What a client finds behind a mail that asks for approval."""
    invitation: str
    """What a newcomer finds behind the first mail."""


async def set_the_scene(day: Workday) -> Scene:
    """Let the team have its morning, and the rest happen too."""
    numbers = await have_a_morning(day)
    company, case = day.company, day.cases[0]
    agent, admin = case.agent, await day.signed_in(company.players[0])
    task = int((await agent.ticket(numbers[1]))["tasks"][0]["number"])
    timeline = (await agent.ticket(case.number))["timeline"]
    message = next(one["n"] for one in reversed(timeline) if one["type"] == "ticket.requester_replied.v1")
    twins = [await _twin(agent) for _ in range(2)]
    return Scene(
        ticket=numbers[0],
        chosen=",".join(map(str, numbers[:3])),
        same_requester=",".join(map(str, twins)),
        long=await _long(day),
        task=task,
        request=case.number,
        message=int(message),
        recurrence=await _recurrence(day, agent),
        admin=str(admin.person["id"]),
        approval=await _approval(day, admin),
        invitation=await _invitation(day, case.number),
    )


async def _twin(agent: Session) -> int:
    requester = {"name": "Otávio Brandt", "address": "otavio@clinica-vitalis.test"}
    body = {"title": "Segunda via do crachá da recepção", "description": "Saiu borrado.", "requester": requester}
    return int((await agent.post("/api/v1/tickets", body))["number"])


def wordy_guest(company: DemoCompany) -> Player:
    """The client whose words have no end."""
    return next(one for one in company.players if not one.roles and one != company.client)


async def _long(day: Workday) -> int:
    """A request without a space to break it."""
    session = await day.signed_in(wordy_guest(day.company))
    title = LONG_TITLE[:300]
    body = {"subject": title, "text": f"Está tudo aqui:\n{LONG_WORD}\n\n" + "Mais uma linha.\n" * 60}
    await session.post("/api/v1/portal/tickets", body)

    async def look() -> int:
        for one in (await session.get("/api/v1/portal/tickets"))["items"]:
            if one["title"] == title:
                return int(one["number"])
        raise NotYet("no ticket of this title")

    return await eventually("the long request", look)


async def _recurrence(day: Workday, agent: Session) -> int:
    yara = next(one for one in day.company.players if one.address.startswith("yara."))
    person = (await day.signed_in(yara)).person["id"]
    template = {"title": "Ronda semanal das redes", "description": WEEKLY_NOTES, "executor_id": person}
    plan = {"task": template, "rule": "FREQ=WEEKLY;BYDAY=MO", "starts": "2027-01-04T09:00", "due_days": 1}
    return int((await agent.post("/api/v1/recurrences", plan))["number"])


async def _approval(day: Workday, admin: Session) -> str:
    """A task that waits for its client, who was asked by mail."""
    rule = await _ask_clients(admin)
    client = day.company.client
    with day.story.step("A client is asked to approve") as step:
        mail = mails.question(client, day.company, f"Convite da reinauguração ({day.name})")
        case, _ = await day.open_by_mail(step, mail, client, client.workspace)
        task = await day.ask_for_task(case, "Arte do convite")
        await day.move(task, "external_approval")
        found = await _link(day, client, f"[#{case.number}]", "approval")
    gone = await admin.request("DELETE", f"/api/v1/rules/{rule}")
    gone.raise_for_status()
    return found


async def _ask_clients(admin: Session) -> str:
    kind = (await admin.get("/api/v1/task-types"))["items"][0]
    phases = {one["kind"]: one["id"] for one in reversed(kind["phases"])}
    body: Json = {
        "name": "Cliente aprova",
        "task_type_id": kind["id"],
        "phase_id": phases["external_approval"],
        "approval": {"approved_phase": phases["done"], "changes_phase": phases["doing"]},
    }
    return str((await admin.post("/api/v1/rules", body))["id"])


async def _invitation(day: Workday, pointed_at: int) -> str:
    """Somebody new writes: once for a request of their own, once to a ticket that isn't theirs, which is held."""
    for subject in ("Prova de cor do cartaz", f"Re: cardápio [#{pointed_at}]"):
        mail = mails.question(NEWCOMER, day.company, subject)
        await day.doors.hand_in(mail, sender=NEWCOMER.address, to=day.company.address)
    return await _link(day, NEWCOMER, "Prova de cor", "invitation")


async def _link(day: Workday, person: Player, in_subject: str, page: str) -> str:
    """The way to this page, as a mail to this person has it, after the company's name."""
    pattern = re.compile(rf"https?://\S+?/{day.company.slug}(/{page}\?token=[^\s\"<>]+)")

    async def look() -> str:
        for mail in await day.doors.mails(since=day.began, to=person.address):
            if in_subject in mail.header("Subject") and (found := pattern.search(mail.words)):
                return unescape(found[1])
        raise NotYet("no mail with a link")

    return await eventually(f"a mail with the way to the {page}", look)
