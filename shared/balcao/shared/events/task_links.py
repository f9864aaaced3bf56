"""Facts about tasks and the tickets they serve: linked, unlinked, refused, gone and back. Said by `workflow`.

None of them lists the task's tickets: a task may serve thousands, and as many facts would each repeat the whole list.
"""

from typing import Literal

from pydantic import Field, field_validator

from balcao.shared.events.tasks import TaskFact, TaskSnapshot


class TaskLinkFact(TaskFact):
    """Base of the facts about one task and one ticket."""

    ticket_id: str
    ticket_number: int

    @field_validator("task")
    @classmethod
    def _without_the_other_tickets(cls, task: TaskSnapshot) -> TaskSnapshot:
        return task.model_copy(update={"ticket_ids": ()}) if task.ticket_ids else task


class TaskTicketLinked(TaskLinkFact):
    """The task serves this ticket too, from now on."""

    type = "task.ticket_linked.v1"

    ticket_title: str = ""
    asked_in: int = Field(description="The ticket's version that asked for it.")


class TaskTicketUnlinked(TaskLinkFact):
    """The task does not serve this ticket any more: its people are told while there is work left."""

    type = "task.ticket_unlinked.v1"

    last: bool = Field(default=False, description="It serves no ticket any more: nobody asks for the work.")


class TaskLinkRefused(TaskLinkFact):
    """The task can't serve this ticket."""

    type = "task.link_refused.v1"

    reason: Literal["task_cancelled", "too_many_tickets"]
    asked_in: int = Field(description="The ticket's version that asked for it.")


class TaskTicketReopened(TaskLinkFact):
    """A ticket that the task serves is in service again while there is work left: the task's people are told."""

    type = "task.ticket_reopened.v1"
