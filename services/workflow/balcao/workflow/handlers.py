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
        """Create the task under the id that the request gives it (H3)."""
        await creating.create(event)

    @bus.on("workflow.learn_tag")
    async def learn_tag(event: Envelope[TagConfigured]) -> None:
        """Remember the company's tags (O14)."""
        await tags.learn(event.companyid, event.data.tag)

    @bus.on("workflow.learn_directory")
    async def learn_directory(
        event: Envelope[CompanyConfigured] | Envelope[PersonRegistered] | Envelope[ProjectConfigured],
    ) -> None:
        """Remember the company's calendar, its team and its projects."""
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
        """Mark a cancelled ticket on its tasks; the work goes on until a person decides (H5)."""
        if isinstance(event.data, TicketCancelled):
            await linking.ticket_cancelled(event)
        else:
            await linking.ticket_reopened(event)

    @bus.on("workflow.link_tickets")
    async def link_tickets(event: Envelope[TicketTaskLinkAsked] | Envelope[TicketTaskUnlinked]) -> None:
        """Let a task serve another ticket, or serve it no more (H6)."""
        await linking.link(event)

    @bus.on("workflow.move_tasks")
    async def move_tasks(event: Envelope[TicketSplit] | Envelope[TicketStepUndone]) -> None:
        """Let tasks go along with what was split off their ticket, and come back."""
        await linking.tickets_moved(event)

    @bus.on("workflow.follow_approval")
    async def follow_approval(event: Envelope[TicketApprovalAnswered] | Envelope[TicketApprovalSkipped]) -> None:
        """Let a task do what the answers it waits for say."""
        await ruling.approval_answered(event)


def register_trackers(bus: Bus, inbound: Inbound, outbound: Outbound, rounds: Rounds) -> None:
    """Subscribe the handlers for trackers elsewhere."""

    @bus.on("workflow.apply_tracker_delivery")
    async def apply_tracker_delivery(event: Envelope[TrackerDelivered]) -> None:
        """Make, link and move tasks by what a tracker told us."""
        await inbound.apply(event)

    @bus.on("workflow.tell_trackers")
    async def tell_trackers(event: Envelope[TaskFact]) -> None:
        """Have it told to the trackers that have the task, or will."""
        if await outbound.hear(event):
            rounds.wake()
