"""Rules on top of phases: arranged by administrators, and what requesters' answers to approvals do to tasks."""

from collections.abc import Mapping
from typing import Any

import structlog

from balcao.shared.commit import AlreadyDone
from balcao.shared.events import Envelope, TicketApprovalAnswered, TicketApprovalSkipped
from balcao.shared.ids import derived_id
from balcao.shared.timeline import Cause
from balcao.workflow.domain import approvals
from balcao.workflow.domain.conditions import TooManyRules
from balcao.workflow.domain.phase_rules import MOST_RULES, PhaseRule, configure
from balcao.workflow.domain.phases import chosen
from balcao.workflow.store.phase_rules import PhaseRules
from balcao.workflow.store.tags import Tags
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks

_log = structlog.get_logger()


class Ruling:
    """The rules of all companies."""

    def __init__(self, rules: PhaseRules, tasks: Tasks, types: TaskTypes, tags: Tags) -> None:
        self._rules = rules
        self._tasks = tasks
        self._types = types
        self._tags = tags

    async def all(self, company_id: str) -> list[PhaseRule]:
        """A company's rules."""
        return await self._rules.all(company_id)

    async def add(self, company_id: str, values: Mapping[str, Any], cause: Cause) -> PhaseRule:
        """A new rule. Raises `BadPhaseRule` and `TooManyRules`."""
        id_ = derived_id("rule", cause.id)
        if (found := await self._rules.find(company_id, id_)) is not None:
            return found
        others = await self._rules.all(company_id)
        if len(others) >= MOST_RULES:
            raise TooManyRules(f"a company has at most {MOST_RULES} rules")
        begun = PhaseRule(id=id_, company_id=company_id, name="", task_type_id="", phase_id="")
        change = configure(begun, values, await self._types.of(company_id), others, await self._tags_of(company_id))
        try:
            return await self._rules.added(change, cause)
        except AlreadyDone:
            return await self._rules.get(company_id, id_)

    async def edit(
        self, company_id: str, id_: str, values: Mapping[str, Any], cause: Cause, expected: int | None
    ) -> PhaseRule:
        """Other values for some fields; archiving is one. Raises `BadPhaseRule` and `NotFound`."""
        types, others = await self._types.of(company_id), await self._rules.all(company_id)
        tags = await self._tags_of(company_id)
        after = await self._rules.change(
            company_id, id_, lambda now: configure(now, values, types, others, tags), cause, expected_version=expected
        )
        self._rules.forget(company_id)
        return after

    async def approval_answered(
        self, event: Envelope[TicketApprovalAnswered] | Envelope[TicketApprovalSkipped]
    ) -> None:
        """A requester answered, or can't be asked: the task follows. A repeat, or an answer that comes too late,
        changes nothing."""
        data, company_id = event.data, event.companyid
        task = await self._tasks.get(company_id, data.task_id)
        task_type = chosen(await self._types.of(company_id), task.type_id)
        answer: dict[str, Any] = {"answer": "skipped"}
        if isinstance(data, TicketApprovalAnswered):
            answer = {"answer": data.verdict, "author": data.author, "comment": data.text}
        await self._tasks.change(
            company_id,
            task.id,
            lambda now: approvals.answered(
                now, task_type, data.ticket, asked_in=data.asked_in, at=event.time, **answer
            ),
            Cause.of(event),
            loaded=task,
        )
        _log.info("task.approval_answered", task_id=task.id, ticket_id=data.ticket.id)

    async def _tags_of(self, company_id: str) -> set[str]:
        return {tag.id for tag in await self._tags.of(company_id) if not tag.archived}
