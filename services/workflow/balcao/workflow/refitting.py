"""Brings tasks to where the phases of their type are now: a removed one's tasks move, a renamed one's are renamed."""

from typing import get_args

import structlog

from balcao.shared.ids import derived_id
from balcao.shared.timeline import Cause
from balcao.shared.timers import Timer
from balcao.workflow.domain.phases import TaskType
from balcao.workflow.domain.tasks import TaskState
from balcao.workflow.domain.type_changes import refit
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Column, Tasks

_log = structlog.get_logger()


class Refitting:
    """Fires when the phases of a type were changed. Done twice, or by two replicas at once, it changes nothing more."""

    def __init__(self, tasks: Tasks, types: TaskTypes) -> None:
        self._tasks = tasks
        self._types = types

    async def fire(self, timer: Timer) -> None:
        """Refit all tasks of the type: of removed phases whatever their state, of others the open ones."""
        task_type = await self._types.get(timer.company_id, timer.of)
        cause_id = derived_id("refit", timer.id)
        cause = Cause(cause_id, cause_id, timer.due)
        fitted = 0
        for phase_id in task_type.retired:
            for state in get_args(TaskState):
                fitted += await self._column(task_type, (task_type.id, phase_id), state, cause)
        for phase in task_type.phases:
            fitted += await self._column(task_type, (task_type.id, phase.id), "open", cause)
        if fitted:
            _log.info("task.refitted", type_id=task_type.id, tasks=fitted)

    async def _column(self, task_type: TaskType, column: Column, state: TaskState, cause: Cause) -> int:
        fitted, after = 0, None
        while rows := await self._tasks.in_column(task_type.company_id, column, state, after):
            after = rows[-1]["place"]
            for row in rows:
                phase = next((one for one in task_type.phases if one.id == row["phase"]["id"]), None)
                if phase is None or phase.name != row["phase"]["name"]:
                    fitted += 1
                    await self._tasks.change(
                        task_type.company_id, row["_id"], lambda now: refit(now, task_type, at=cause.at), cause
                    )
        return fitted
