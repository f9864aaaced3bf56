"""Routes of a ticket's links to tasks that exist (H5, H6)."""

from fastapi import APIRouter
from pydantic import Field

from balcao.shared.mongo import Document
from balcao.tickets.api.bodies import Body
from balcao.tickets.api.roles import DeskCommand
from balcao.tickets.domain import task_links

router = APIRouter(prefix="/v1/tickets", tags=["tasks"])


class LinkedTask(Body):
    """A task as the gateway found it in `workflow`."""

    number: int = Field(ge=1, le=2_147_483_647)
    title: str = Field(default="", max_length=300)


@router.put("/{number}/tasks/{task_id}", status_code=202)
async def link_task(number: int, task_id: str, body: LinkedTask, command: DeskCommand) -> Document:
    """Let a task serve this ticket too; the ticket's stage follows once production has answered."""
    by = command.acting.party()
    return await command.on(number, lambda ticket: task_links.ask_link(ticket, task_id, body.number, body.title, by))


@router.delete("/{number}/tasks/{task_id}")
async def unlink_task(number: int, task_id: str, command: DeskCommand) -> Document:
    """Take the ticket off a task; its stage follows where production stands without it."""
    by = command.acting.party()
    return await command.on(number, lambda ticket: task_links.unlink(ticket, task_id, by))
