"""Who is at a ticket at this moment: said by the gateway to its own replicas, for pages that are open; kept
nowhere."""

from typing import Literal

from pydantic import Field

from balcao.shared.events.envelope import Fact


class PresenceShown(Fact):
    """Somebody of the team looks at a ticket, writes on it, or has just gone. Said by `portal-api` again and again
    while a page is open; it holds for some seconds and is no part of the ticket's history."""

    type = "presence.shown.v1"

    person_id: str
    name: str
    ticket_number: int
    page: str = Field(description="Which of the person's open pages, by a name it gave itself.")
    doing: Literal["looking", "writing", "gone"]
