"""The history's sentences about tasks: what production did, and what became of the ticket by it (H3-H6)."""

from collections.abc import Mapping
from typing import Any, Protocol

from balcao.shared.catalogues import N_

Data = Mapping[str, Any]
Said = tuple[str, dict[str, Any]]
_MOST_WORDS = 200


class Speaker(Protocol):
    """What these sentences need of `history.History`."""

    def name(self, party: Data | None) -> str:
        """A person by name."""

    def stage(self, value: Any) -> str:
        """A stage as the company calls it."""


def task_name(task: Data | None) -> str:
    """A task by its number, else by its title."""
    if not task:
        return "—"
    number = task.get("number")
    return f"T-{number}" if number else f"“{task.get('title', '')}”"


def stage_entered(say: Speaker, data: Data) -> Said:
    """Why the ticket is in another stage: by hand, or by what became of which task."""
    task = data.get("task") or {}
    values = {"before": say.stage(data.get("before")), "stage": say.stage(data.get("stage")), "task": task_name(task)}
    reason = str(data.get("reason"))
    by_link = _BY_A_LINK if data.get("linked") else {}
    if reason == "production_finished" and reason not in by_link:
        return _FINISHED.get(str(task.get("state")), _FINISHED["open"]), values
    return by_link.get(reason) or _REASONS.get(reason, _BY_HAND), values


_BY_HAND = N_("%(who)s moved the ticket from %(before)s to %(stage)s")
_REASONS = {
    "first_touch": N_("The ticket left %(before)s for %(stage)s with the first step of %(who)s"),
    "task_created": N_("Task %(task)s was created: ticket in %(stage)s (it was in %(before)s)"),
    "task_reopened": N_("Work on task %(task)s was taken up again by %(who)s: ticket in %(stage)s"),
    "tasks_cancelled": N_("%(who)s cancelled task %(task)s, the last one: ticket in %(stage)s"),
}
_FINISHED = {
    "completed": N_("Task %(task)s completed by %(who)s: ticket in %(stage)s"),
    "cancelled": N_("Task %(task)s cancelled by %(who)s, and the others are ready: ticket in %(stage)s"),
    "open": N_("Task %(task)s sent to external approval by %(who)s: ticket in %(stage)s"),
}
_BY_A_LINK = {
    "task_created": N_("Linked to task %(task)s, which is under way: ticket in %(stage)s"),
    "task_reopened": N_("Task %(task)s is what is left to do: ticket in %(stage)s"),
    "production_finished": N_("All that is linked is ready, such as task %(task)s: ticket in %(stage)s"),
    "tasks_cancelled": N_("What is still linked is cancelled: ticket in %(stage)s"),
}


def requested(say: Speaker, data: Data) -> Said:
    """Somebody asked for a task."""
    del say
    return N_("%(who)s asked production for “%(title)s”"), {"title": _short(str(data.get("title") or "—"))}


def followed(say: Speaker, data: Data) -> Said:
    """What happened to a task of the ticket."""
    task = data.get("task") or {}
    values = {"task": task_name(task), "phase": task.get("phase") or "—", "executor": say.name(task.get("executor"))}
    return _WHATS[str(data.get("what"))], values


_WHATS = {
    "created": N_("Task %(task)s was created"),
    "phase_entered": N_("%(who)s moved task %(task)s to %(phase)s"),
    "completed": N_("%(who)s completed task %(task)s"),
    "cancelled": N_("%(who)s cancelled task %(task)s"),
    "reopened": N_("%(who)s reopened task %(task)s"),
    "assigned": N_("%(who)s gave task %(task)s to %(executor)s"),
}


def link_asked(say: Speaker, data: Data) -> Said:
    """Somebody links the ticket to a task, or a task of a merged ticket goes on here."""
    del say
    title = str(data.get("task_title") or "")
    task = task_name({"number": data.get("task_number")}) + (f" “{_short(title)}”" if title else "")
    if data.get("inherited"):
        return N_("Task %(task)s of a merged ticket goes on here"), {"task": task}
    return N_("%(who)s linked the ticket to task %(task)s"), {"task": task}


def linked(say: Speaker, data: Data) -> Said:
    """Production has taken the link up."""
    del say
    task = data.get("task") or {}
    return N_("Task %(task)s serves this ticket now; it is in %(phase)s"), {
        "task": task_name(task),
        "phase": task.get("phase") or "—",
    }


def unlinked(say: Speaker, data: Data) -> Said:
    """Somebody took the ticket off a task."""
    del say
    return N_("%(who)s took the ticket off task %(task)s"), {"task": task_name(data.get("task"))}


def link_refused(say: Speaker, data: Data) -> Said:
    """Production can't take the link up."""
    del say
    values = {"task": task_name(data.get("task"))}
    if data.get("reason") == "task_cancelled":
        return N_("Task %(task)s could not be linked: it is cancelled"), values
    return N_("Task %(task)s could not be linked: it serves as many tickets as it can"), values


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}…"


def draft_dropped(say: Speaker, data: Data) -> Said:
    """Somebody does not want the drafted answer."""
    del say, data
    return N_("%(who)s dropped the answer that was drafted from what production handed over"), {}


def rule_applied(say: Speaker, data: Data) -> Said:
    """A rule of the company did something."""
    del say
    task = data.get("task") or {}
    values = {"rule": data.get("rule_name") or "—", "task": task_name(task), "phase": task.get("phase") or "—"}
    return N_("Rule “%(rule)s”: task %(task)s entered %(phase)s"), values


def approval_asked(say: Speaker, data: Data) -> Said:
    """The requester is asked."""
    return N_("%(requester)s was asked for approval"), {"requester": say.name(data.get("recipient"))}


def approval_answered(say: Speaker, data: Data) -> Said:
    """The requester answered."""
    del say
    if data.get("verdict") == "changes":
        return N_("%(who)s asked for changes: %(words)s"), {"words": _short(str(data.get("text") or "—"))}
    return N_("%(who)s approved what was shown"), {}


def approval_skipped(say: Speaker, data: Data) -> Said:
    """Nobody is asked, or nobody waits for the answer."""
    del say, data
    return N_("Production does not wait for the requester's approval of this ticket"), {}


SENTENCES = {
    "ticket.rule_applied.v1": rule_applied,
    "ticket.approval_asked.v1": approval_asked,
    "ticket.approval_answered.v1": approval_answered,
    "ticket.approval_skipped.v1": approval_skipped,
    "ticket.delivery_draft_dropped.v1": draft_dropped,
    "ticket.stage_entered.v1": stage_entered,
    "ticket.task_requested.v1": requested,
    "ticket.task_followed.v1": followed,
    "ticket.task_link_asked.v1": link_asked,
    "ticket.task_linked.v1": linked,
    "ticket.task_unlinked.v1": unlinked,
    "ticket.task_link_refused.v1": link_refused,
}
"""The sentence of each fact about a ticket's tasks."""
