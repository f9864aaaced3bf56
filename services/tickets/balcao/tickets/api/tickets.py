"""Routes of tickets: reading, and the commands of the team."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from balcao.shared.errors import Invalid, NotFound
from balcao.shared.events import Party
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document
from balcao.tickets.api import bodies
from balcao.tickets.api.commands import ActingPerson, TheCommand, TheDesk
from balcao.tickets.api.views import row_for_requester, row_for_team, ticket_for_requester, ticket_for_team
from balcao.tickets.domain import conversation, production, stages
from balcao.tickets.domain.opening import Request
from balcao.tickets.domain.ticket import ACTIVE, STAGES
from balcao.tickets.store.lists import Filter

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
_STATUSES = frozenset({"draft", "open", "waiting", "resolved", "closed", "cancelled"})


@router.get("")
async def list_tickets(
    desk: TheDesk,
    acting: ActingPerson,
    status: Annotated[
        str | None, Query(description="Comma-separated; `active`, the default, is all that need somebody; `any`.")
    ] = None,
    stage: Annotated[str | None, Query(description="Comma-separated stages.")] = None,
    analyst: Annotated[str | None, Query(description="A person's id, or `me`.")] = None,
    executor: Annotated[str | None, Query(description="Current executor: a person's id, or `me` (H9).")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: Annotated[int | None, Query(description="`next` of the page before.")] = None,
) -> Document:
    """A page of tickets; a guest sees their own only (P2, P5)."""
    wanted = Filter(
        statuses=_statuses(status, default_all=not acting.is_team),
        stages=_listed(stage, frozenset(STAGES), "stage"),
        analyst_id=acting.person_id if analyst == "me" else analyst,
        executor_id=acting.person_id if executor == "me" else executor,
        requester_id=None if acting.is_team else acting.person_id,
    )
    if not acting.is_team:
        wanted = Filter(statuses=wanted.statuses, requester_id=acting.person_id)
    found, following = await desk.lists.page(acting.company_id, wanted, after=after, limit=limit)
    row = row_for_team if acting.is_team else row_for_requester
    return {"items": [row(document) for document in found], "next": following}


@router.get("/{number}")
async def get_ticket(number: int, desk: TheDesk, acting: ActingPerson, response: Response) -> Document:
    """A ticket with its history; a guest sees their own tickets and public entries only."""
    ticket = await desk.tickets.by_number(acting.company_id, number)
    if not acting.is_team and not ticket.is_open_to(acting.person_id, acting.address):
        raise NotFound(f"no ticket #{number}")
    timeline = await desk.tickets.timeline(acting.company_id, ticket.id, public_only=not acting.is_team)
    response.headers["ETag"] = f'"{ticket.version}"'
    return ticket_for_team(ticket, timeline) if acting.is_team else ticket_for_requester(ticket, timeline)


@router.post("", status_code=201)
async def open_ticket(body: bodies.NewTicket, command: TheCommand) -> Document:
    """Open a ticket at the desk (O11)."""
    who = Party(name=body.requester.name, address=body.requester.address.lower()) if body.requester else None
    request = Request(body.title, body.description, body.kind, body.priority, body.workspace_id)
    ticket = await command.desk.open_for(command.acting.company_id, request, who, command.cause)
    return await command.show(ticket)


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
    shown = await command.on(
        number,
        lambda ticket: production.request_task(
            ticket, task_id, by, title=body.title, description=body.description, executor=executor, due=body.due
        ),
    )
    return {"task_id": task_id, "ticket": shown}


def _statuses(asked: str | None, *, default_all: bool) -> frozenset[str] | None:
    if asked == "any" or (asked is None and default_all):
        return None
    if asked is None or asked == "active":
        return frozenset(ACTIVE)
    return _listed(asked, _STATUSES, "status")


def _listed(asked: str | None, known: frozenset[str], name: str) -> frozenset[str] | None:
    if not asked:
        return None
    wanted = frozenset(asked.split(","))
    if not wanted <= known:
        raise Invalid(f"unknown {name}: {', '.join(sorted(wanted - known))}", possible=sorted(known))
    return wanted
