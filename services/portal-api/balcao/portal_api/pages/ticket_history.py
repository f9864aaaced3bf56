"""The history tab: everything that happened, by what it was about (W10)."""

from collections.abc import Sequence

from balcao.portal_api.pages.entries import Entry, Event
from balcao.shared.catalogues import N_

GROUPS = {
    "words": N_("Words"),
    "flow": N_("Situation and stage"),
    "tasks": N_("Tasks"),
    "fields": N_("Fields and people"),
}
"""What the entries may be narrowed to, as on screen."""
_FLOW = (
    "stage_entered stage_assigned analyst_assigned wait_started reopened resolved closed cancelled reminded drafted "
    "draft_discarded merged absorbed split split_off step_undone"
)
_FIELDS = (
    "edited tagged promised due_set watchers_changed requester_changed action_plan_written bulk_edited draft_edited "
    "entry_tagged"
)
_GROUP_OF = {
    **{f"ticket.{name}.v1": "flow" for name in _FLOW.split()},
    **{f"ticket.{name}.v1": "fields" for name in _FIELDS.split()},
}


def group_of(kind: str) -> str:
    """Which group a fact belongs to; what is of none is about somebody's words."""
    if kind in _GROUP_OF:
        return _GROUP_OF[kind]
    return "tasks" if kind.startswith(("ticket.task_", "ticket.approval_", "ticket.rule_")) else "words"


def groups_of(entries: Sequence[Entry]) -> dict[str, int]:
    """How many entries each group has; those without any are left out."""
    counts = {name: sum(isinstance(one, Event) and group_of(one.kind) == name for one in entries) for name in GROUPS}
    return {name: count for name, count in counts.items() if count}


def only(entries: list[Entry], group: str | None) -> list[Entry]:
    """The entries of one group; all of them when there is no such group."""
    if group not in GROUPS:
        return entries
    return [one for one in entries if isinstance(one, Event) and group_of(one.kind) == group]
