"""The history of a task as a person of the team reads it: every fact as one sentence, with what was there before."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from balcao.shared.catalogues import N_
from balcao.shared.language import Language

Data = Mapping[str, Any]
Said = tuple[str, dict[str, Any]]
_MOST_WORDS = 200

FIELDS = {
    "title": N_("title"),
    "description": N_("description"),
    "due": N_("due date"),
    "estimate_minutes": N_("estimate"),
    "project_id": N_("project"),
}


class History:
    """Speaks to one reader of the team."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._ = language.gettext

    def sentence(self, entry: Mapping[str, Any]) -> str:
        """One entry of the timeline, in one sentence. Raises `KeyError` for a fact without words: every fact of a task
        has some (a test walks through all of them)."""
        template, values = SENTENCES[entry["type"]](self, entry["data"])
        who = self.name(entry["actor"]) if entry.get("actor") else "Balcão"
        return self._(template) % {"who": who, **values}

    def name(self, party: Data | None) -> str:
        """A person by name, else by address; a dash for nobody."""
        if not party:
            return "—"
        return str(party.get("name") or party.get("address") or self._("Somebody"))

    def names(self, parties: Any) -> str:
        """Several people."""
        return ", ".join(self.name(party) for party in parties or ()) or "—"

    def minutes(self, minutes: Any) -> str:
        """A length of time, as `1h30`."""
        hours, rest = divmod(int(minutes or 0), 60)
        if not hours:
            return f"{rest} min"
        return f"{hours}h{rest:02d}" if rest else f"{hours}h"

    def moment(self, at: Any) -> str:
        """An instant; a dash for none."""
        when = datetime.fromisoformat(at) if isinstance(at, str) else at
        return self._language.moment(when) if when is not None else "—"

    def day(self, day: str) -> str:
        """A day, given as YYYY-MM-DD."""
        return self._language.day(datetime.fromisoformat(day).replace(hour=12, tzinfo=self._language.zone))

    def changes(self, data: Data) -> str:
        """Fields with what they were before and are now; of a description only that it changed."""
        names, parts = data.get("names") or {}, []
        for field, (before, after) in (data.get("changes") or {}).items():
            called = self._(FIELDS[field]) if field in FIELDS else field
            if field == "description":
                parts.append(called)
                continue
            was, becomes = (
                self._value(field, value, name)
                for value, name in zip((before, after), names.get(field) or (None, None), strict=True)
            )
            parts.append(
                self._("%(field)s from “%(before)s” to “%(after)s”")
                % {"field": called, "before": was, "after": becomes}
            )
        return "; ".join(parts) or "—"

    def despite(self, data: Data) -> str:
        """The tasks that a step overruled, behind it; nothing where it overruled none."""
        waited = data.get("despite")
        return self._(", although it waited for %(tasks)s") % {"tasks": _tasks(waited)} if waited else ""

    def _value(self, field: str, value: Any, called: str | None) -> str:
        if value is None or value == "":
            return self._("none")
        if field == "due":
            return self.moment(value)
        return self.minutes(value) if field == "estimate_minutes" else called or short(str(value))


