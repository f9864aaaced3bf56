"""What `workflow` does when it hears of something: the handlers of its queues."""

from balcao.shared.bus import Bus
from balcao.shared.events import (
    Envelope,
    TagConfigured,
    TicketCancelled,
    TicketSplit,
    TicketStepUndone,
    TicketTaskRequested,
)
from balcao.workflow.production import Production
from balcao.workflow.store import Tags


def register(bus: Bus, production: Production, tags: Tags) -> None:
    """Subscribe the handlers to their queues."""

    @bus.on("workflow.create_task")
    async def create_task(event: Envelope[TicketTaskRequested]) -> None:
        await production.create(event)

    @bus.on("workflow.follow_ticket")
    async def follow_ticket(event: Envelope[TicketCancelled]) -> None:
        await production.ticket_cancelled(event)

    @bus.on("workflow.move_tasks")
    async def move_tasks(event: Envelope[TicketSplit] | Envelope[TicketStepUndone]) -> None:
        await production.tickets_moved(event)

    @bus.on("workflow.learn_tag")
    async def learn_tag(event: Envelope[TagConfigured]) -> None:
        await tags.learn(event.companyid, event.data.tag)
