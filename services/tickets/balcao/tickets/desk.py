"""What the desk can do: each command is load → rule → save. Handlers and routes call this and decide nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog

from balcao.shared import clock
from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone, Conflict, Work
from balcao.shared.errors import Stale
from balcao.shared.events import (
    Envelope,
    Fact,
    MailAutoReplied,
    MailBounced,
    MailFailed,
    MailLoopBroken,
    MessageHeld,
    MessageReceived,
    Party,
    SenderHeld,
    SenderRejected,
    TicketNoted,
    TicketOpened,
    TicketRequesterReplied,
)
from balcao.shared.ids import derived_id
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause, entry_id
from balcao.shared.timers import Timer
from balcao.shared.turns import Turns
from balcao.tickets.domain import admission, conversation, opening, threading, timers
from balcao.tickets.domain.conditions import TicketIsCancelled, TicketIsClosed, TicketIsMerged, UnknownPerson
from balcao.tickets.domain.directives_applied import wishes_for
from balcao.tickets.domain.mail_loops import note_mail_loop
from balcao.tickets.domain.people import Person, guest, remember_workspace
from balcao.tickets.domain.proof import is_disproven
from balcao.tickets.domain.status import refusal
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.editing import Editing
from balcao.tickets.store.directory import Directory, register_work
from balcao.tickets.store.held import HeldMessages
from balcao.tickets.store.lists import TicketLists
from balcao.tickets.store.people import change_work
from balcao.tickets.store.recent import opened_by
from balcao.tickets.store.tickets import Tickets

_MOST_TRIES = 8
_log = structlog.get_logger()


class Desk:
    """Tickets, directory and held messages together."""

    def __init__(
        self, tickets: Tickets, lists: TicketLists, directory: Directory, held: HeldMessages, numbers: Numbers
    ) -> None:
        self.tickets = tickets
        self.lists = lists
        self.directory = directory
        self.held = held
        self.numbers = numbers
        self._newcomers = Turns()

    async def take_message(self, event: Envelope[MessageReceived]) -> None:
        """A requester's words came in: they join a ticket, open one, or are held (never lost, never twice)."""
        cause = _cause_of_message(event)
        team = await self.directory.team(event.companyid)
        for _ in range(_MOST_TRIES):
            pointed_at = await self._pointed_at(event)
            if pointed_at and await self._has_acted(event, pointed_at):
                break
            try:
                disproven = is_disproven(event.data)
                placed = threading.place(event.data.sender, pointed_at, team, at=event.time, disproven=disproven)
                await self._put(event, placed, team, cause)
            except AlreadyDone:
                break
            except (TicketIsClosed, TicketIsCancelled, TicketIsMerged):
                continue  # it ended, or was merged, after we had looked: look again
            return
        else:
            raise Stale("the ticket this message points at changes too quickly")
        _log.debug("ticket.message_repeated")

    async def attach_machine_mail(
        self, event: Envelope[MailAutoReplied | MailBounced | MailFailed | MailLoopBroken]
    ) -> None:
        """A machine's mail about a ticket is shown there, about a merged one where that goes on (W13); one about none
        stays accounted for by intake alone."""
        data = event.data
        if isinstance(data, MailAutoReplied):
            ticket_id = data.evidence.token_ticket_id or data.evidence.reference_ticket_id
        else:
            ticket_id = data.ticket_id
        ticket = await self.tickets.find(event.companyid, ticket_id) if ticket_id is not None else None

        def rule(ticket: Ticket) -> Change[Ticket]:
            if ticket.merged_into is not None:
                raise refusal(ticket)
            if isinstance(data, MailAutoReplied):
                return conversation.attach_auto_reply(ticket, data.sender, data.subject, data.text, data.message_id)
            if isinstance(data, MailBounced):
                return conversation.note_undelivered(ticket, data.recipient, data.diagnostic, permanent=data.permanent)
            if isinstance(data, MailLoopBroken):
                return note_mail_loop(ticket, data.recipient.address, data.mails, data.within_s)
            return conversation.note_undelivered(ticket, data.recipient.address, data.reason, permanent=True)

        while ticket is not None:
            try:
                await self.tickets.change(event.companyid, ticket.id, rule, Cause.of(event))
                return
            except TicketIsMerged:  # which a repeat does not hear, of one that it was shown on before the merge
                ticket = await self._taken_in_by(await self.tickets.get(event.companyid, ticket.id))

    async def fire_timer(self, timer: Timer) -> None:
        """A moment that a ticket waited for has come (W4, W6, W9). Firing it again changes nothing."""
        moment = timers.Moment(timer.kind, timer.due)  # type: ignore[arg-type]
        cause_id = timers.cause_of(timer.of, moment)
        cause = Cause(cause_id, cause_id, clock.now())
        await self.tickets.change(
            timer.company_id, timer.of, lambda ticket: timers.fire(ticket, moment, cause.at), cause
        )

    async def open_for(
        self, company_id: str, request: opening.Request, requester: Party | None, cause: Cause
    ) -> Ticket:
        """The team opens a ticket, for itself or for a requester known by address (O11): in their workspace unless
        told otherwise, and the first one told becomes their default (O6). Raises as `opening.open_at_desk` does."""
        team, known = await self.directory.team(company_id), None
        if request.form is not None:
            known = await Editing(self.tickets, self.directory).known(company_id, request.form.addresses)
        ticket_id = derived_id("ticket", cause.id)
        number = await self.numbers.next(company_id, "ticket")
        for _ in range(_MOST_TRIES):
            person = await self._person(company_id, requester, team) if requester is not None else None
            who = person.party() if person is not None else cause.actor or Party()
            usual = team.workspace(person.default_workspace_id) if person is not None else None
            placed = replace(request, workspace_id=request.workspace_id or (usual.id if usual else None))
            change = opening.open_at_desk(
                placed, who, team, ticket_id=ticket_id, number=number, at=cause.at, known=known
            )
            also = self._remembering(person, change.after.workspace_id, cause) if person is not None else None
            try:
                return await self.tickets.create(change, cause, also=opened_by(cause, change.after, also))
            except AlreadyDone:
                return await self.tickets.get(company_id, ticket_id)
            except Conflict:
                continue  # the requester was registered by something else meanwhile
        raise Stale("the requester's profile changes too quickly")

    async def member(self, company_id: str, person_id: str) -> Party:
        """Somebody of the team. Raises `UnknownPerson`."""
        party = (await self.directory.team(company_id)).member(person_id)
        if party is None:
            raise UnknownPerson("nobody of the team has this id", person_id=person_id)
        return party

    async def accept_held(self, company_id: str, held_id: str, cause: Cause, *, into: int | None = None) -> None:
        """Let a held message into the ticket of this number, else into the one it points at; its sender becomes a
        watcher there, unless they are of the team. One that points at none opens its own: its sender is registered as a
        guest (O3).

        Raises `NotFound` for a number that no ticket has.
        """
        document, event = await self.held.get(company_id, held_id)
        if into is not None:
            chosen = await self.tickets.by_number(company_id, into)
        elif document["ticket_id"] is not None:
            chosen = await self.tickets.get(company_id, document["ticket_id"])
        else:
            return await self.open_held(company_id, held_id, cause)
        message: MessageReceived = event.data
        team = await self.directory.team(company_id)

        def rule(ticket: Ticket) -> Change[Ticket]:
            change = _with_words(ticket, message, f"{document['rule']}_accepted", team)
            is_guest = team.by_address((message.sender.address or "").lower()) is None
            return conversation.with_watcher(change, message.sender) if is_guest else change

        async def deciding(_: Change[Ticket]) -> Work:
            return await self.held.deciding(company_id, held_id, "accepted", _name(cause))

        survivor = await self._survivor(chosen)
        await self.tickets.change(company_id, survivor.id, rule, _cause_of_message(event), also=deciding)
        await self.held.note_earlier(company_id, held_id, "accepted", _name(cause))
        return None

    async def open_held(self, company_id: str, held_id: str, cause: Cause) -> None:
        """Make a ticket of its own of a held message."""
        document, event = await self.held.get(company_id, held_id)
        team = await self.directory.team(company_id)

        async def deciding() -> Work:
            return await self.held.deciding(company_id, held_id, "opened", _name(cause))

        try:
            await self._open(
                company_id,
                event.data,
                team,
                _cause_of_message(event),
                rule="held_opened",
                related_ticket_id=document["ticket_id"],
                deciding=deciding,
            )
        except AlreadyDone:
            await self.held.note_earlier(company_id, held_id, "opened", _name(cause))

    async def discard_held(self, company_id: str, held_id: str, cause: Cause) -> None:
        """Put a held message aside; it stays stored."""
        await self.held.discard(company_id, held_id, _name(cause))

    async def restore_held(self, company_id: str, held_id: str, cause: Cause) -> None:
        """Let a discarded message wait for a decision again."""
        await self.held.restore(company_id, held_id, _name(cause))

    async def _put(
        self,
        event: Envelope[MessageReceived],
        placed: threading.Append | threading.Open | threading.Hold,
        team: Team,
        cause: Cause,
    ) -> None:
        if isinstance(placed, threading.Append):
            await self._append(placed.ticket, event.data, placed.rule, team, cause)
        elif isinstance(placed, threading.Hold):
            await self._hold(event, placed, team, cause)
        elif await self._admits(event, team, cause):
            related = placed.related.id if placed.related else None
            await self._open(event.companyid, event.data, team, cause, rule=placed.rule, related_ticket_id=related)

    async def _admits(self, event: Envelope[MessageReceived], team: Team, cause: Cause) -> bool:
        """Whether the message may open a ticket; if not, it is held or turned away (O3). Where everybody is let in that
        costs nothing. Raises `AlreadyDone` when it was kept out before, whatever is known of its sender by now."""
        message = event.data
        if admission.lets_everybody_in(team) and not is_disproven(message):
            return True
        if await self.held.has(event.id):
            raise AlreadyDone
        sender = await self._person(event.companyid, message.sender, team)
        if sender.version > 0 and not (sender.id in team.members and is_disproven(message)):
            return True
        decided = admission.admission(message, team)
        told = {"message_id": message.message_id, "sender": message.sender, "subject": message.subject}
        if isinstance(decided, admission.KeepWaiting):
            fact = SenderHeld(**told, rule=decided.because, deciders=admission.deciders(team))
            await self.held.hold_sender(event, fact, cause)
        elif isinstance(decided, admission.TurnAway):
            turned_away = SenderRejected(**told, internet_message_id=message.internet_message_id)
            await self.held.keep_rejected(event, turned_away, cause)
        return isinstance(decided, admission.Admit)

    async def _has_acted(
        self, event: Envelope[MessageReceived], pointed_at: tuple[tuple[threading.Rule, Ticket], ...]
    ) -> bool:
        """Whether this message is on a ticket, or held, already.

        Its place is decided by how things stand now: after a cancellation, say, a repeat would open a second ticket,
        of which the first one's entries know nothing.
        """
        places: list[tuple[type[Fact], str]] = [
            (TicketOpened, derived_id("ticket", event.id)),
            (MessageHeld, event.id),
            *((fact, ticket.id) for _, ticket in pointed_at for fact in (TicketRequesterReplied, TicketNoted)),
        ]
        return await self.tickets.has_told([entry_id(event.id, fact.type, subject) for fact, subject in places])

    async def _pointed_at(self, event: Envelope[MessageReceived]) -> tuple[tuple[threading.Rule, Ticket], ...]:
        """The tickets a message points at, strongest evidence first; no evidence costs no query."""
        company_id, evidence = event.companyid, event.data.evidence
        found: list[tuple[threading.Rule, Ticket | None]] = []
        if evidence.token_ticket_id:
            found.append(("token", await self.tickets.find(company_id, evidence.token_ticket_id)))
        if evidence.reference_ticket_id:
            found.append(("own_message_id", await self.tickets.find(company_id, evidence.reference_ticket_id)))
        if evidence.references and not any(ticket for _, ticket in found):
            found.append(("reference", await self.tickets.by_message_ids(company_id, evidence.references)))
        if evidence.subject_number is not None and not any(ticket for _, ticket in found):
            found.append(("subject_tag", await self.tickets.find_by_number(company_id, evidence.subject_number)))
        return tuple([(rule, await self._survivor(ticket)) for rule, ticket in found if ticket is not None])

    async def _survivor(self, ticket: Ticket) -> Ticket:
        """The ticket that took this one in, and so on: what comes for a merged ticket goes there (W2, W13)."""
        seen = {ticket.id}
        while ticket.merged_into is not None and ticket.merged_into not in seen:
            seen.add(ticket.merged_into)
            ticket = await self.tickets.get(ticket.company_id, ticket.merged_into)
        return ticket

    async def _taken_in_by(self, ticket: Ticket) -> Ticket:
        """The ticket that this one was merged into; itself when that was undone meanwhile."""
        return await self.tickets.get(ticket.company_id, ticket.merged_into or ticket.id)

    async def _append(self, ticket: Ticket, message: MessageReceived, rule: str, team: Team, cause: Cause) -> None:
        def decide(now: Ticket) -> Change[Ticket]:
            return _with_words(now, message, rule, team)

        async def also(change: Change[Ticket]) -> Work:
            return await self.directory.people.remembering(change, cause)

        await self.tickets.change(ticket.company_id, ticket.id, decide, cause, loaded=ticket, also=also)

    async def _hold(self, event: Envelope[MessageReceived], placed: threading.Hold, team: Team, cause: Cause) -> None:
        message = event.data
        fact = MessageHeld(
            message_id=message.message_id,
            sender=message.sender,
            subject=message.subject,
            pointed_at=placed.ticket.ref(),
            rule=placed.rule,
            disproven=placed.disproven,
            deciders=admission.deciders(team) if placed.ticket.analyst is None else (),
        )
        await self.held.hold(event, fact, cause)

    async def _open(
        self,
        company_id: str,
        message: MessageReceived,
        team: Team,
        cause: Cause,
        *,
        rule: str,
        related_ticket_id: str | None,
        deciding: Callable[[], Awaitable[Work]] | None = None,
    ) -> None:
        ticket_id = derived_id("ticket", cause.id)
        number = await self.numbers.next(company_id, "ticket")
        requester = await self._person(company_id, message.sender, team)
        async with self._registering(requester) as waited:
            for attempt in range(_MOST_TRIES):
                if waited or attempt > 0:
                    requester = await self._person(company_id, message.sender, team)
                also = self._registration_of(requester, cause) or Work()
                if deciding is not None:
                    also.updates.extend((await deciding()).updates)
                change = opening.open_by_message(
                    message,
                    requester,
                    team,
                    ticket_id=ticket_id,
                    number=number,
                    at=cause.at,
                    rule=rule,
                    related_ticket_id=related_ticket_id,
                )
                try:
                    await self.tickets.create(change, cause, also=also)
                except Conflict:
                    continue  # two first mails of one person: another replica registered them
                return
        raise Stale("the requester's profile changes too quickly")

    @asynccontextmanager
    async def _registering(self, person: Person) -> AsyncIterator[bool]:
        """The first mails of somebody new go one by one, or all but one would fail and take their batch along."""
        if person.version > 0:
            yield False
            return
        async with self._newcomers.turn(person.id) as waited:
            yield waited

    async def _person(self, company_id: str, party: Party, team: Team) -> Person:
        """Who an address belongs to: team, known guest, or a guest that is yet to be registered (version 0)."""
        address = (party.address or "").lower()
        member = team.by_address(address)
        if member is not None:
            return member
        return await self.directory.person_at(company_id, address) or guest(company_id, party)

    def _remembering(self, person: Person, workspace_id: str | None, cause: Cause) -> Work | None:
        """What registering a requester, or learning their workspace, writes beside their ticket (O6)."""
        if person.version == 0:
            return self._registration_of(person.model_copy(update={"default_workspace_id": workspace_id}), cause)
        if workspace_id is None:
            return None
        return change_work(remember_workspace(person, workspace_id), cause)

    def _registration_of(self, person: Person, cause: Cause) -> Work | None:
        if person.version > 0:
            return None
        return register_work(person, cause, by_mail=True)


def _with_words(ticket: Ticket, message: MessageReceived, rule: str, team: Team) -> Change[Ticket]:
    """A message joins a ticket: a colleague's as a private note, anybody else's as words of the requester's side."""
    address = (message.sender.address or "").lower()
    member = team.by_address(address)
    if member is not None and ticket.requester.address != address:
        # A From line can be forged: what comes by mail in a colleague's name is never shown to the requester.
        wishes = wishes_for(ticket, message, team, member)
        return conversation.note_by_mail(ticket, message, member.party(), team, wishes, rule=rule)
    return conversation.requester_replied(ticket, message, rule, wishes_for(ticket, message, team, None))


def _cause_of_message(event: Envelope[MessageReceived]) -> Cause:
    return Cause(event.id, event.correlationid, event.time, event.data.sender)


def _name(cause: Cause) -> str:
    return (cause.actor.person_id if cause.actor else None) or "balcao"
