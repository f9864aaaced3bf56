"""What a tracker is told of our tasks: which happenings, in which words of its own, by which requests."""

import re
from collections.abc import Mapping as Dict
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from balcao.shared.errors import Invalid
from balcao.shared.events import (
    AnyEnvelope,
    Fact,
    TaskCancelled,
    TaskCommented,
    TaskCompleted,
    TaskCreated,
    TaskPhaseEntered,
    TaskReopened,
)
from balcao.workflow.domain.expressions import Expression

What = Literal["created", "moved", "completed", "cancelled", "reopened", "commented"]
WHAT: Dict[type[Fact], What] = {
    TaskCreated: "created",
    TaskPhaseEntered: "moved",
    TaskCompleted: "completed",
    TaskCancelled: "cancelled",
    TaskReopened: "reopened",
    TaskCommented: "commented",
}
"""What is told of which fact."""
FIELDS = frozenset(
    {
        "what",
        "state",
        "outside_id",
        "task.id",
        "task.number",
        "task.title",
        "task.description",
        "task.phase",
        "task.phase_kind",
        "task.state",
        "task.due",
        "task.executor",
        "text",
        "actor",
        "mark",
    }
)
"""What a request's template may name."""
_BLANK = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_MOST_TEMPLATE = 20_000


class BadTemplate(Invalid):
    """A request's template can't be used."""


class Template(BaseModel):
    """A request with blanks such as {{task.title}}; one that is a whole text keeps the value's type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: str = Field(min_length=8, max_length=1_000)
    body: Any = None

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        """Raises `BadTemplate`."""
        if len(str(self.body)) > _MOST_TEMPLATE:
            raise BadTemplate(f"a template has at most {_MOST_TEMPLATE} characters")
        host = self.url.partition("://")[2].partition("/")[0]
        if "{{" in host:
            raise BadTemplate("the host may hold no blank")
        if unknown := sorted((_blanks(self.url) | _blanks(self.body)) - FIELDS):
            raise BadTemplate(f"there is no {', '.join(unknown)}", possible=sorted(FIELDS))
        return self


class Outbound(BaseModel):
    """What the tracker is told, and how to reach it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tells: tuple[What, ...] = ("created", "moved", "completed", "cancelled", "reopened")
    task_types: tuple[str, ...] = ()
    """Types whose new tasks are made there too; none: all types."""
    base_url: str = ""
    """Where its API is; the usual place when empty."""
    project: str = ""
    """GitHub: owner/name. Jira: the project's key. Trello: the id of the list for new cards."""
    issue_type: str = "Task"
    """Jira: the type of new issues."""
    phases: Dict[str, str] = Field(default_factory=dict)
    """From our phases' ids to a label (GitHub), a status (Jira), a list's id (Trello), any word (generic)."""
    requests: Dict[str, Template] = Field(default_factory=dict)
    """Generic: the request for each happening that is told."""
    id_at: str = ""
    """Generic: where the answer to `created` has the id."""
    url_at: str = ""
    credentials: str = ""
    """Sealed."""
    state: Literal["active", "disabled"] = "active"
    reason: str = ""

    @model_validator(mode="after")
    def _answers_are_readable(self) -> Self:
        for text in filter(None, (self.id_at, self.url_at)):
            Expression(text)
        return self

    def makes(self, type_id: str | None) -> bool:
        """Whether new tasks of this type are made there too."""
        return "created" in self.tells and (not self.task_types or type_id in self.task_types)


def filled(template: Any, values: Dict[str, Any]) -> Any:
    """A template with its blanks filled in."""
    if isinstance(template, str):
        whole = _BLANK.fullmatch(template)
        if whole is not None:
            return values.get(whole[1])
        return _BLANK.sub(lambda found: _as_text(values.get(found[1])), template)
    if isinstance(template, dict):
        return {key: filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(one, values) for one in template]
    return template


def values_of(event: AnyEnvelope, what: What, *, outside_id: str, state: str, mark: str) -> dict[str, Any]:
    """What the blanks of a template say about a happening."""
    task, data = event.data.task, event.data
    text = getattr(data, "text", "") or getattr(data, "handover", "") or getattr(data, "reason", "")
    return {
        "what": what,
        "state": state,
        "outside_id": outside_id,
        "task.id": task.id,
        "task.number": task.number,
        "task.title": task.title,
        "task.description": getattr(data, "description", ""),
        "task.phase": task.phase,
        "task.phase_kind": task.phase_kind,
        "task.state": task.state,
        "task.due": task.due.isoformat() if task.due is not None else None,
        "task.executor": task.executor.name if task.executor is not None else None,
        "text": text,
        "actor": event.actor.name if event.actor is not None else None,
        "mark": mark,
    }


def _blanks(template: Any) -> set[str]:
    if isinstance(template, str):
        return set(_BLANK.findall(template))
    if isinstance(template, dict):
        return {name for value in template.values() for name in _blanks(value)}
    if isinstance(template, list):
        return {name for one in template for name in _blanks(one)}
    return set()


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)
