"""Tickets follow the tasks they are linked to: one fact, and each ticket that it names (H3-H6)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import structlog

from balcao.shared.aggregate import Change
from balcao.shared.errors import Refused
from balcao.shared.events import (
    Envelope,
    TaskFact,
    TaskLinkRefused,
    TaskSnapshot,
    TaskTicketLinked,
    TaskTicketMoved,
    TaskTicketNamed,
)
from balcao.shared.timeline import Cause
from balcao.tickets.domain import production, task_links
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.store.tickets import Tickets

_log = structlog.get_logger()
AT_ONCE = 16
"""Tickets of one fact that are changed at the same time: as many as share one transaction."""


class Following:
    """What production says, on every ticket concerned. Saying it again, in whatever order, changes nothing."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    async def follow(self, event: Envelope[TaskFact]) -> None:
        """A task moved: each ticket that it serves follows, however many those are.

        One that can't follow holds up no other; the first error is raised once all have been tried, so that the fact
        comes again for those that are left.
        """
        what, named = event.type.split(".")[1], frozenset(event.data.task.ticket_ids)

        async def one(ticket_id: str) -> None:
            # Each ticket keeps the task as its own: with the others, thousands would each keep the ids of all.
            task = event.data.task.model_copy(update={"ticket_ids": (ticket_id,)})

            seen: set[str] = set()
            following: str | None = ticket_id
            merged: str | None = None
            while following is not None and following not in seen:
                seen.add(following)
                rule = partial(production.follow, task=task, what=what, merged=merged)  # type: ignore[arg-type]
                ticket = await self._tickets.change(event.companyid, following, rule, Cause.of(event))
                following = _passes_on(ticket, task, named)
                merged = ticket.id if task.id not in ticket.moved_tasks else None

        await each(event.data.task.ticket_ids, one)

    async def follow_link(
        self, event: Envelope[TaskTicketLinked] | Envelope[TaskLinkRefused] | Envelope[TaskTicketMoved]
    ) -> None:
        """Production answered a link, or has carried out a split: the ticket named follows."""
        data = event.data

        def rule(ticket: Ticket) -> Change[Ticket]:
            if isinstance(data, TaskTicketLinked):
                return task_links.linked(ticket, data.task)
            if isinstance(data, TaskLinkRefused):
                return task_links.link_refused(ticket, data.task, data.reason)
            return task_links.moved_here(ticket, data.task)

        await self._tickets.change(event.companyid, data.ticket_id, rule, Cause.of(event))

    async def link_named(self, event: Envelope[TaskTicketNamed]) -> None:
        """Let the ticket that was named elsewhere wait for the task, as if somebody of the team had linked them (H3);
        but nobody has touched the ticket, so nobody takes it (W3). What a ticket refuses is noted in the log only:
        whoever wrote its number is not here to be told."""
        data = event.data
        ticket = await self._tickets.find_by_number(event.companyid, data.ticket_number)
        if ticket is None:
            _log.info("ticket.named_elsewhere_unknown", task_id=data.task.id, number=data.ticket_number)
            return

        def rule(ticket: Ticket) -> Change[Ticket]:
            return task_links.ask_link(ticket, data.task.id, data.task.number, data.task.title, None)

        try:
            await self._tickets.change(event.companyid, ticket.id, rule, Cause.of(event), loaded=ticket)
        except Refused as refused:
            _log.info("ticket.named_elsewhere_refused", ticket_id=ticket.id, task_id=data.task.id, why=refused.code)


def _passes_on(ticket: Ticket, task: TaskSnapshot, named: frozenset[str]) -> str | None:
    """Who else follows: the ticket that a split gave the task to (W14), or the one that took this one in once work
    begins again that was finished when they were merged; it would move nobody otherwise (W13)."""
    moved_to = ticket.moved_tasks.get(task.id)
    if moved_to is not None:
        return moved_to
    if ticket.merged_into in named or ticket.task(task.id) is None or not production.work_began_since(ticket):
        return None
    return ticket.merged_into


async def each(ids: Iterable[str], do: Callable[[str], Awaitable[None]]) -> None:
    """Do it for each, some at a time; raises the first error when all have been tried."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(id_: str) -> None:
        async with room:
            await do(id_)

    outcomes = await asyncio.gather(*(one(id_) for id_ in ids), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
