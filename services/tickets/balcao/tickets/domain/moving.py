"""A requester's message that came to the wrong ticket: moved to another one or made one of its own, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import (
    MessageReceived,
    Party,
    Threading,
    TicketMessageBroughtBack,
    TicketMessageMovedAway,
    TicketMessageMovedHere,
)
from balcao.tickets.domain.conditions import CannotMove, UnknownEntry
from balcao.tickets.domain.conversation import own_words, reply_step, with_watcher
from balcao.tickets.domain.merging import linked
from balcao.tickets.domain.opening import begin_by_message
from balcao.tickets.domain.people import Person
from balcao.tickets.domain.stages import touch
from balcao.tickets.domain.status import cancel_step
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import ACTIVE, Moved, Ticket
from balcao.tickets.domain.undoing import by_itself

Entry = Mapping[str, Any]
RULE = "moved"
_REPLIED = "ticket.requester_replied.v1"
_OPENED = "ticket.opened.v1"
_ARRIVED = "ticket.message_moved_here.v1"
_KEPT = ("message_id", "channel", "text", "quote_at", "files", "internet_message_id")
_ANSWERED = frozenset({"ticket.replied.v1", "ticket.reply_held.v1"})


@dataclass(frozen=True)
class Place:
    """Where a move happens: the message's entry on the ticket it came to, by whom, and which operation it is."""

    entry: int
    by: Party
    operation_id: str


def message_at(ticket: Ticket, n: int, entries: Sequence[Entry]) -> MessageReceived:
    """The requester's message that entry `n` of a ticket shows. Raises `UnknownEntry` and `CannotMove`."""
    entry = next((one for one in entries if one["n"] == n), None)
    if entry is None:
        raise UnknownEntry(f"there is no entry {n}", entry=n)
    if (moved := ticket.moved_messages.get(str(n))) is not None:
        raise CannotMove(f"this message was moved to #{moved.number} before", code="moved-before", number=moved.number)
    if entry["type"] == _OPENED:
        raise CannotMove(
            "this message opened the ticket; merge the ticket into the other one instead", code="opened-the-ticket"
        )
    if entry["type"] != _REPLIED:
        raise CannotMove("only what a requester wrote can be moved", code="no-message")
    # As it was heard, out of what its entry keeps of it.
    kept = {key: entry["data"][key] for key in _KEPT if entry["data"].get(key) is not None}
    sender = entry["data"]["author"]
    return MessageReceived.model_validate({"message_id": "", **kept, "sender": sender, "subject": ticket.title})


def move(
    ticket: Ticket, message: MessageReceived, target: Ticket, place: Place
) -> tuple[Change[Ticket], Change[Ticket]]:
    """Move a message to another ticket, as if it had come there: the changes of both.

    Its sender gets copies there from now on. What it did to the old ticket's situation stays. Raises `CannotMove`, and
    what `conversation.requester_replied` raises for a ticket that takes no words any more.
    """
    if target.id == ticket.id:
        raise CannotMove("the message is on this very ticket", code="same-ticket")
    arriving = Revision(target)
    _say_arrived(arriving, ticket, message, place)
    reply_step(arriving, message, RULE)
    return _leaving(ticket, message, linked(target), place), with_watcher(arriving.done(), message.sender)


def move_to_new(
    ticket: Ticket,
    message: MessageReceived,
    requester: Person,
    team: Team,
    place: Place,
    *,
    new_id: str,
    number: int,
    at: datetime,
) -> tuple[Change[Ticket], Change[Ticket]]:
    """Make a ticket of a message, as if it had opened one; its sender is the requester. The changes of both."""
    begun = begin_by_message(
        message, requester, team, ticket_id=new_id, number=number, at=at, rule=RULE, related_ticket_id=ticket.id
    )
    new = begun.now
    _say_arrived(begun, ticket, message, place)
    return _leaving(ticket, message, linked(new), place), begun.done()


