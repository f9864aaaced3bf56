"""Facts about a ticket and the tasks it is linked to (H3, H5, H6). Said by `tickets`.

Whether a ticket is linked to a task is `tickets`' to decide; `workflow` follows. For one ticket and one task the fact
of the ticket's highest version holds, in whatever order they are heard.
"""

from typing import Literal

from pydantic import Field

from balcao.shared.events.tasks import TaskSnapshot
from balcao.shared.events.tickets import TicketFact


class TicketTaskLinkAsked(TicketFact):
    """The team links the ticket to a task that exists, or the ticket has it by a merge. It waits for that task from now
    on."""

    type = "ticket.task_link_asked.v1"

    task_id: str
    task_number: int
    task_title: str = ""
    inherited: bool = Field(
        default=False,
        description="Nobody linked them: work began again on a task of a ticket that was merged into this one.",
    )


class TicketTaskLinked(TicketFact):
    """The task serves this ticket too."""

    type = "ticket.task_linked.v1"

    task: TaskSnapshot


class TicketTaskUnlinked(TicketFact):
    """The team took the ticket off a task; what becomes of that task is none of its business any more."""

    type = "ticket.task_unlinked.v1"

    task: TaskSnapshot


class TicketDeliveryDraftDropped(TicketFact):
    """The team will not send the answer drafted from these tasks' deliverables (H4)."""

    type = "ticket.delivery_draft_dropped.v1"

    tasks: tuple[str, ...]


class TicketTaskLinkRefused(TicketFact):
    """The task could not be linked after all; the ticket does not wait for it."""

    type = "ticket.task_link_refused.v1"

    task: TaskSnapshot
    reason: Literal["task_cancelled", "too_many_tickets"]
