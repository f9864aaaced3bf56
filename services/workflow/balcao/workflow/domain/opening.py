"""A task that nobody's ticket asked for: the team's own work, or work that comes again and again."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from balcao.shared.aggregate import Change, Revision
from balcao.shared.clock import to_milliseconds
from balcao.shared.events import FileRef, PersonProfile, TaskCreated
from balcao.shared.ids import derived_id
from balcao.shared.rich_text import MOST_HTML, MOST_TEXT, with_images
from balcao.workflow.domain.checklists import MOST_ITEM_TEXT, MOST_ITEMS
from balcao.workflow.domain.commenting import is_member
from balcao.workflow.domain.conditions import UnknownMember, UnknownProject, UnknownTag
from balcao.workflow.domain.editing import MOST_AT_ONCE, MOST_ESTIMATE, MOST_TITLE, Project, described
from balcao.workflow.domain.held import ChecklistEntry
from balcao.workflow.domain.phases import TaskType
from balcao.workflow.domain.tags import Known
from balcao.workflow.domain.tasks import MOST_TAGS, Task


class TaskWanted(BaseModel):
    """What a new task shall be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, max_length=MOST_TITLE)
    description: str = Field(default="", max_length=MOST_TEXT, description="Plain text.")
    html: str | None = Field(default=None, max_length=MOST_HTML, description="Instead of `description`, rich text.")
    files: tuple[FileRef, ...] = Field(default=(), max_length=MOST_AT_ONCE)
    task_type: str | None = Field(default=None, min_length=1, max_length=100, description="Id or name; none: default.")
    executor_id: str | None = Field(default=None, min_length=1, max_length=100)
    due: AwareDatetime | None = Field(default=None, description="None: what the type's duration leads to.")
    tags: tuple[str, ...] = Field(default=(), max_length=MOST_TAGS)
    project_id: str | None = Field(default=None, min_length=1, max_length=100)
    estimate_minutes: int | None = Field(default=None, ge=0, le=MOST_ESTIMATE)
    checklist: tuple[str, ...] = Field(default=(), max_length=MOST_ITEMS)


class Circle(BaseModel):
    """What the company has that a task can name."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    team: Mapping[str, PersonProfile]
    projects: Mapping[str, Project]
    tags: Known


def require_known(wanted: TaskWanted, circle: Circle) -> None:
    """Raise `UnknownMember`, `UnknownProject` or `UnknownTag` for what the company does not have or uses no more."""
    executor = wanted.executor_id
    if executor is not None and (executor not in circle.team or not is_member(circle.team[executor])):
        raise UnknownMember("a task can be given only to somebody of the team", people=[executor])
    project = wanted.project_id
    if project is not None and (project not in circle.projects or circle.projects[project].archived):
        raise UnknownProject("there is no such project")
    if strange := [id_ for id_ in wanted.tags if id_ not in circle.tags or circle.tags[id_].archived]:
        raise UnknownTag("there is no such tag", tags=strange)


def open_task(
    wanted: TaskWanted,
    company_id: str,
    id_: str,
    task_type: TaskType,
    circle: Circle,
    *,
    number: int,
    due: datetime | None,
    at: datetime,
    recurrence: tuple[str, int] | None = None,
) -> Change[Task]:
    """The task, in the first phase of its type. Who or what of `wanted` is there no more is left out.

    `due` is the date it gets where it names none; `recurrence` the id and number of what made it. Raises what
    `rich_text.clean` does.
    """
    words = described(wanted.description.strip(), wanted.html, wanted.files)
    executor = circle.team.get(wanted.executor_id or "")
    named = executor.party() if executor is not None and is_member(executor) else None
    due = wanted.due or due
    said = [text for one in wanted.checklist if (text := " ".join(one.split())[:MOST_ITEM_TEXT])]
    task = Task(
        id=id_,
        company_id=company_id,
        number=number,
        title=" ".join(wanted.title.split()) or wanted.title,
        description=words.text,
        description_html=words.html,
        files=with_images(wanted.files, words.images),
        type_id=task_type.id,
        phase=task_type.first,
        executor=named or task_type.assignees.get(task_type.first.id),
        due=to_milliseconds(due) if due is not None else None,
        tags=tuple(one for one in dict.fromkeys(wanted.tags) if one in circle.tags),
        project_id=wanted.project_id if wanted.project_id in circle.projects else None,
        estimate_minutes=wanted.estimate_minutes,
        checklist=tuple(ChecklistEntry(id=derived_id(id_, "item", str(n)), text=one) for n, one in enumerate(said)),
        recurrence_id=recurrence[0] if recurrence else None,
        created_at=at,
        updated_at=at,
        started_at=at if task_type.first.kind != "todo" else None,
    )
    number_of_rule = recurrence[1] if recurrence else None
    return Revision(task).say(TaskCreated, description=task.description, recurrence=number_of_rule).done()
