"""Words on a ticket: visible answers, private notes, the action plan, and what the requester says (H2, W2, W7, W8)."""

from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    FileRef,
    MessageReceived,
    Party,
    Threading,
    TicketActionPlanWritten,
    TicketAutoReplyAttached,
    TicketMailBounced,
    TicketNoted,
    TicketReplied,
    TicketRequesterReplied,
)
from balcao.tickets.domain.conditions import EmptyComment
from balcao.tickets.domain.production import reopen_with_production
from balcao.tickets.domain.stages import touch
from balcao.tickets.domain.status import in_service, resolve_step, takes_replies
from balcao.tickets.domain.ticket import Method, Ticket

MOST_TEXT = 100_000
_MOST_MESSAGE_IDS = 50
_MOST_REFERENCES = 20
_MOST_QUOTED = 4_000


def comment(
    ticket: Ticket,
    text: str,
    by: Party,
    at: datetime,
    *,
    visible: bool = False,
    files: tuple[FileRef, ...] = (),
    then_resolve: Method | None = None,
) -> Change[Ticket]:
    """The team says something: a private note unless `visible` (W7); `then_resolve` does both in one step (W5, W8).

    Raises `EmptyComment`, and a condition when the ticket is not in service.
    """
    if not text.strip():
        raise EmptyComment("write something first")
    in_service(ticket)
    revision = Revision(ticket)
    touch(revision, by)
    if visible:
        revision.set(highlight=None)
        revision.say(
            TicketReplied,
            author=by,
            text=text,
            files=files,
            recipients=recipients(ticket, by),
            threading=ticket.threading,
            quoted=ticket.last_words,
        )
    else:
        revision.say(TicketNoted, author=by, text=text, files=files)
    if then_resolve is not None:
        resolve_step(revision, then_resolve, at)
    return revision.done()


def recipients(ticket: Ticket, by: Party) -> tuple[Party, ...]:
    """Who gets a visible comment: requester and watchers, each address once, never its author."""
    seen = {by.address}
    chosen: list[Party] = []
    for party in (ticket.requester, *ticket.watchers):
        if party.address and party.address not in seen:
            seen.add(party.address)
            chosen.append(party)
    return tuple(chosen)


def write_action_plan(ticket: Ticket, text: str, by: Party) -> Change[Ticket]:
    """Write "O que deve ser feito"; as an edit by the team it moves the ticket out of triage (H2)."""
    in_service(ticket)
    revision = Revision(ticket)
    if text == ticket.action_plan:
        return revision.done()
    revision.set(action_plan=text)
    revision.say(TicketActionPlanWritten, text=text, before=ticket.action_plan)
    touch(revision, by)
    return revision.done()


def requester_replied(ticket: Ticket, message: MessageReceived, rule: str) -> Change[Ticket]:
    """The requester or a watcher wrote again. A waiting or resolved ticket is back in service (W2).

    It stays in triage if it was there: only the team leaves triage (features.md 7). Raises `TicketIsClosed` or
    `TicketIsCancelled` when it takes no words any more.
    """
    takes_replies(ticket)
    reopened = ticket.status in ("waiting", "resolved")
    revision = Revision(ticket)
    if reopened:
        reopen_with_production(revision, "reply")
    known = tuple(dict.fromkeys((*ticket.message_ids, *_ids(message))))[-_MOST_MESSAGE_IDS:]
    revision.set(highlight="reply", message_ids=known)
    revision.set(threading=thread(ticket.threading, message), last_words=own_words(message))
    revision.say(
        TicketRequesterReplied,
        author=message.sender,
        channel=message.channel,
        text=message.text[:MOST_TEXT],
        quote_at=message.quote_at,
        files=message.files,
        message_id=message.message_id,
        internet_message_id=message.internet_message_id,
        rule=rule,
        reopened=reopened,
    )
    return revision.done()


def attach_auto_reply(ticket: Ticket, sender: Party, subject: str, text: str, message_id: str) -> Change[Ticket]:
    """Keep a machine's answer in the history. It never reopens and never gets an answer."""
    revision = Revision(ticket)
    revision.say(TicketAutoReplyAttached, sender=sender, subject=subject, text=text[:MOST_TEXT], message_id=message_id)
    return revision.done()


def note_undelivered(ticket: Ticket, recipient: str | None, reason: str, *, permanent: bool) -> Change[Ticket]:
    """Show on the ticket that a mail about it did not arrive."""
    revision = Revision(ticket)
    if permanent:
        revision.set(highlight="undelivered")
    revision.say(TicketMailBounced, recipient=recipient, permanent=permanent, reason=reason[:1000])
    return revision.done()


def thread(before: Threading, message: MessageReceived) -> Threading:
    """What the next mail to the requester answers to, so that their mail program shows one conversation."""
    if message.internet_message_id is None:
        return before
    chain = (*before.references, *reversed(message.evidence.references), message.internet_message_id)
    return Threading(
        in_reply_to=message.internet_message_id, references=tuple(dict.fromkeys(chain))[-_MOST_REFERENCES:]
    )


def own_words(message: MessageReceived) -> str:
    """What the sender wrote themselves, without what they quoted."""
    text = message.text if message.quote_at is None else message.text[: message.quote_at]
    return text.strip()[:_MOST_QUOTED]


def _ids(message: MessageReceived) -> tuple[str, ...]:
    return (message.internet_message_id,) if message.internet_message_id else ()


def with_watcher(change: Change[Ticket], party: Party) -> Change[Ticket]:
    """Add somebody to those who get copies, as part of a change."""
    ticket = change.after
    if not change.facts or ticket.is_part(party.address):
        return change
    after = ticket.model_copy(update={"watchers": (*ticket.watchers, party)})
    return Change(change.before, after, change.facts)


def note_by_mail(ticket: Ticket, message: MessageReceived, by: Party) -> Change[Ticket]:
    """A colleague answered one of our mails: kept as a private note; on a finished ticket too, without reopening it."""
    revision = Revision(ticket)
    if ticket.active:
        touch(revision, by)
    text = own_words(message) or "(sem texto)"
    revision.say(TicketNoted, author=by, text=text, files=message.files)
    return revision.done()
