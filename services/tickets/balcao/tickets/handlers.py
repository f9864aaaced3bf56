"""What `tickets` hears on the bus."""

from balcao.shared.bus import Bus
from balcao.shared.events import (
    Envelope,
    MailAutoReplied,
    MailBounced,
    MailFailed,
    MessageReceived,
    TaskFact,
    TaskLinkRefused,
    TaskTicketLinked,
    TaskTicketMoved,
)
from balcao.tickets.desk import Desk
from balcao.tickets.following import Following


def register(bus: Bus, desk: Desk, following: Following) -> None:
    """Subscribe all handlers."""

    @bus.on("tickets.take_message")
    async def take_message(event: Envelope[MessageReceived]) -> None:
        """Open a ticket, append to one, or hold the message."""
        await desk.take_message(event)

    @bus.on("tickets.follow_task")
    async def follow_task(event: Envelope[TaskFact]) -> None:
        """Let the linked tickets follow production (H3-H5)."""
        await following.follow(event)

    @bus.on("tickets.follow_link")
    async def follow_link(
        event: Envelope[TaskTicketLinked] | Envelope[TaskLinkRefused] | Envelope[TaskTicketMoved],
    ) -> None:
        """Let a ticket follow what production answered to a link (H5, H6)."""
        await following.follow_link(event)

    @bus.on("tickets.attach_machine_mail")
    async def attach_machine_mail(event: Envelope[MailAutoReplied | MailBounced | MailFailed]) -> None:
        """Show automatic replies and undelivered mail on their ticket."""
        await desk.attach_machine_mail(event)
