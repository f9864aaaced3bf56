"""What `tickets` hears on the bus."""

from balcao.shared.bus import Bus
from balcao.shared.events import (
    AgendaWanted,
    Envelope,
    MailAutoReplied,
    MailBounced,
    MailFailed,
    MailHeld,
    MailLoopBroken,
    MailReturned,
    MessageReceived,
    TaskFact,
    TaskLinkRefused,
    TaskRuleFired,
    TaskTicketLinked,
    TaskTicketMoved,
    TaskTicketNamed,
)
from balcao.tickets.agendas import Agendas
from balcao.tickets.deciders import name_deciders as ask_deciders
from balcao.tickets.desk import Desk
from balcao.tickets.following import Following
from balcao.tickets.reaching import Reaching
from balcao.tickets.ruling import Ruling


def register(bus: Bus, desk: Desk, following: Following, ruling: Ruling, reaching: Reaching, agendas: Agendas) -> None:
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

    @bus.on("tickets.link_named_task")
    async def link_named_task(event: Envelope[TaskTicketNamed]) -> None:
        """Let a ticket that a tracker elsewhere names wait for the task that is made there (H3)."""
        await following.link_named(event)

    @bus.on("tickets.apply_rule")
    async def apply_rule(event: Envelope[TaskRuleFired]) -> None:
        """Let the tickets of a task do what a rule of the company says."""
        await ruling.apply(event)

    @bus.on("tickets.attach_machine_mail")
    async def attach_machine_mail(event: Envelope[MailAutoReplied | MailBounced | MailFailed | MailLoopBroken]) -> None:
        """Show automatic replies, undelivered mail and loops on their ticket."""
        await desk.attach_machine_mail(event)

    @bus.on("tickets.note_returned_mail")
    async def note_returned_mail(event: Envelope[MailReturned] | Envelope[MailFailed]) -> None:
        """Count what came back from a person's address, which is marked when it takes no mail."""
        await reaching.note_returned(event)

    @bus.on("tickets.name_deciders")
    async def name_deciders(event: Envelope[MailHeld]) -> None:
        """Ask who decides about a mail that intake holds (O3)."""
        await ask_deciders(desk, event)

    @bus.on("tickets.draw_agenda")
    async def draw_agenda(event: Envelope[AgendaWanted]) -> None:
        """Draw up somebody's work of the day (W17)."""
        await agendas.draw(event)
