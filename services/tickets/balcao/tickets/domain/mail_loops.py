"""Dialogues with machines: where automatic mails end, the ticket says so."""

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import TicketMailLoopBroken
from balcao.tickets.domain.ticket import Ticket


def note_mail_loop(ticket: Ticket, recipient: str | None, mails: int, within_s: int) -> Change[Ticket]:
    """Show on the ticket that its automatic mails are not sent, since a machine seems to answer each."""
    revision = Revision(ticket).set(highlight="undelivered")
    return revision.say(TicketMailLoopBroken, recipient=recipient, mails=mails, within_s=within_s).done()
