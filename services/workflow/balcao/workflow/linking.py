"""What becomes of tasks when the tickets they serve go away or change: loads, lets the rules decide, saves."""

import structlog

from balcao.shared.events import Envelope, LinkedTicket, TicketCancelled, TicketRef, TicketSplit, TicketStepUndone
from balcao.shared.timeline import Cause
from balcao.workflow.domain import links, served
from balcao.workflow.domain.conditions import TaskNotCreatedYet
from balcao.workflow.store.tasks import Tasks

_log = structlog.get_logger()


class Linking:
    """The links of all companies' tasks with tickets."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    async def ticket_cancelled(self, event: Envelope[TicketCancelled]) -> None:
        """Mark the ticket's tasks, so that a person decides about each.

        Raises `TaskNotCreatedYet` while one of those it lists is still being made; the repeat marks only what is left.
        """
        company_id, ticket = event.companyid, event.data.ticket
        serving = await self._tasks.serving(company_id, ticket.id)
        for task_id in serving:
            await self._tasks.change(
                company_id, task_id, lambda task: links.ticket_cancelled(task, ticket, at=event.time), Cause.of(event)
            )
        missing = set(event.data.open_tasks).difference(serving)
        if missing:
            raise TaskNotCreatedYet("a task of the cancelled ticket does not exist yet", tasks=sorted(missing))
        _log.info("task.ticket_followed", ticket_id=ticket.id, tasks=len(serving))

    async def tickets_moved(self, event: Envelope[TicketSplit] | Envelope[TicketStepUndone]) -> None:
        """Tasks that a split took along serve the new ticket, and the old one again when the split is undone.

        Raises `TaskNotCreatedYet` while one of them is still being made; the repeat moves only what is left.
        """
        data = event.data
        after: LinkedTicket | TicketRef
        if isinstance(data, TicketSplit):
            before_id, after = data.ticket.id, data.into
        elif data.tasks and data.others:
            before_id, after = data.others[0].id, data.ticket
        else:
            return  # of a merge or a bulk edit, or of the ticket that gives the tasks back
        ticket = served.LinkedTicket(id=after.id, number=after.number, title=after.title)
        for task_id in data.tasks:
            if await self._tasks.find(event.companyid, task_id) is None:
                raise TaskNotCreatedYet("a task that went along does not exist yet", tasks=[task_id])
            await self._tasks.change(
                event.companyid,
                task_id,
                lambda task: links.move_ticket(task, before_id, ticket, at=event.time),
                Cause.of(event),
            )