def short(text: str) -> str:
    """Words in one line, and not many."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}…"


def _tasks(some: Any) -> str:
    return ", ".join(f"#{one['number']} “{short(str(one.get('title', '')))}”" for one in some or ()) or "—"


def _phase(data: Data) -> str:
    return str(data["task"].get("phase") or "—")


def _plainly(template: str) -> Callable[[History, Data], Said]:
    return lambda say, data: (template, {})


def _created(say: History, data: Data) -> Said:
    del say
    if data.get("recurrence"):
        return N_("The task was made by recurrence #%(number)s"), {"number": data["recurrence"]}
    return N_("%(who)s created the task"), {}


def _phase_entered(say: History, data: Data) -> Said:
    values = {"before": data.get("before") or "—", "phase": _phase(data), "despite": say.despite(data)}
    return N_("%(who)s moved the task from “%(before)s” to “%(phase)s”%(despite)s"), values


def _completed(say: History, data: Data) -> Said:
    values = {"handover": short(str(data.get("handover") or "")), "despite": say.despite(data)}
    if values["handover"]:
        return N_("%(who)s completed the task%(despite)s: %(handover)s"), values
    return N_("%(who)s completed the task%(despite)s"), values


def _cancelled(say: History, data: Data) -> Said:
    del say
    if data.get("reason"):
        return N_("%(who)s gave the task up: %(reason)s"), {"reason": short(str(data["reason"]))}
    return N_("%(who)s gave the task up"), {}


def _assigned(say: History, data: Data) -> Said:
    executor, before = data["task"].get("executor"), data.get("before")
    values = {"executor": say.name(executor), "before": say.name(before)}
    if not executor:
        return N_("Nobody executes the task any more; it was %(before)s"), values
    if not before:
        return N_("%(executor)s executes the task now"), values
    return N_("%(executor)s executes the task now, instead of %(before)s"), values


def _ticket(template: str) -> Callable[[History, Data], Said]:
    return lambda say, data: (template, {"ticket": data.get("ticket_number")})


def _tagged(say: History, data: Data) -> Said:
    del say
    added, removed = (", ".join(str(t.get("name") or t["id"]) for t in data.get(k) or ()) for k in ("added", "removed"))
    if not removed:
        return N_("%(who)s put on the tags %(added)s"), {"added": added}
    if not added:
        return N_("%(who)s took off the tags %(removed)s"), {"removed": removed}
    return N_("%(who)s put on the tags %(added)s and took off %(removed)s"), {"added": added, "removed": removed}


def _edited(say: History, data: Data) -> Said:
    return N_("%(who)s changed %(changes)s"), {"changes": say.changes(data)}


def _checklist(say: History, data: Data) -> Said:
    del say
    values = {
        "item": short(str(data["item"].get("text", ""))),
        "before": short(str(data.get("before", ""))),
        "done": data.get("done", 0),
        "of": data.get("of", 0),
    }
    return {
        "added": N_("%(who)s put “%(item)s” on the checklist"),
        "renamed": N_("%(who)s changed “%(before)s” to “%(item)s” on the checklist"),
        "ticked": N_("%(who)s ticked “%(item)s” on the checklist (%(done)s of %(of)s)"),
        "unticked": N_("%(who)s took the tick from “%(item)s” on the checklist (%(done)s of %(of)s)"),
        "moved": N_("%(who)s put “%(item)s” at another place on the checklist"),
        "removed": N_("%(who)s took “%(item)s” off the checklist"),
    }[str(data.get("what"))], values


def _files(say: History, data: Data) -> Said:
    del say
    added, removed = (", ".join(str(file["name"]) for file in data.get(key) or ()) for key in ("added", "removed"))
    if removed:
        return N_("%(who)s took off %(files)s"), {"files": removed}
    return N_("%(who)s attached %(files)s"), {"files": added or "—"}


def _time(say: History, data: Data) -> Said:
    values = {
        "day": say.day(str(data.get("day"))),
        "minutes": say.minutes(data.get("minutes")),
        "before": say.minutes(data.get("before")),
        "total": say.minutes(data.get("spent_minutes")),
    }
    if data.get("before"):
        return N_("%(who)s corrected the time on %(day)s from %(before)s to %(minutes)s (%(total)s in all)"), values
    return N_("%(who)s worked %(minutes)s on it on %(day)s (%(total)s in all)"), values


def _commented(say: History, data: Data) -> Said:
    if data.get("mentions"):
        return N_("%(who)s commented, mentioning %(people)s"), {"people": say.names(data["mentions"])}
    return N_("%(who)s commented"), {}


def _dependency(waits: str, is_waited_for: str) -> Callable[[History, Data], Said]:
    def say_it(say: History, data: Data) -> Said:
        del say
        own = data["blocked"]["id"] == data["task"]["id"]
        other = _tasks([data["blocker"] if own else data["blocked"]])
        return (waits if own else is_waited_for), {"other": other}

    return say_it


def _unblocked(say: History, data: Data) -> Said:
    del say
    return N_("The task waits for nothing any more: %(other)s was the last"), {"other": _tasks([data["blocker"]])}


def _renamed(say: History, data: Data) -> Said:
    del say
    return N_("The phase “%(before)s” is called “%(phase)s” now"), {"before": data.get("before"), "phase": _phase(data)}


def _rule_fired(say: History, data: Data) -> Said:
    del say
    return N_("The rule “%(rule)s” was applied"), {"rule": short(str(data.get("rule_name") or "—"))}


def _approval_answered(say: History, data: Data) -> Said:
    values = {
        "author": say.name(data.get("author")),
        "ticket": data.get("ticket_number"),
        "comment": short(str(data.get("comment") or "—")),
    }
    return {
        "approved": N_("%(author)s approved it, for ticket #%(ticket)s"),
        "changes": N_("%(author)s asked for changes, for ticket #%(ticket)s: %(comment)s"),
    }.get(str(data.get("verdict")), N_("No approval is needed any more for ticket #%(ticket)s")), values


def _outside(say: History, data: Data) -> Said:
    del say
    return N_("The task is %(label)s in %(tracker)s"), {"label": data.get("label"), "tracker": data.get("tracker")}


def _refused(say: History, data: Data) -> Said:
    del say
    reasons = {"task_cancelled": N_("Ticket #%(ticket)s could not be linked: the task is cancelled")}
    otherwise = N_("Ticket #%(ticket)s could not be linked: the task serves too many already")
    return reasons.get(str(data.get("reason")), otherwise), {"ticket": data.get("ticket_number")}


SENTENCES: dict[str, Callable[[History, Data], Said]] = {
    "task.created.v1": _created,
    "task.phase_entered.v1": _phase_entered,
    "task.phase_renamed.v1": _renamed,
    "task.completed.v1": _completed,
    "task.cancelled.v1": _cancelled,
    "task.reopened.v1": _plainly(N_("%(who)s took the task up again")),
    "task.assigned.v1": _assigned,
    "task.tagged.v1": _tagged,
    "task.edited.v1": _edited,
    "task.checklist_changed.v1": _checklist,
    "task.files_changed.v1": _files,
    "task.time_logged.v1": _time,
    "task.commented.v1": _commented,
    "task.dependency_added.v1": _dependency(
        N_("%(who)s let the task wait for %(other)s"), N_("%(who)s let %(other)s wait for this task")
    ),
    "task.dependency_removed.v1": _dependency(
        N_("%(who)s let the task wait for %(other)s no more"), N_("%(who)s let %(other)s wait for this task no more")
    ),
    "task.unblocked.v1": _unblocked,
    "task.ticket_followed.v1": _ticket(N_("Ticket #%(ticket)s was cancelled: somebody has to decide about the task")),
    "task.ticket_moved.v1": _ticket(N_("The task serves ticket #%(ticket)s now")),
    "task.ticket_linked.v1": _ticket(N_("%(who)s linked ticket #%(ticket)s to the task")),
    "task.ticket_unlinked.v1": _ticket(N_("%(who)s took ticket #%(ticket)s off the task")),
    "task.ticket_reopened.v1": _ticket(N_("Ticket #%(ticket)s is in service again")),
    "task.link_refused.v1": _refused,
    "task.rule_fired.v1": _rule_fired,
    "task.approval_answered.v1": _approval_answered,
    "task.outside_linked.v1": _outside,
    "task.ticket_named.v1": _ticket(N_("What stands in the tracker names ticket #%(ticket)s")),
}
"""The sentence of each fact about a task."""
