"""The links of tasks with tickets, as `tickets` decides them: loads, lets the rules decide, saves."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from balcao.shared.aggregate import Change
from balcao.shared.commit import AlreadyDone
from balcao.shared.errors import Condition
from balcao.shared.events import (
    AnyEnvelope,
    Envelope,
    LinkedTicket,
    TicketCancelled,
    TicketRef,
    TicketReopened,
    TicketSplit,
    TicketStepUndone,
    TicketTaskLinkAsked,
    TicketTaskUnlinked,
)
from balcao.shared.timeline import Cause
from balcao.shared.together import Together
from balcao.workflow.domain import approvals, links, served
from balcao.workflow.domain.conditions import TaskNotCreatedYet
from balcao.workflow.domain.tasks import Task
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks

_log = structlog.get_logger()
Rule = Callable[[Task], Change[Task]]
MOST_AT_ONCE = 16
"""Links of one task in one transaction: each says a fact that names all its tickets, 250 KB at the most."""


@dataclass(frozen=True)
class _Step:
    """One link to be made or taken off."""

    company_id: str
    task_id: str
    rule: Rule
    cause: Cause


class Linking:
    """The links of all companies' tasks with tickets."""

    def __init__(self, tasks: Tasks, types: TaskTypes) -> None:
        self._tasks = tasks
        self._types = types
        self._links: Together[_Step, Exception | None] = Together(self._take)

    async def link(self, event: Envelope[TicketTaskLinkAsked] | Envelope[TicketTaskUnlinked]) -> None:
        """Link a ticket to a task, or take it off. A repeat, and what comes too late, changes nothing.

        Raises `TaskNotCreatedYet` for a task that is not there: the gateway names only those that it has seen.
        """
        data = event.data
        if isinstance(data, TicketTaskLinkAsked):
            task_id, rule = data.task_id, lambda task: links.link(task, data.ticket, at=event.time)
        else:
            task_id = data.task.id
            rule = await self._deciding(event, lambda task: links.unlink(task, data.ticket, at=event.time))
        refused = await self._links.add(_Step(event.companyid, task_id, rule, Cause.of(event)))
        if refused is not None:
            raise refused
        _log.info("task.link_followed", ticket_id=data.ticket.id, task_id=task_id)

    async def ticket_cancelled(self, event: Envelope[TicketCancelled]) -> None:
        """Mark the ticket's tasks, so that a person decides about each.

        Raises `TaskNotCreatedYet` while one of those it lists is still being made or linked; the repeat marks only what
        is left.
        """
        ticket = event.data.ticket
        rule = await self._deciding(event, lambda task: links.ticket_cancelled(task, ticket, at=event.time))
        await self._change_known(event, ticket, event.data.open_tasks, rule)

    async def ticket_reopened(self, event: Envelope[TicketReopened]) -> None:
        """Tell the people of the tasks it lists that the ticket is in service again; finished work loses the mark of
        its end too. Raises as `ticket_cancelled`."""
        if not event.data.tasks and event.data.before != "cancelled":
            return
        ticket = event.data.ticket
        await self._change_known(
            event, ticket, event.data.tasks, lambda task: links.ticket_reopened(task, ticket, at=event.time)
        )

    async def tickets_moved(self, event: Envelope[TicketSplit] | Envelope[TicketStepUndone]) -> None:
        """Tasks that a split took along serve the new ticket, and the old one again when the split is undone.

        Raises `TaskNotCreatedYet` while one of them is still being made; the repeat moves only what is left.
        """
        data = event.data
        if isinstance(data, TicketSplit):
            from_id, version, to = data.ticket.id, data.ticket.version, _served(data.into)
        elif data.tasks and data.others:
            from_id, version, to = data.others[0].id, data.others[0].version or 0, _served(data.ticket)
        else:
            return  # of a merge or a bulk edit, or of the ticket that gives the tasks back
        rule = await self._deciding(
            event, lambda task: links.move_ticket(task, from_id, version or None, to, at=event.time)
        )
        await self._change_all(event, data.tasks, rule)

    async def _deciding(self, event: AnyEnvelope, rule: Rule) -> Rule:
        """The rule, with what follows for an approval when a ticket doesn't keep its task waiting any more."""
        types = await self._types.of(event.companyid)
        return lambda task: approvals.fewer_asked(rule(task), types, at=event.time)

    async def _take(self, steps: Sequence[_Step]) -> list[Exception | None]:
        """What stands against each. A task that a thousand tickets want at once changes for sixteen of them at a time,
        and other tasks meanwhile."""
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, step in enumerate(steps):
            groups[step.company_id, step.task_id].append(place)
        found: list[Exception | None] = [None] * len(steps)

        async def take(places: Sequence[int]) -> None:
            for first in range(0, len(places), MOST_AT_ONCE):
                some = places[first : first + MOST_AT_ONCE]
                for place, refused in zip(some, await self._take_of_one([steps[n] for n in some]), strict=True):
                    found[place] = refused

        await asyncio.gather(*(take(places) for places in groups.values()))
        return found

    async def _take_of_one(self, steps: Sequence[_Step]) -> list[Exception | None]:
        """Of one task: together, or one by one where that fails for one of them."""
        if len(steps) > 1:
            first = steps[0]
            try:
                await self._tasks.change_at_once(
                    first.company_id, first.task_id, [(step.rule, step.cause) for step in steps]
                )
            except (AlreadyDone, Condition):
                pass
            except Exception as error:
                return [error] * len(steps)
            else:
                return [None] * len(steps)
        return [await self._take_one(step) for step in steps]

    async def _take_one(self, step: _Step) -> Exception | None:
        try:
            await self._change(step.company_id, step.task_id, step.rule, step.cause)
        except Exception as error:
            return error
        return None

    async def _change_known(self, event: AnyEnvelope, ticket: TicketRef, named: Iterable[str], rule: Rule) -> None:
        """Change the tasks that serve a ticket, once all that the fact names have heard of it: one that has not would
        take the ticket for what it was when its link arrives."""
        serving = await self._tasks.serving(event.companyid, ticket.id)
        await self._change_all(event, serving, rule)
        others = [await self._tasks.find(event.companyid, id_) for id_ in set(named).difference(serving)]
        missing = [task for task in others if task is None or links.heard_of(task, ticket.id) is None]
        if missing:
            raise TaskNotCreatedYet("a task of the ticket does not know it yet", tasks=len(missing))
        _log.info("task.ticket_followed", ticket_id=ticket.id, tasks=len(serving))

    async def _change_all(self, event: AnyEnvelope, task_ids: Sequence[str], rule: Rule) -> None:
        for task_id in task_ids:
            await self._change(event.companyid, task_id, rule, Cause.of(event))

    async def _change(self, company_id: str, task_id: str, rule: Rule, cause: Cause) -> None:
        task = await self._tasks.find(company_id, task_id)
        if task is None:
            raise TaskNotCreatedYet("a task does not exist yet", tasks=[task_id])
        await self._tasks.change(company_id, task_id, rule, cause, loaded=task)


def _served(ticket: TicketRef | LinkedTicket) -> served.LinkedTicket:
    return served.LinkedTicket(id=ticket.id, number=ticket.number, title=ticket.title, seen=ticket.version or 1)
