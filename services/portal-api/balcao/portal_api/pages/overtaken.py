"""Whether what others did meanwhile concerns what somebody is about to do: else it is no conflict (409)."""

from collections.abc import Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]

_ENDS = frozenset({"resolved", "closed", "cancelled", "reopened", "wait_started", "merged", "absorbed", "split"})
_SAME = {
    "stage": {"stage_entered"},
    "stage-assignee": {"stage_assigned"},
    "analyst": {"analyst_assigned"},
    "take": {"analyst_assigned"},
    "give-back": {"analyst_assigned"},
    "reject": {"analyst_assigned"},
    "action-plan": {"action_plan_written"},
    "tags": set[str](),
    "watchers": set[str](),
    "entry-tags": set[str](),
    "requester": {"requester_changed"},
    "promise": {"promised"},
    "due": {"due_set"},
    "tasks": {"task_requested"},
    "link-task": set[str](),
    "unlink-task": set[str](),
    "resolve": {"requester_replied", "replied", "stage_entered"},
    "wait": {"requester_replied", "replied"},
    "cancel": {"requester_replied", "replied", "task_requested"},
    "reopen": set[str](),
}
_FIELDS = {
    "title": "title",
    "kind": "kind",
    "priority": "priority",
    "workspace": "workspace_id",
    "project": "project_id",
}


def concerns(command: str, changes: Iterable[Json]) -> bool:
    """Whether one of these entries is about what the command is about, or ends the ticket's service."""
    return any(_concerns(command, one) for one in changes)


def _concerns(command: str, entry: Json) -> bool:
    name = str(entry.get("type")).removeprefix("ticket.").removesuffix(".v1")
    if name in _ENDS:
        return True
    if name == "edited" and command in _FIELDS:
        return _FIELDS[command] in (entry.get("data") or {}).get("changes", {})
    return command in _SAME and name in _SAME[command]
