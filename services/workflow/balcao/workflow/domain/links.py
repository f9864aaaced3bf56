"""Which tickets a task serves: what becomes of the links when a ticket goes away or another takes its place."""

from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.clock import to_milliseconds
from balcao.shared.events import TaskTicketFollowed, TaskTicketMoved, TicketRef
from balcao.workflow.domain.served import LinkedTicket
from balcao.workflow.domain.tasks import Task


def ticket_cancelled(task: Task, ticket: TicketRef, *, at: datetime) -> Change[Task]:
    """A ticket of the task was given up: it is marked so, and the work goes on until a person decides.

    Nothing happens for a ticket that the task doesn't serve, or that is marked already.
    """
    marked = tuple(_marked(linked, ticket, at) for linked in task.tickets)
    revision = Revision(task)
    if marked != task.tickets:
        revision.set(tickets=marked, updated_at=at)
        revision.say(TaskTicketFollowed, ticket_id=ticket.id, ticket_number=ticket.number, what="cancelled")
    return revision.done()


def move_ticket(task: Task, before_id: str, ticket: LinkedTicket, *, at: datetime) -> Change[Task]:
    """The task serves `ticket` instead of the one before: a split took it along, or was undone (W14, W15).

    Heard twice it changes nothing, and heard late neither: the latest such step holds, in whatever order they come.
    """
    revision, at = Revision(task), to_milliseconds(at)
    known = {linked.id: linked for linked in task.tickets}
    current = known.get(before_id) or known.get(ticket.id)
    if current is None or (current.moved_at is not None and current.moved_at >= at):
        return revision.done()
    moved = ticket.model_copy(update={"moved_at": at})
    kept = tuple(linked for linked in task.tickets if linked.id not in (before_id, ticket.id))
    served = tuple(dict.fromkeys((*task.served, before_id)))
    revision.set(tickets=(*kept, moved), served=served, updated_at=max(task.updated_at, at))
    revision.say(TaskTicketMoved, before=before_id, ticket_id=ticket.id, ticket_number=ticket.number)
    return revision.done()


def _marked(linked: LinkedTicket, ticket: TicketRef, at: datetime) -> LinkedTicket:
    if linked.id != ticket.id or linked.cancelled_at is not None:
        return linked
    return linked.model_copy(update={"cancelled_at": at})