def bring_back(
    ticket: Ticket, target: Ticket, own: Sequence[Entry], there: Sequence[Entry], place: Place
) -> tuple[Change[Ticket], Change[Ticket]]:
    """Take a move back: the message is the old ticket's again, and a ticket that was made of it is cancelled.

    Refused when the sender was answered there, or when anybody worked on the ticket that was made of it. Raises
    `CannotMove` with the later entry in the way.
    """
    moved = ticket.moved_messages.get(str(place.entry))
    if moved is None:
        raise CannotMove("this message was not moved", code="not-moved")
    came = next((one for one in there if one["type"] == _ARRIVED and _is_of(one, moved)), None)
    together = [one for one in there if came is not None and one["cause"] == came["cause"]]
    words = next((one for one in together if one["type"] in (_REPLIED, _OPENED)), None)
    if words is None:
        raise CannotMove(f"#{target.number} does not know of this move", code="not-there", number=target.number)
    later = [one for one in there if one["n"] > max(each["n"] for each in together)]
    opened = words["type"] == _OPENED
    _refuse_if_used(target, later, opened=opened, n=words["n"])
    message = message_at(ticket.model_copy(update={"moved_messages": {}}), place.entry, own)
    there_now = Place(words["n"], place.by, moved.operation_id)
    return _returned(ticket, message, linked(target), there_now, place.entry), _given_up(
        target, message, linked(ticket), there_now, opened=opened
    )


def _is_of(entry: Entry, moved: Moved) -> bool:
    return bool(entry["data"]["operation_id"] == moved.operation_id)


def _refuse_if_used(target: Ticket, later: Sequence[Entry], *, opened: bool, n: int) -> None:
    if str(n) in target.moved_messages:
        on = target.moved_messages[str(n)]
        raise CannotMove(f"it was moved on to #{on.number}; take that back first", code="moved-on", number=on.number)
    in_the_way = [one for one in later if (not by_itself(one) if opened else one["type"] in _ANSWERED)]
    if in_the_way or (opened and target.status not in ACTIVE):
        entry = in_the_way[0]["n"] if in_the_way else None
        why = "worked on" if opened else "answered"
        raise CannotMove(
            f"#{target.number} was {why} since; move the message on by hand, or leave it",
            code="worked-on-since" if opened else "answered-since",
            number=target.number,
            entry=entry,
        )


def _say_arrived(revision: Revision[Ticket], origin: Ticket, message: MessageReceived, place: Place) -> None:
    revision.say(
        TicketMessageMovedHere,
        operation_id=place.operation_id,
        origin=linked(origin),
        entry=place.entry,
        written_by=message.sender,
    )


def _leaving(ticket: Ticket, message: MessageReceived, into: Any, place: Place) -> Change[Ticket]:
    revision = Revision(ticket)
    _let_go(revision, message, into, place)
    touch(revision, place.by)
    return revision.done()


def _let_go(
    revision: Revision[Ticket], message: MessageReceived, into: Any, place: Place, *, back: bool = False
) -> None:
    """The words are another ticket's: an answer to them belongs there, and none of ours quotes them."""
    ticket = revision.now
    gone = message.internet_message_id
    moved = Moved(id=into.id, number=into.number, operation_id=place.operation_id)
    revision.set(
        moved_messages={**ticket.moved_messages, str(place.entry): moved},
        message_ids=tuple(one for one in ticket.message_ids if one != gone),
        threading=_without(ticket.threading, gone),
    )
    if ticket.last_words == own_words(message):
        revision.set(last_words="", last_words_by=None)
    if ticket.highlight == "reply":
        revision.set(highlight=None)
    revision.say(
        TicketMessageMovedAway,
        operation_id=place.operation_id,
        entry=place.entry,
        written_by=message.sender,
        into=into,
        back=back,
    )


def _without(threading: Threading, gone: str | None) -> Threading:
    """What the next mail answers to when one of the mails before it is no longer there."""
    references = tuple(one for one in threading.references if one != gone)
    if threading.in_reply_to != gone:
        return Threading(in_reply_to=threading.in_reply_to, references=references)
    return Threading(in_reply_to=references[-1] if references else None, references=references)


def _returned(ticket: Ticket, message: MessageReceived, origin: Any, there: Place, entry: int) -> Change[Ticket]:
    revision = Revision(ticket)
    left = {n: moved for n, moved in ticket.moved_messages.items() if n != str(entry)}
    ids = (*ticket.message_ids, *((message.internet_message_id,) if message.internet_message_id else ()))
    revision.set(moved_messages=left, message_ids=tuple(dict.fromkeys(ids)))
    revision.say(
        TicketMessageBroughtBack,
        operation_id=there.operation_id,
        entry=entry,
        written_by=message.sender,
        origin=origin,
    )
    return revision.done()


def _given_up(ticket: Ticket, message: MessageReceived, into: Any, place: Place, *, opened: bool) -> Change[Ticket]:
    revision = Revision(ticket)
    _let_go(revision, message, into, place, back=True)
    if opened:
        cancel_step(revision)
    return revision.done()
