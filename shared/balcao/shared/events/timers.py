"""Facts that only the passing of time makes. Said by `tickets`."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from balcao.shared.events.tickets import TicketFact


class TicketReminded(TicketFact):
    """The date given to the requester comes near, or is reached, and the ticket still needs somebody (W9)."""

    type = "ticket.reminded.v1"

    what: Literal["near", "reached"] = Field(description="Whether the date is still to come.")
    promised_for: datetime
