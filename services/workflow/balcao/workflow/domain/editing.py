"""The plain fields of a task, its description and its files. They can be put right in whatever state it is."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from balcao.shared.aggregate import Change, Revision
from balcao.shared.clock import to_milliseconds
from balcao.shared.events import FileRef, TaskEdited, TaskFilesChanged
from balcao.shared.rich_text import MOST_HTML, MOST_TEXT, RichText, clean, plain, with_images
from balcao.workflow.domain.conditions import FileIsShown, NoSuchItem, TooMuch, UnknownProject
from balcao.workflow.domain.tasks import Task

MOST_FILES = 100
MOST_AT_ONCE = 20
MOST_TITLE = 300
MOST_ESTIMATE = 60 * 24 * 200
_SHOWN = re.compile(r"cid:([A-Za-z0-9._@+-]{1,200})")


class Project(BaseModel):
    """A project as the directory last said it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    archived: bool = False


class Edit(BaseModel):
    """Other values for the fields that are given; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(default="", min_length=1, max_length=MOST_TITLE)
    description: str = Field(default="", max_length=MOST_TEXT, description="Plain text.")
    html: str | None = Field(default=None, max_length=MOST_HTML, description="Instead of `description`, rich text.")
    files: tuple[FileRef, ...] = Field(default=(), max_length=MOST_AT_ONCE, description="New ones, attached with it.")
    due: AwareDatetime | None = None
    estimate_minutes: int | None = Field(default=None, ge=0, le=MOST_ESTIMATE)
    project_id: str | None = Field(default=None, min_length=1, max_length=100)

    @model_validator(mode="after")
    def _says_one_description(self) -> "Edit":
        if {"html", "description"} <= self.model_fields_set:
            raise ValueError("a description is plain text or rich text, not both")
        return self

    def gives(self, field: str) -> bool:
        """Whether the field was given, be it as none."""
        return field in self.model_fields_set


def edit(task: Task, given: Edit, projects: Mapping[str, Project], *, at: datetime) -> Change[Task]:
    """Give fields other values; those that have them already say nothing.

    Raises `UnknownProject` for one the company does not have or has archived, `TooMuch` past `MOST_FILES`, and what
    `rich_text.clean` raises.
    """
    values = _values(task, given)
    if values.get("project_id") not in (None, task.project_id):
        _require_known(str(values["project_id"]), projects)
    changed = {field: value for field, value in values.items() if getattr(task, field) != value}
    revision = Revision(task)
    if not changed:
        return revision.done()
    revision.set(**changed, updated_at=max(task.updated_at, at))
    told = {
        f: (_plain(getattr(task, f)), _plain(v)) for f, v in changed.items() if f not in ("description_html", "files")
    }
    if "description_html" in changed and "description" not in told:
        told["description"] = (task.description, task.description)  # the same words, otherwise laid out
    if told:
        names = {"project_id": (_name(task.project_id, projects), _name(values.get("project_id"), projects))}
        revision.say(TaskEdited, changes=told, names=names if "project_id" in told else {})
    if added := tuple(one for one in revision.now.files if one.file_id not in _ids(task.files)):
        revision.say(TaskFilesChanged, added=added)
    return revision.done() if told or added else Revision(task).done()


def attach(task: Task, files: Sequence[FileRef], *, at: datetime) -> Change[Task]:
    """Attach files; one that is there already changes nothing. Raises `TooMuch` past `MOST_FILES`."""
    kept = _with(task.files, [one.model_copy(update={"inline": False}) for one in files])
    revision = Revision(task)
    if added := tuple(one for one in kept if one.file_id not in _ids(task.files)):
        revision.set(files=kept, updated_at=max(task.updated_at, at)).say(TaskFilesChanged, added=added)
    return revision.done()


def detach(task: Task, file_id: str, *, at: datetime) -> Change[Task]:
    """Take a file off; the history keeps it. Raises `NoSuchItem`, and `FileIsShown` while the description shows it."""
    gone = next((one for one in task.files if one.file_id == file_id), None)
    if gone is None:
        raise NoSuchItem("there is no such file on this task")
    if gone.content_id is not None and gone.content_id in _SHOWN.findall(task.description_html):
        raise FileIsShown("the description shows this image: take it out of there first")
    kept = tuple(one for one in task.files if one.file_id != file_id)
    revision = Revision(task).set(files=kept, updated_at=max(task.updated_at, at))
    return revision.say(TaskFilesChanged, removed=(gone,)).done()


def described(text: str, html: str | None, files: Sequence[FileRef]) -> RichText:
    """A description as it is kept. Raises what `rich_text.clean` does."""
    return clean(html, files) if html is not None else plain(text)


def _values(task: Task, given: Edit) -> dict[str, Any]:
    values: dict[str, Any] = {
        field: getattr(given, field) for field in ("estimate_minutes", "project_id") if given.gives(field)
    }
    if given.gives("title"):
        values["title"] = " ".join(given.title.split()) or task.title
    if given.gives("due"):
        values["due"] = to_milliseconds(given.due) if given.due is not None else None
    files = _with(task.files, given.files)
    if given.html is not None or given.gives("description"):
        words = described(given.description, given.html, files)
        values |= {"description": words.text, "description_html": words.html}
        files = with_images(files, words.images)
    return values | {"files": files}


def _with(files: tuple[FileRef, ...], more: Sequence[FileRef]) -> tuple[FileRef, ...]:
    by_id = {one.file_id: one for one in (*files, *more)} | {one.file_id: one for one in files}
    if len(by_id) > MOST_FILES:
        raise TooMuch(f"a task has at most {MOST_FILES} files")
    return tuple(by_id.values())


def _ids(files: Sequence[FileRef]) -> set[str]:
    return {one.file_id for one in files}


def _require_known(project_id: str, projects: Mapping[str, Project]) -> None:
    if project_id not in projects or projects[project_id].archived:
        raise UnknownProject("there is no such project")


def _name(project_id: Any, projects: Mapping[str, Project]) -> str | None:
    return projects[project_id].name if project_id in projects else None


def _plain(value: Any) -> str | int | None:
    return value.isoformat() if isinstance(value, datetime) else value
