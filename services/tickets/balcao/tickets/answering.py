"""Words of the team on their way: accepted, held for the undo window, sent, taken back, and kept while unsent."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from balcao.shared import clock
from balcao.shared.aggregate import Change, Revision
from balcao.shared.commit import Work
from balcao.shared.events import Party, TicketReplied, TicketReplyHeld, TicketReplyReturned
from balcao.shared.ids import derived_id
from balcao.shared.timeline import Cause, entry_id
from balcao.shared.timers import Timer
from balcao.tickets.catalogues import language
from balcao.tickets.domain import drafted_answer, undo_window, unsent, warnings
from balcao.tickets.domain.conditions import NeedsConfirmation, NotARecipient, ReplyIsOut
from balcao.tickets.domain.conversation import Comment, recipients, write
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Outgoing, Ticket
from balcao.tickets.domain.unsent import Kept
from balcao.tickets.domain.warnings import Concern
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.tickets import Tickets
from balcao.tickets.store.unsent import UnsentWords

Step = Callable[[Revision[Ticket]], None]
"""A part of a change of a ticket, such as editing fields."""
Beside = Callable[[Change[Ticket]], Awaitable[Work]]
"""What is saved in the same transaction as a change; asked again after a conflict."""


@dataclass(frozen=True)
class Sending:
    """A comment as somebody sends it."""

    said: Comment
    begun_on: int | None = None
    """The ticket's version they had before them when they began to write."""
    confirmed: Collection[str] = ()
    """Codes of warnings that they have seen and send it all the same."""
    unsent: tuple[str, int] | None = None
    """Their unsent words that this is, by id and revision: they are not unsent any more."""
    expected_version: int | None = None


@dataclass(frozen=True)
class Accepted:
    """What became of a comment."""

    ticket: Ticket
    warnings: tuple[Concern, ...] = ()
    recipients: tuple[Party, ...] = ()
    reply_id: str | None = None
    """Set for a visible answer that is held."""
    goes_out_at: datetime | None = None


@dataclass(frozen=True)
class Preview:
    """What sending a comment now would say, to whom, and what should be looked at before."""

    fact: TicketReplied | None
    recipients: tuple[Party, ...]
    warnings: tuple[Concern, ...]
    undo_seconds: int


@dataclass(frozen=True)
class Told:
    """A fact that is about to be said, the id it will have, and who says it."""

    fact: TicketReplied
    event_id: str
    by: Party


