"""Words on a ticket: visible answers, private notes, the action plan, and what the requester says (H2, W2, W7, W8)."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from balcao.shared.rich_text import RichText, plain, with_images
from balcao.tickets.domain.conditions import EmptyComment, NotARecipient
from balcao.tickets.domain.directives_applied import NO_WISHES, Wishes, follow
from balcao.tickets.domain.drafts import submit_with_words
from balcao.tickets.domain.production import reopen_with_production
from balcao.tickets.domain.stages import touch
from balcao.tickets.domain.status import in_service, resolve_step, takes_replies
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Method, Step, Ticket
from balcao.tickets.domain.waiting import wait_step

MOST_TEXT = 100_000
_MOST_MESSAGE_IDS = 50
_MOST_REFERENCES = 20
_MOST_QUOTED = 4_000


@dataclass(frozen=True)
class Comment:
    """What somebody of the team says, and what happens with it: a private note unless `visible` (W7, W8)."""

    words: RichText
    visible: bool = False
    files: tuple[FileRef, ...] = ()
    add: tuple[Party, ...] = ()
    """People who get this answer besides those who always do."""
    remove: tuple[str, ...] = ()
    """Addresses of watchers who don't get this one."""
    step: Step | None = None
    delivers: tuple[str, ...] = ()
    """Ids of the tasks whose deliverables it hands over, where it was drafted from them (H4)."""
    title: str | None = None
    """The title it gives a draft that has none (O12)."""


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
    """`write` for plain words; `then_resolve` resolves in the same step (W5, W8). Empty words are refused."""
    if not text.strip():
        raise EmptyComment("write something first")
    step = Step(command="resolve", method=then_resolve) if then_resolve is not None else None
    return write(ticket, Comment(plain(text), visible, files, step=step), by, at)


def write(ticket: Ticket, said: Comment, by: Party, at: datetime) -> Change[Ticket]:
    """The team says something, changes the situation, or both in one step (W5, W7, W8).

    Raises `EmptyComment` when it does neither, and the condition that stands in the way of either.
    """
    revision = Revision(ticket)
    write_step(revision, said, by, at)
    return revision.done()


def write_step(revision: Revision[Ticket], said: Comment, by: Party, at: datetime) -> None:
    """`write` as steps of a change, such as one that edits fields too."""
    if not said.words.text.strip() and (said.files or said.step is None):
        raise EmptyComment("write something first")
    begin_step(revision, said.step, with_words=bool(said.words.text.strip()))
    if said.words.text.strip():
        in_service(revision.now)
        if said.visible:
            submit_with_words(revision, said.words.text, said.title)
        touch(revision, by)
        _say(revision, said, by)
    end_step(revision, said.step, by, at)


def begin_step(revision: Revision[Ticket], step: Step | None, *, with_words: bool = True) -> None:
    """What of a change of situation comes before the words: back in service, where one may speak again.

    Where somebody else was quicker the words are said all the same; without any it is refused as having no effect.
    """
    if step is None or step.command != "reopen":
        return
    if not with_words or revision.now.status not in ("open", "draft"):
        reopen_with_production(revision, "team")


def end_step(revision: Revision[Ticket], step: Step | None, by: Party, at: datetime) -> None:
    """What of a change of situation comes after the words."""
    if step is not None and step.command == "resolve":
        resolve_step(revision, step.method, at)
    elif step is not None and step.wait is not None:
        wait_step(revision, step.wait, by)


def _say(revision: Revision[Ticket], said: Comment, by: Party) -> None:
    words, files = said.words, with_images(said.files, said.words.images)
    if not said.visible:
        revision.say(TicketNoted, author=by, text=words.text, html=words.html, files=files)
        return
    revision.set(highlight=None)
    revision.say(
        TicketReplied,
        author=by,
        text=words.text,
        html=words.html,
        files=files,
        recipients=recipients(revision.now, by, said.add, said.remove),
        threading=revision.now.threading,
        quoted=revision.now.last_words,
        quoted_by=revision.now.last_words_by,
        delivered=said.delivers,
    )


