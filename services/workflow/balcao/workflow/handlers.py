"""What `workflow` does when it hears of something: the handlers of its queues."""

from balcao.shared.bus import Bus
from balcao.shared.calls.rounds import Rounds
from balcao.shared.events import (
    CompanyConfigured,
    Envelope,
    PersonRegistered,
    ProjectConfigured,
    TagConfigured,
    TaskFact,
    TicketApprovalAnswered,
    TicketApprovalSkipped,
    TicketCancelled,
    TicketReopened,
    TicketSplit,
    TicketStepUndone,
    TicketTaskLinkAsked,
    TicketTaskRequested,
    TicketTaskUnlinked,
    TrackerDelivered,
)
from balcao.workflow.companies import Companies
from balcao.workflow.creating import Creating
from balcao.workflow.linking import Linking
from balcao.workflow.ruling import Ruling
from balcao.workflow.store.learned import Learned
from balcao.workflow.store.tags import Tags
from balcao.workflow.trackers.inbound import Inbound
from balcao.workflow.trackers.outbound import Outbound


def register(bus: Bus, creating: Creating, tags: Tags, companies: Companies, learned: Learned) -> None:
    """Subscribe the handlers to their queues."""

    @bus.on("workflow.create_task")
    async def create_task(event: Envelope[TicketTaskRequested]) -> None:
        await creating.create(event)

    @bus.on("workflow.learn_tag")
    async def learn_tag(event: Envelope[TagConfigured]) -> None:
        await tags.learn(event.companyid, event.data.tag)

    @bus.on("workflow.learn_directory")
    async def learn_directory(
        event: Envelope[CompanyConfigured] | Envelope[PersonRegistered] | Envelope[ProjectConfigured],
    ) -> None:
        if isinstance(event.data, CompanyConfigured):
            await companies.learn(event.data.company)
        elif isinstance(event.data, PersonRegistered):
            await learned.learn_person(event.companyid, event.data.person)
        else:
            await learned.learn_project(event.companyid, event.data.project)


def register_links(bus: Bus, linking: Linking, ruling: Ruling) -> None:
    """Subscribe the handlers for what becomes of tasks through their tickets."""

    @bus.on("workflow.follow_ticket")
    async def follow_ticket(event: Envelope[TicketCancelled] | Envelope[TicketReopened]) -> None:
        if isinstance(event.data, TicketCancelled):
            await linking.ticket_cancelled(event)
        else:
            await linking.ticket_reopened(event)

    @bus.on("workflow.link_tickets")
    async def link_tickets(event: Envelope[TicketTaskLinkAsked] | Envelope[TicketTaskUnlinked]) -> None:
        await linking.link(event)

    @bus.on("workflow.move_tasks")
    async def move_tasks(event: Envelope[TicketSplit] | Envelope[TicketStepUndone]) -> None:
        await linking.tickets_moved(event)

    @bus.on("workflow.follow_approval")
    async def follow_approval(event: Envelope[TicketApprovalAnswered] | Envelope[TicketApprovalSkipped]) -> None:
        await ruling.approval_answered(event)


def register_trackers(bus: Bus, inbound: Inbound, outbound: Outbound, rounds: Rounds) -> None:
    """Subscribe the handlers for trackers elsewhere."""

    @bus.on("workflow.apply_tracker_delivery")
    async def apply_tracker_delivery(event: Envelope[TrackerDelivered]) -> None:
        await inbound.apply(event)

    @bus.on("workflow.tell_trackers")
    async def tell_trackers(event: Envelope[TaskFact]) -> None:
        if await outbound.hear(event):
            rounds.wake()
