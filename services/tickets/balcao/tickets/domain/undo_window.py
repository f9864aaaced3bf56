"""The undo window: a visible answer is held a moment before it is said, so that nothing ever has to be un-said."""

from datetime import datetime, timedelta
from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.shared.errors import Condition
from balcao.shared.events import (
    Party,
    TicketReplied,
    TicketReplyHeld,
    TicketReplyReturned,
    TicketReplyUndone,
)
from balcao.shared.rich_text import with_images
from balcao.tickets.domain.conditions import DraftIsIncomplete, ReplyIsOut, TooManyGoingOut
from balcao.tickets.domain.conversation import Comment, begin_step, end_step, recipients, write, write_step
from balcao.tickets.domain.drafts import submit_with_words
from balcao.tickets.domain.stages import touch
from balcao.tickets.domain.ticket import Outgoing, Ticket

MOST_GOING_OUT = 5
"""Answers of one ticket in their undo window at once."""

Refusal = Literal["cancelled", "spam", "unknown_sender", "incomplete"]


def accept(
    ticket: Ticket, said: Comment, by: Party, at: datetime, *, reply_id: str, undo_seconds: int
) -> Change[Ticket]:
    """Take a comment in: a private one is there at once, a visible one goes out after `undo_seconds` (0: at once).

    What the answer says and who gets it is frozen now; the change of situation that comes with it is made when it goes
    out. Raises at once whatever would stand in its way now.
    """
    revision = Revision(ticket)
    accept_step(revision, said, by, at, reply_id=reply_id, undo_seconds=undo_seconds)
    return revision.done()


def accept_step(
    revision: Revision[Ticket], said: Comment, by: Party, at: datetime, *, reply_id: str, undo_seconds: int
) -> None:
    """`accept` as one step of a change, such as one that edits fields too."""
    if not said.visible or undo_seconds == 0 or not said.words.text.strip():
        write_step(revision, said, by, at)
        return
    ticket = revision.now
    write(ticket, said, by, at)
    if len(ticket.outgoing) >= MOST_GOING_OUT:
        raise TooManyGoingOut(f"{MOST_GOING_OUT} answers are about to go out already; wait for them or undo one")
    held = _held(ticket, said, by, at, reply_id, undo_seconds)
    if ticket.status in ("open", "waiting"):
        touch(revision, by)
        revision.set(highlight=None)
    revision.set(outgoing=(*ticket.outgoing, held))
    revision.say(TicketReplyHeld, reply_id=held.id, author=by, recipients=held.recipients, goes_out_at=held.goes_out_at)


def _held(ticket: Ticket, said: Comment, by: Party, at: datetime, reply_id: str, undo_seconds: int) -> Outgoing:
    return Outgoing(
        id=reply_id,
        author=by,
        text=said.words.text,
        html=said.words.html,
        recipients=recipients(ticket, by, said.add, said.remove),
        added=said.add,
        removed=said.remove,
        files=with_images(said.files, said.words.images),
        threading=ticket.threading,
        quoted=ticket.last_words,
        quoted_by=ticket.last_words_by,
        step=said.step,
        begun_on=ticket.version,
        delivers=said.delivers,
        accepted_in=ticket.status,
        accepted_at=at,
        goes_out_at=at + timedelta(seconds=undo_seconds),
        highlight=ticket.highlight,
    )


def send(ticket: Ticket, reply_id: str, at: datetime) -> Change[Ticket]:
    """An answer goes out, with its change of situation. Nothing happens when it is not waiting any more.

    It goes out whatever happened to the ticket meanwhile, also when somebody resolved, merged or closed it: somebody
    outside waits for it. Only a ticket that was given up, or taken for spam, gives it back to its author.
    A change of situation that is not possible any more is left out, and the fact says why.
    """
    held = outgoing(ticket, reply_id)
    if held is None:
        return Revision(ticket).done()
    reason = _refusal(ticket, held)
    if reason is not None:
        return _return(ticket, held, reason)
    try:
        return _sent(ticket, held, at)
    except DraftIsIncomplete:
        return _return(ticket, held, "incomplete")
    except Condition as refused:
        return _sent(ticket, held, at, step_refused=refused.code)


def undo(ticket: Ticket, reply_id: str) -> Change[Ticket]:
    """Take an answer back while it is held. Raises `ReplyIsOut` when it is not any more."""
    held = outgoing(ticket, reply_id)
    if held is None:
        raise ReplyIsOut("this answer has gone out, or was taken back, already")
    revision = _without(ticket, held)
    if ticket.highlight is None:
        revision.set(highlight=held.highlight)
    revision.say(TicketReplyUndone, reply_id=held.id, author=held.author)
    return revision.done()


def outgoing(ticket: Ticket, reply_id: str) -> Outgoing | None:
    """The answer of that id while it is held."""
    return next((one for one in ticket.outgoing if one.id == reply_id), None)


def _refusal(ticket: Ticket, held: Outgoing) -> Refusal | None:
    """Why nothing may be said to this ticket's requester any more."""
    if ticket.status == "cancelled" and held.accepted_in != "cancelled":
        return "cancelled"
    if ticket.status == "closed" and ticket.resolution in ("spam", "unknown_sender"):
        return "spam" if ticket.resolution == "spam" else "unknown_sender"
    return None


def _sent(ticket: Ticket, held: Outgoing, at: datetime, step_refused: str | None = None) -> Change[Ticket]:
    step = held.step if step_refused is None else None
    revision = _without(ticket, held)
    begin_step(revision, step)
    if ticket.status == "draft":
        submit_with_words(revision, held.text)
        touch(revision, held.author)
    revision.say(
        TicketReplied,
        author=held.author,
        text=held.text,
        html=held.html,
        files=held.files,
        recipients=held.recipients,
        threading=held.threading,
        quoted=held.quoted,
        quoted_by=held.quoted_by,
        reply_id=held.id,
        written_at=held.accepted_at,
        delivered=held.delivers,
        step_refused=step_refused,
    )
    end_step(revision, step, held.author, at)
    return revision.done()


def _return(ticket: Ticket, held: Outgoing, reason: Refusal) -> Change[Ticket]:
    revision = _without(ticket, held)
    revision.say(TicketReplyReturned, reply_id=held.id, author=held.author, reason=reason)
    return revision.done()


def _without(ticket: Ticket, held: Outgoing) -> Revision[Ticket]:
    return Revision(ticket).set(outgoing=tuple(one for one in ticket.outgoing if one.id != held.id))
