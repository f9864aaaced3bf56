"""The other half of the main job: a ticket with several tasks, of which one is reopened and cancelled (H5)."""

import time

from balcao.local.demo import mails
from balcao.local.demo.company import Player
from balcao.local.demo.waiting import expect
from balcao.local.demo.workday import Case, Workday


async def work_on_two_tasks(day: Workday) -> None:
    """A stranger asks for two things. Delivery comes only when none of the tasks is left open."""
    case = await _ask(day)
    producer, name = await day.signed_in(day.company.producer), day.company.producer.first_name
    with day.story.step(f"{case.analyst.first_name} asks for two tasks") as step:
        invitation = await day.ask_for_task(case, "Convite para redes sociais")
        leaflet = await day.ask_for_task(case, "Folheto A5")
        step.note(f"tasks #{invitation} and #{leaflet}")
    with day.story.step("One of two tasks is completed: the ticket stays in production") as step:
        await producer.post(f"/api/v1/tasks/{invitation}/complete", {"handover": "Três formatos exportados."})
        ticket = await case.agent.until_ticket(
            case.number,
            "showing one completed task",
            lambda ticket: any(task["state"] == "completed" for task in ticket["tasks"]),
        )
        expect(ticket["stage"] == "production", "the ticket to stay in production", ticket["stage"])
        step.note("still in production")
    with day.story.step("The other goes out for approval: the ticket moves to delivery by itself") as step:
        await day.move(leaflet, "external_approval")
        step.note(await day.arrives_in_delivery(case))
    with day.story.step(f"{name} reopens the first one: the ticket returns to production") as step:
        await producer.post(f"/api/v1/tasks/{invitation}/reopen")
        step.note(await day.leaves_delivery(case, "production", "production_reopened"))
    with day.story.step("It is cancelled instead: the other is finished, so delivery again") as step:
        await producer.post(f"/api/v1/tasks/{invitation}/cancel", {"reason": "O cliente desistiu do convite."})
        step.note(await day.arrives_in_delivery(case))
    with day.story.step("The other is cancelled too: nothing to deliver, so back to planning") as step:
        await producer.post(f"/api/v1/tasks/{leaflet}/cancel", {"reason": "Fica para o ano que vem."})
        step.note(await day.leaves_delivery(case, "planning", "production_cancelled"))


async def _ask(day: Workday) -> Case:
    """A plain mail from somebody who never wrote: they become a guest (O3), the company's default analyst serves."""
    stranger = Player("Joaquim Bastos", f"joaquim.{time.time_ns() // 1_000_000}@padaria-bonfim.test")
    with day.story.step(f"{stranger.name}, whom nobody knows, sends a plain mail") as step:
        mail = mails.question(stranger, day.company, f"Reinauguração da padaria ({day.name})")
        case, _ = await day.open_by_mail(step, mail, stranger, None)
        ticket = await case.agent.ticket(case.number)
        expect(bool(ticket["requester"].get("person_id")), "the sender registered as a guest", ticket["requester"])
        expect(ticket["workspace_id"] is None, "no workspace", ticket["workspace_id"])
    return case