def recipients(ticket: Ticket, by: Party, add: Sequence[Party] = (), remove: Sequence[str] = ()) -> tuple[Party, ...]:
    """Who gets a visible comment: requester and watchers, each address once, never its author.

    `add` and `remove` change that for this comment only. Raises `NotARecipient` for removing the requester, whom the
    answer is for, or somebody who would get none anyway.
    """
    seen = {by.address}
    chosen: dict[str, Party] = {}
    for party in (ticket.requester, *ticket.watchers, *add):
        if party.address and party.address not in seen:
            seen.add(party.address)
            chosen[party.address] = party
    for address in remove:
        if address == ticket.requester.address:
            raise NotARecipient("the requester gets every visible comment; write a private note instead")
        if chosen.pop(address, None) is None:
            raise NotARecipient("somebody who is to get no copy would get none anyway", recipients=list(chosen))
    return tuple(chosen.values())


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


def requester_replied(
    ticket: Ticket, message: MessageReceived, rule: str, wishes: Wishes = NO_WISHES
) -> Change[Ticket]:
    """The requester or a watcher wrote again. A waiting or resolved ticket is back in service (W2).

    Of `wishes` only the account is kept: what changes a ticket is decided at the desk (O8).

    It stays in triage if it was there: only the team leaves triage (features.md 7). Raises `TicketIsClosed` or
    `TicketIsCancelled` when it takes no words any more.
    """
    revision = Revision(ticket)
    reply_step(revision, message, rule, wishes)
    return revision.done()


def reply_step(revision: Revision[Ticket], message: MessageReceived, rule: str, wishes: Wishes = NO_WISHES) -> None:
    """`requester_replied` as steps of a change."""
    ticket = revision.now
    takes_replies(ticket)
    reopened = ticket.status in ("waiting", "resolved")
    if reopened:
        reopen_with_production(revision, "reply")
    revision.set(highlight="reply", message_ids=_with_ids(ticket, message))
    revision.set(threading=thread(ticket.threading, message))
    revision.set(last_words=own_words(message), last_words_by=message.sender)
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
        directives=wishes.taken,
    )


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


def _with_ids(ticket: Ticket, message: MessageReceived) -> tuple[str, ...]:
    """The Message-IDs that lead to a ticket, a new mail's among them; the oldest are forgotten."""
    new = (message.internet_message_id,) if message.internet_message_id else ()
    return tuple(dict.fromkeys((*ticket.message_ids, *new)))[-_MOST_MESSAGE_IDS:]


def with_watcher(change: Change[Ticket], party: Party) -> Change[Ticket]:
    """Add somebody to those who get copies, as part of a change."""
    ticket = change.after
    if not change.facts or ticket.is_part(party.address):
        return change
    after = ticket.model_copy(update={"watchers": (*ticket.watchers, party)})
    return Change(change.before, after, change.facts)


def note_by_mail(
    ticket: Ticket, message: MessageReceived, by: Party, team: Team, wishes: Wishes = NO_WISHES, *, rule: str = ""
) -> Change[Ticket]:
    """A colleague answered one of our mails: kept as a private note, whole as any mail, and what they asked for by
    directives is done (O7); on a finished ticket too, without reopening it.

    An answer to their mail belongs here as well. What the requester said last, and the thread of their mails, stay.
    """
    revision = Revision(ticket)
    if ticket.active:
        touch(revision, by)
    revision.set(message_ids=_with_ids(ticket, message))
    revision.say(
        TicketNoted,
        author=by,
        text=message.text[:MOST_TEXT] if own_words(message) else "(sem texto)",
        files=message.files,
        directives=wishes.taken,
        message_id=message.message_id,
        rule=rule,
        quote_at=message.quote_at if own_words(message) else None,
    )
    follow(revision, wishes, by, team)
    return revision.done()
