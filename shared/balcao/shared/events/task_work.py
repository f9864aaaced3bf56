"""Facts about what a task holds: fields, checklist, files, time and words. Said by `workflow`, for the team only."""

from typing import Literal

from pydantic import Field

from balcao.shared.events.envelope import Contract, FileRef, Party
from balcao.shared.events.tasks import TaskOwnFact


class TaskEdited(TaskOwnFact):
    """Plain fields of the task got other values; each with before and after."""

    type = "task.edited.v1"

    changes: dict[str, tuple[str | int | None, str | int | None]]
    names: dict[str, tuple[str | None, str | None]] = Field(
        default_factory=dict, description="What the ids in `changes` were called: of projects and task types."
    )


class ChecklistItem(Contract):
    """One thing of the checklist, as it is after the fact."""

    id: str
    text: str


class TaskChecklistChanged(TaskOwnFact):
    """Something happened to one item of the checklist."""

    type = "task.checklist_changed.v1"

    what: Literal["added", "renamed", "ticked", "unticked", "moved", "removed"]
    item: ChecklistItem
    before: str = Field(default="", description="What a renamed item said.")
    done: int = Field(default=0, description="Items that are ticked now.")
    of: int = Field(default=0, description="Items there are now.")


class TaskFilesChanged(TaskOwnFact):
    """Files were attached or taken off."""

    type = "task.files_changed.v1"

    added: tuple[FileRef, ...] = ()
    removed: tuple[FileRef, ...] = ()


class TaskTimeLogged(TaskOwnFact):
    """Somebody said how long they worked on the task on a day; a later entry for the day corrects an earlier one."""

    type = "task.time_logged.v1"

    person: Party
    day: str = Field(description="YYYY-MM-DD, by the company's clock.")
    minutes: int = Field(description="Of that person on that day, all in all.")
    before: int = Field(default=0, description="What the entry before said.")
    note: str = ""
    spent_minutes: int = Field(default=0, description="Of everybody on all days, after it.")


class TaskCommented(TaskOwnFact):
    """A colleague wrote about the task. Never for people outside the team."""

    type = "task.commented.v1"

    text: str
    html: str = ""
    files: tuple[FileRef, ...] = ()
    mentions: tuple[Party, ...] = Field(default=(), description="Who is called by name, all of the team.")
