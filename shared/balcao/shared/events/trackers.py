"""Facts about trackers elsewhere (GitHub, Jira, Trello, anything with webhooks). Said by `workflow`."""

from pydantic import Field

from balcao.shared.events.envelope import Fact
from balcao.shared.events.tasks import TaskFact


class TrackerDelivered(Fact):
    """A tracker told us something; it is kept, and what comes of it is decided when this is heard."""

    type = "tracker.delivered.v1"

    tracker_id: str
    delivery_id: str
    run: int = Field(default=1, description="Grows by one each time it is replayed.")


class TaskOutsideLinked(TaskFact):
    """The task is the same work as something in a tracker elsewhere."""

    type = "task.outside_linked.v1"

    tracker_id: str
    tracker: str = Field(description="What the company calls the tracker.")
    label: str = Field(description="What it is called there, such as octo/site#12.")
    url: str = ""


class TaskTicketNamed(TaskFact):
    """What stands in the tracker names a ticket that this work is for; the ticket waits for the task from now on."""

    type = "task.ticket_named.v1"

    tracker_id: str
    ticket_number: int
