"""Routes of tickets: reading, and the commands of the team."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from balcao.shared.errors import NotFound
from balcao.shared.events import TicketRequesterReplied
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document
from balcao.shared.timeline import entry_id
from balcao.tickets.api import bodies
from balcao.tickets.api.commands import ActingPerson, TheCommand, TheDesk
from balcao.tickets.api.views import ticket_for_requester, ticket_for_team
from balcao.tickets.catalogues import language
from balcao.tickets.domain import conversation, production, stages
from balcao.tickets.domain.history import History
from balcao.tickets.domain.tags import require_offered

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])


@router.get("/with-words/{event_id}")
async def ticket_with_words(
    event_id: Annotated[str, Path(max_length=100, description="Of the event that said what somebody wrote.")],
    desk: TheDesk,
    acting: ActingPerson,
    ticket_id: Annotated[str | None, Query(max_length=100, description="The ticket it was written on.")] = None,
) -> Document:
    """Which of one's own tickets the words are on by now, that they opened or were written on: `{id, number}`.

    404 until then: who has written looks again in a moment.
    """
    opened = derived_id("ticket", event_id)
    for id_ in filter(None, (opened, ticket_id)):
        ticket = await desk.tickets.find(acting.company_id, id_)
        if ticket is None or not ticket.is_open_to(acting.person_id, acting.address):
            continue
        told = entry_id(event_id, TicketRequesterReplied.type, ticket.id)
        if id_ == opened or await desk.tickets.has_told([told]):
            return {"id": ticket.id, "number": ticket.number}
    raise NotFound("the words are on no ticket yet")


@router.get("/{number}")
async def get_ticket(
    number: int,
    desk: TheDesk,
    acting: ActingPerson,
    response: Response,
    locale: Annotated[
        str | None, Query(max_length=20, description="pt-BR or en: each entry of the history has its sentence too.")
    ] = None,
) -> Document:
    """A ticket with its history; a guest sees their own tickets and public entries only."""
    ticket = await desk.tickets.by_number(acting.company_id, number)
    if not acting.is_team and not ticket.is_open_to(acting.person_id, acting.address):
        raise NotFound(f"no ticket #{number}")
    timeline = await desk.tickets.timeline(acting.company_id, ticket.id, public_only=not acting.is_team)
    response.headers["ETag"] = f'"{ticket.version}"'
    company = (await desk.directory.team(acting.company_id)).company
    spoken = language(company.time_zone, locale, acting.locale, company.locale)
    shown = ticket_for_team(ticket, timeline) if acting.is_team else ticket_for_requester(ticket, timeline, spoken)
    if locale is not None:
        history = History(spoken, policies=company.policies, for_team=acting.is_team)
        for entry, row in zip(timeline, shown["timeline"], strict=True):
            row["sentence"] = history.sentence(entry)
    return shown


@router.post("/{number}/action-plan")
async def write_action_plan(number: int, body: bodies.ActionPlan, command: TheCommand) -> Document:
    """Write what has to be done; the ticket leaves triage (H2)."""
    by = command.acting.party()
    return await command.on(number, lambda ticket: conversation.write_action_plan(ticket, body.text, by))


@router.post("/{number}/stage")
async def move_to_stage(number: int, body: bodies.StageBody, command: TheCommand) -> Document:
    """Move to a stage (H1)."""
    by = command.acting.party()
    return await command.on(number, lambda ticket: stages.move(ticket, body.stage, by))


@router.post("/{number}/stage-assignee")
async def assign_stage(number: int, body: bodies.StageAssignee, command: TheCommand) -> Document:
    """Choose who acts in a stage (H1)."""
    by = command.acting.party()
    person = await command.desk.member(command.acting.company_id, body.person_id)
    return await command.on(number, lambda ticket: stages.assign_stage(ticket, body.stage, person, by))


@router.post("/{number}/analyst")
async def assign_analyst(number: int, body: bodies.Analyst, command: TheCommand) -> Document:
    """Choose who answers for the ticket (H8)."""
    by = command.acting.party()
    person = await command.desk.member(command.acting.company_id, body.person_id)
    return await command.on(number, lambda ticket: stages.assign_analyst(ticket, person, by))


@router.post("/{number}/tasks", status_code=202)
async def request_task(number: int, body: bodies.NewTask, command: TheCommand) -> Document:
    """Ask for a task; the ticket goes to production when it is there (H3)."""
    by = command.acting.party()
    task_id = derived_id("task", command.cause.id)
    executor = None
    if body.executor_id is not None:
        executor = await command.desk.member(command.acting.company_id, body.executor_id)
    if body.tags:
        require_offered(body.tags, await command.desk.directory.tags.all(command.acting.company_id))
    shown = await command.on(
        number,
        lambda ticket: production.request_task(
            ticket,
            task_id,
            by,
            title=body.title,
            description=body.description,
            executor=executor,
            due=body.due,
            task_type=body.task_type,
            tags=body.tags,
        ),
    )
    return {"task_id": task_id, "ticket": shown}