class Answering:
    """What the desk can do with words. Routes and timers call this and decide nothing."""

    def __init__(self, tickets: Tickets, directory: Directory, words: UnsentWords) -> None:
        self.words = words
        self._tickets = tickets
        self._directory = directory

    async def comment(
        self,
        ticket: Ticket,
        sending: Sending,
        by: Party,
        cause: Cause,
        *,
        first: Step | None = None,
        beside: Beside | None = None,
    ) -> Accepted:
        """Take a comment in (W7, W8). `first` is another step of the same change, such as editing fields, and `beside`
        what is saved with it (W18).

        Raises `NeedsConfirmation` with the warnings that were not confirmed, and whatever the rules raise.
        """
        team = await self._directory.team(ticket.company_id)
        said, reply_id = sending.said, derived_id("reply", cause.id)
        _require_outside(said.add, team)
        found = await self._warnings(ticket, sending, by)
        await self._require_confirmation(ticket, found, sending.confirmed, cause)
        seconds = team.company.policies.undo_seconds
        made_of = sending.unsent[0] if sending.unsent is not None and said.visible else None

        def rule(now: Ticket) -> Change[Ticket]:
            revision = Revision(now)
            if first is not None:
                first(revision)
            delivering = replace(said, delivers=drafted_answer.delivers(now, made_of))
            undo_window.accept_step(revision, delivering, by, cause.at, reply_id=reply_id, undo_seconds=seconds)
            return revision.done()

        async def also(change: Change[Ticket]) -> Work:
            work = await beside(change) if beside is not None else Work()
            if sending.unsent is not None:
                id_, revision = sending.unsent
                words = await self.words.sending(ticket.company_id, by.person_id or "", id_, revision, cause.at)
                work.updates.extend(words.updates)
                for collection, documents in words.inserts.items():
                    work.insert(collection, *documents)
            return work

        after = await self._tickets.change(
            ticket.company_id,
            ticket.id,
            rule,
            cause,
            expected_version=sending.expected_version,
            also=also,
            loaded=ticket,
        )
        held = undo_window.outgoing(after, reply_id)
        return Accepted(
            ticket=after,
            warnings=found,
            recipients=recipients(ticket, by, said.add, said.remove) if said.visible else (),
            reply_id=held.id if held else None,
            goes_out_at=held.goes_out_at if held else None,
        )

    async def preview(self, ticket: Ticket, sending: Sending, by: Party, at: datetime) -> Preview:
        """What `comment` would do, without doing it. Raises as it does, but never for want of a confirmation."""
        team = await self._directory.team(ticket.company_id)
        _require_outside(sending.said.add, team)
        change = write(ticket, sending.said, by, at)
        fact = next((one for one in change.facts if isinstance(one, TicketReplied)), None)
        return Preview(
            fact=fact,
            recipients=fact.recipients if fact is not None else (),
            warnings=await self._warnings(ticket, sending, by),
            undo_seconds=team.company.policies.undo_seconds if fact is not None else 0,
        )

    async def unsent_words(self, ticket: Ticket, person_id: str) -> tuple[list[Kept], int]:
        """Somebody's words on a ticket, those being written first, and behind them the answer drafted from what
        production handed over, in the requester's language (H4); and the revision to name when changing one's own."""
        kept, revision = await self.words.of_ticket(ticket.company_id, person_id, ticket.id)
        if drafted_answer.draft_id(ticket) is not None:
            company = (await self._directory.team(ticket.company_id)).company
            spoken = language(company.time_zone, ticket.requester.locale, company.locale)
            draft = drafted_answer.drafted(ticket, person_id, spoken.gettext)
            kept = [*kept, draft] if draft is not None else kept
        return kept, revision

    async def drop_words(self, ticket: Ticket, person_id: str, id_: str, *, seen: int | None, cause: Cause) -> None:
        """Drop unsent words of one's own, or the drafted answer for everybody. Nothing happens when there are none."""
        if drafted_answer.draft_id(ticket) == id_:
            await self._tickets.change(
                ticket.company_id, ticket.id, lambda now: drafted_answer.drop(now, id_), cause, loaded=ticket
            )
        else:
            await self.words.drop(ticket.company_id, person_id, id_, seen=seen, at=cause.at)

    def as_it_goes_out(self, ticket: Ticket, reply_id: str) -> Told:
        """What sending a held answer at its time will say, as the ticket is now (W7). Raises `ReplyIsOut`, also where
        it would be given back to its author."""
        held = undo_window.outgoing(ticket, reply_id)
        if held is None:
            raise ReplyIsOut("this answer has gone out, or was taken back, already")
        change = undo_window.send(ticket, held.id, held.goes_out_at)
        fact = next((one for one in change.facts if isinstance(one, TicketReplied)), None)
        if fact is None:
            raise ReplyIsOut("this answer will not go out: the ticket was given up meanwhile")
        return Told(fact, entry_id(_cause_id(held), fact.type, ticket.id), held.author)

    async def undo(self, ticket: Ticket, reply_id: str, cause: Cause) -> Ticket:
        """Take a held answer back: it is its author's unsent words again (W7). Raises `ReplyIsOut`."""
        return await self._tickets.change(
            ticket.company_id,
            ticket.id,
            lambda now: undo_window.undo(now, reply_id),
            cause,
            also=self._giving_back(reply_id, "undone", cause.at),
        )

    async def send_now(self, ticket: Ticket, reply_id: str) -> Ticket:
        """Send a held answer before its window ends. Raises `ReplyIsOut`; it goes out once, whoever else sends it."""
        held = undo_window.outgoing(ticket, reply_id)
        if held is None:
            raise ReplyIsOut("this answer has gone out, or was taken back, already")
        return await self._send(ticket.company_id, ticket.id, held)

    async def fire_timer(self, timer: Timer) -> None:
        """Undo windows of a ticket have ended: its answers go out. Firing it again sends nothing twice."""
        ticket = await self._tickets.get(timer.company_id, timer.of)
        for held in ticket.outgoing:
            if held.goes_out_at <= timer.due:
                await self._send(timer.company_id, timer.of, held)

    async def _send(self, company_id: str, ticket_id: str, held: Outgoing) -> Ticket:
        # One cause whoever sends it: timer, replica or a person in a hurry. The second one finds the first.
        cause = Cause(_cause_id(held), held.id, clock.now(), held.author)
        return await self._tickets.change(
            company_id,
            ticket_id,
            lambda now: undo_window.send(now, held.id, cause.at),
            cause,
            also=self._giving_back(held.id, None, cause.at),
        )

    def _giving_back(
        self, reply_id: str, reason: unsent.Reason | None, at: datetime
    ) -> Callable[[Change[Ticket]], Awaitable[Work]]:
        """What giving an answer back to its author writes, in the same transaction; nothing where it goes out."""

        async def also(change: Change[Ticket]) -> Work:
            returned = next((one for one in change.facts if isinstance(one, TicketReplyReturned)), None)
            why = returned.reason if returned is not None else reason
            held = undo_window.outgoing(change.before, reply_id)
            if why is None or held is None:
                return Work()
            # What it handed over is to be handed over again: it is still made of that draft (H4).
            made_of = drafted_answer.draft_id(change.after) if held.delivers else None
            words = unsent.given_back(change.before, held, why, at, made_of=made_of or "")
            return await self.words.giving_back(words, reply_id)

        return also

    async def _warnings(self, ticket: Ticket, sending: Sending, by: Party) -> tuple[Concern, ...]:
        said = sending.said
        if not said.words.text.strip():
            return ()
        if not said.visible:
            lost = warnings.image_left_out(said.words)
            return (lost,) if lost is not None else ()
        to = recipients(ticket, by, said.add, said.remove)
        timeline, left = await asyncio.gather(
            self._tickets.timeline(ticket.company_id, ticket.id, public_only=False),
            self._left(ticket.company_id, to),
        )
        return warnings.about(ticket, warnings.Answer(said.words, to, said.files, sending.begun_on), timeline, left)

    async def _left(self, company_id: str, parties: tuple[Party, ...]) -> list[Party]:
        """Those whose profile says that they are gone."""
        addresses = [party.address for party in parties if party.address]
        people = await self._directory.people.at_any(company_id, addresses) if addresses else []
        gone = {address for person in people if not person.active for address in person.addresses}
        return [party for party in parties if party.address in gone]

    async def _require_confirmation(
        self, ticket: Ticket, found: Collection[Concern], confirmed: Collection[str], cause: Cause
    ) -> None:
        asking = [one for one in found if one.asks and one.code not in confirmed]
        if not asking:
            return
        told = [entry_id(cause.id, fact.type, ticket.id) for fact in (TicketReplyHeld, TicketReplied)]
        if not await self._tickets.has_told(told):  # a repeated request must not be asked what it has sent already
            raise NeedsConfirmation(
                "look at this once more, and confirm it to send it all the same",
                warnings=[one.shown() for one in found],
                confirm=[one.code for one in asking],
            )


def _cause_id(held: Outgoing) -> str:
    return derived_id("send", held.id)


def _require_outside(added: tuple[Party, ...], team: Team) -> None:
    """Raise `NotARecipient` for the company's own address: a mail to it would come back to the ticket as a new one."""
    own = [party.address for party in added if team.owns(party.address)]
    if own:
        raise NotARecipient("the company's own address gets no answers", addresses=own)
