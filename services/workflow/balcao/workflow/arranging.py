"""Arranges task types: loads what the rules need to know, lets them decide, saves."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from balcao.shared import clock
from balcao.shared.ids import derived_id
from balcao.shared.numbers import Numbers
from balcao.shared.timeline import Cause
from balcao.workflow.domain.commenting import members
from balcao.workflow.domain.phases import TaskType, in_order, usual_phases
from balcao.workflow.domain.type_changes import PhaseWanted, add_type, arrange, edit_type
from balcao.workflow.store.learned import Learned
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks, Wanted

_COUNTED = 10_000
Given = tuple[Mapping[str, Any], str | None]
"""A phase's fields, and the id of who gets its tasks."""


class Arranging:
    """The task types of all companies."""

    def __init__(self, types: TaskTypes, tasks: Tasks, learned: Learned, numbers: Numbers) -> None:
        self._types = types
        self._tasks = tasks
        self._learned = learned
        self._numbers = numbers

    async def add(
        self,
        company_id: str,
        name: str,
        phases: Sequence[Given],
        cause: Cause,
        *,
        default: bool,
        work_minutes: int | None,
    ) -> TaskType:
        """A new type. Raises `TaskTypeTaken`, `BadTaskType` and `UnknownMember`."""
        id_ = derived_id("task-type", cause.id)
        if (found := await self._types.find(company_id, id_)) is not None:
            return found
        others = await self._types.of(company_id)
        begun = TaskType(
            id=id_,
            company_id=company_id,
            name=name,
            default=default,
            work_minutes=work_minutes,
            phases=usual_phases(),
        )
        wanted = await self._wanted(company_id, phases)
        added = await self._types.add(add_type(begun, others, wanted, at=cause.at), cause)
        return await self._as_now(added)

    async def edit(
        self, company_id: str, id_: str, values: Mapping[str, object], cause: Cause, expected: int | None
    ) -> TaskType:
        """Other values for some fields. Raises `TaskTypeTaken`, `BadTaskType` and `NotFound`."""
        others = await self._types.of(company_id)
        marked = {one.id: one.default for one in others}

        def rule(now: TaskType) -> Any:
            current = now.model_copy(update={"default": marked.get(now.id, False)})
            return edit_type(current, values, others, at=cause.at)

        return await self._as_now(await self._types.change(company_id, id_, rule, cause, expected_version=expected))

    async def arrange(
        self,
        company_id: str,
        id_: str,
        phases: Sequence[Given],
        moves: Mapping[str, str],
        cause: Cause,
        expected: int | None,
    ) -> TaskType:
        """Other phases. Raises `PhaseInUse`, `BadTaskType`, `UnknownMember` and `NotFound`."""
        wanted = await self._wanted(company_id, phases)
        task_type = await self._types.get(company_id, id_)
        used = dict(zip([p.id for p in task_type.phases], await self._used(task_type), strict=True))
        changed = await self._types.change(
            company_id, id_, lambda now: arrange(now, wanted, moves, used), cause, expected_version=expected
        )
        return await self._as_now(changed)

    async def _used(self, task_type: TaskType) -> list[int]:
        """How many tasks there are in each phase, whatever their state."""
        last = await self._numbers.last(task_type.company_id, "task")
        return await asyncio.gather(
            *(
                self._tasks.count(
                    task_type.company_id,
                    Wanted(columns=((task_type.id, phase.id),)),
                    most=_COUNTED,
                    now=clock.now(),
                    last_number=last,
                )
                for phase in task_type.phases
            )
        )

    async def _wanted(self, company_id: str, phases: Sequence[Given]) -> list[PhaseWanted]:
        ids = [assignee_id for _, assignee_id in phases if assignee_id is not None]
        team = await self._learned.team(company_id) if ids else {}
        parties = {party.person_id: party for party in members(ids, team)}
        return [PhaseWanted(**fields, assignee=parties.get(assignee_id)) for fields, assignee_id in phases]

    async def _as_now(self, task_type: TaskType) -> TaskType:
        """The type as lists show it: whether it is the default follows from all of them."""
        types = await self._types.of(task_type.company_id)
        return next((one for one in in_order(types) if one.id == task_type.id), task_type)
