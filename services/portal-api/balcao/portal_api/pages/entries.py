"""A ticket's timeline as a person reads it: messages, answers, private notes, and what happened in between."""

from collections.abc import Callable, Mapping
from typing import Any

from balcao.portal_api.language import Language
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.entry import Entry, Event, Json, Message
from balcao.portal_api.pages.moments import Moments

__all__ = ["Entry", "Event", "Message", "Timeline"]

_MOST_EXCERPT = 160
_WORDS = ("ticket.requester_replied.v1", "ticket.replied.v1", "ticket.noted.v1")
_SMALL_PRINT = tuple(f"ticket.{name}.v1" for name in ("stage_assigned", "edited", "task_requested", "reply_held"))
_UNDOABLE = frozenset(f"ticket.{name}.v1" for name in ("merged", "absorbed", "split", "split_off", "bulk_edited"))


_SAID_WHOLE = frozenset(
    f"ticket.{name}.v1"
    for name in (
        "edited",
        "tagged",
        "due_set",
        "watchers_changed",
        "requester_changed",
        "bulk_edited",
        "merged",
        "absorbed",
        "split",
        "split_off",
        "step_undone",
        "message_moved_away",
        "message_moved_here",
        "message_brought_back",
    )
)
"""What `tickets` says better than a page could, naming what was there before; the page's own words stand in for it."""


class Timeline:
    """Turns a ticket's entries into what a page shows, in one language."""

    def __init__(self, language: Language, moments: Moments) -> None:
        self._ = language.gettext
        self._moments = moments
        self._sentences: dict[str, tuple[str, Callable[[Json, Json | None], str]]] = {
            "ticket.opened.v1": ("inbox", self._opened),
            "ticket.stage_entered.v1": ("stage", self._stage_entered),
            "ticket.stage_assigned.v1": ("user", self._stage_assigned),
            "ticket.analyst_assigned.v1": ("user", self._analyst_assigned),
            "ticket.action_plan_written.v1": ("plan", lambda *_: self._("wrote what has to be done")),
            "ticket.edited.v1": ("pencil", self._edited),
            "ticket.promised.v1": ("calendar", self._promised),
            "ticket.task_requested.v1": ("tasks", self._task_requested),
            "ticket.task_followed.v1": ("tasks", self._task_followed),
            "ticket.wait_started.v1": ("pause", self._wait_started),
            "ticket.reopened.v1": ("back", self._reopened),
            "ticket.resolved.v1": ("check", self._resolved),
            "ticket.closed.v1": ("lock", lambda *_: self._("closed the ticket for good")),
            "ticket.cancelled.v1": ("x", lambda *_: self._("cancelled the ticket")),
            "ticket.mail_bounced.v1": ("alert", self._bounced),
            "ticket.mail_loop_broken.v1": ("alert", self._loop_broken),
            "ticket.drafted.v1": ("pencil", lambda *_: self._("began a draft")),
            "ticket.draft_edited.v1": ("pencil", lambda *_: self._("edited the draft")),
            "ticket.draft_discarded.v1": ("x", lambda *_: self._("discarded the draft")),
            "ticket.reminded.v1": ("calendar", self._reminded),
            "ticket.merged.v1": ("tasks", lambda *_: self._("merged the ticket into another one")),
            "ticket.absorbed.v1": ("tasks", lambda *_: self._("merged other tickets into this one")),
            "ticket.split.v1": ("tasks", lambda *_: self._("split a part off into a ticket of its own")),
            "ticket.split_off.v1": ("tasks", lambda *_: self._("split this off from another ticket")),
            "ticket.step_undone.v1": ("back", lambda *_: self._("undid an earlier step")),
            "ticket.message_moved_away.v1": ("tasks", lambda *_: self._("moved a message to another ticket")),
            "ticket.message_moved_here.v1": ("inbox", lambda *_: self._("moved a message here from another ticket")),
            "ticket.message_brought_back.v1": ("back", lambda *_: self._("brought a message back from another ticket")),
            "ticket.bulk_edited.v1": ("pencil", lambda *_: self._("edited several tickets at once")),
            "ticket.due_set.v1": ("calendar", lambda *_: self._("changed the due date")),
            "ticket.entry_tagged.v1": ("pencil", lambda *_: self._("changed the tags of an entry")),
            "ticket.tagged.v1": ("pencil", lambda *_: self._("changed the tags")),
            "ticket.watchers_changed.v1": ("user", lambda *_: self._("changed who gets copies")),
            "ticket.requester_changed.v1": ("user", lambda *_: self._("changed the requester")),
            "ticket.requester_replied.v1": ("mail", lambda *_: self._("wrote again")),
            "ticket.replied.v1": ("send", lambda *_: self._("answered the requester")),
            "ticket.noted.v1": ("lock", lambda *_: self._("wrote a private note")),
            "ticket.reply_held.v1": ("chat", lambda *_: self._("wrote an answer that goes out soon")),
            "ticket.reply_returned.v1": (
                "alert",
                lambda *_: self._("An answer did not go out and was given back to its author"),
            ),
            "ticket.reply_undone.v1": ("back", lambda *_: self._("took an answer back before it went out")),
        }

    def entries(self, ticket: Json) -> list[Entry]:
        """All entries, oldest first; the ticket's first words are its first message."""
        return [self._entry(ticket, one) for one in ticket.get("timeline") or ()]

    def conversation(self, ticket: Json) -> list[Entry]:
        """The entries without the small print: what one needs to go on working."""
        timeline = list(ticket.get("timeline") or ())
        # A task's move and the ticket's that it led to happened at the same moment: one line says both.
        moved_by_task = {one.get("at") for one in timeline if _is_automatic(one)}
        kept = (one for one in timeline if not _is_small_print(one, moved_by_task))
        return [self._entry(ticket, one) for one in kept]

    def history(self, ticket: Json) -> list[Entry]:
        """Everything that happened, the latest first, each in one sentence; words by their beginning (W10)."""
        timeline = list(ticket.get("timeline") or ())
        undone = {
            n for one in timeline if one["type"] == "ticket.step_undone.v1" for n in one["data"].get("entries") or ()
        }
        return [self._in_the_history(one, undone) for one in reversed(timeline)]

    def in_a_line(self, entry: Json) -> str:
        """An entry in one sentence, with who did it."""
        if said := str(entry.get("sentence") or ""):
            return said
        event = self._event(entry)
        return f"{event.actor} {event.words}".strip()

    def _entry(self, ticket: Json, entry: Json) -> Entry:
        kind = str(entry.get("type"))
        data: Json = entry.get("data") or {}
        if kind == "ticket.opened.v1" and (ticket.get("requested") or data.get("excerpt")):
            return self._first_words(ticket, entry, data)
        if kind in _WORDS:
            return self._words(kind, entry, data, ticket)
        if kind == "ticket.auto_reply_attached.v1":
            return self._machine_words(entry, data)
        return self._event(entry)

    def _event(self, entry: Json) -> Event:
        kind = str(entry.get("type"))
        data: Json = entry.get("data") or {}
        icon, sentence = self._sentences.get(kind, ("dot", lambda *_: self._("changed the ticket")))
        said = str(entry.get("sentence") or "")
        if said and (kind not in self._sentences or kind in _SAID_WHOLE):
            return Event(int(entry["n"]), icon, said, entry.get("at"), "", kind=kind)
        actor = "" if _is_automatic(entry) else (entry.get("actor") or {}).get("name") or "Balcão"
        detail = str(data.get("text") or "") if kind == "ticket.action_plan_written.v1" else ""
        words = sentence(data, entry.get("actor"))
        return Event(int(entry["n"]), icon, words, entry.get("at"), actor, detail, kind=kind)

    def _in_the_history(self, entry: Json, undone: set[int]) -> Event:
        kind, n = str(entry["type"]), int(entry["n"])
        data: Json = entry.get("data") or {}
        event = self._event(entry)
        said = str(entry.get("sentence") or "")
        icon = {"ticket.noted.v1": "lock", "ticket.replied.v1": "send", "ticket.requester_replied.v1": "mail"}
        text = " ".join(str(data.get("text") or data.get("excerpt") or "").split())
        return Event(
            n,
            icon.get(kind, event.icon),
            said or event.words,
            entry.get("at"),
            "" if said else event.actor,
            text if len(text) <= _MOST_EXCERPT else f"{text[:_MOST_EXCERPT]}…",
            kind=kind,
            may_undo=kind in _UNDOABLE and n not in undone,
            undone=n in undone,
            is_public=entry.get("public") is True,
        )

    def _first_words(self, ticket: Json, entry: Json, data: Json) -> Message:
        by = ticket.get("requester") or entry.get("actor") or {}
        text, quoted = _split(
            str(ticket.get("requested") or data.get("excerpt") or ""), ticket.get("requested_quote_at")
        )
        channel = str(data.get("channel") or ticket.get("channel") or "")
        return Message(
            n=int(entry["n"]),
            look="in",
            author=str(by.get("name") or ""),
            author_id=by.get("person_id"),
            way=self._(labels.CHANNELS[channel]) if channel in labels.CHANNELS else "",
            at=entry.get("at"),
            text=text,
            quoted=quoted,
            files=list(ticket.get("requested_files") or ticket.get("files") or ()),
            html=str(ticket.get("requested_html") or ""),
            mail_id=data.get("message_id") if channel == "mail" else None,
            tags=list(entry.get("tags") or ()),
        )

    def _words(self, kind: str, entry: Json, data: Json, ticket: Json) -> Message:
        by = data.get("author") or entry.get("actor") or {}
        look = {"ticket.requester_replied.v1": "in", "ticket.replied.v1": "out"}.get(kind, "note")
        channel = str(data.get("channel") or "")
        by_mail = channel == "mail" or look == "note"  # what else has a `message_id` was written on the portal
        only_inside = self._("Private note, only the team sees it")
        way = {
            "in": self._(labels.CHANNELS[channel]) if channel in labels.CHANNELS else "",
            "out": self._("reply to requester"),
            "note": self._("Private note by e-mail, only the team sees it") if data.get("message_id") else only_inside,
        }[look]
        text, quoted = _split(str(data.get("text") or ""), data.get("quote_at"))
        return Message(
            n=int(entry["n"]),
            look=look,
            author=str(by.get("name") or ""),
            author_id=by.get("person_id"),
            way=way,
            at=entry.get("at"),
            text=text,
            quoted=quoted,
            files=list(data.get("files") or ()),
            recipients=[str(one.get("name") or one.get("address") or "") for one in data.get("recipients") or ()],
            html=str(data.get("html") or ""),
            mail_id=data.get("message_id") if by_mail else None,
            tags=list(entry.get("tags") or ()),
            moved_to=entry.get("moved_to"),
            resolves=ticket.get("resolution_entry") == entry.get("n"),
            may_move=look == "in" and not entry.get("moved_to"),
        )

    def _machine_words(self, entry: Json, data: Json) -> Message:
        by = data.get("sender") or {}
        return Message(
            n=int(entry["n"]),
            look="in",
            author=str(by.get("name") or by.get("address") or ""),
            author_id=by.get("person_id"),
            way=self._("automatic answer of a machine"),
            at=entry.get("at"),
            text=str(data.get("text") or ""),
        )

    def _opened(self, data: Json, _: Json | None = None) -> str:
        channel = str(data.get("channel") or "")
        way = self._(labels.CHANNELS[channel]) if channel in labels.CHANNELS else ""
        opened = self._("opened the ticket")
        return f"{opened} {way}".strip()

    def _stage(self, data: Json) -> str:
        return self._(labels.STAGES.get(str(data.get("stage")), str(data.get("stage"))))

    def _stage_entered(self, data: Json, _: Json | None = None) -> str:
        words = {
            "production_finished": self._("Production finished %(task)s: the ticket moved to %(stage)s"),
            "task_created": self._("Task %(task)s was created: the ticket moved to %(stage)s"),
            "task_reopened": self._("Task %(task)s was reopened: the ticket moved to %(stage)s"),
            "tasks_cancelled": self._("All tasks were cancelled: the ticket moved to %(stage)s"),
        }.get(str(data.get("reason")), self._("moved the ticket to %(stage)s"))
        return words % {"stage": self._stage(data), "task": _task_name(data.get("task"))}

    def _stage_assigned(self, data: Json, _: Json | None = None) -> str:
        who = _name(data.get("assignee")) or "—"
        return self._("%(who)s now acts in %(stage)s") % {"who": who, "stage": self._stage(data)}

    def _analyst_assigned(self, data: Json, actor: Json | None) -> str:
        if data.get("taken"):
            return self._("took the ticket")
        if data.get("rejected"):
            why = str(data.get("remark") or "").strip()
            words = (
                self._("can’t do it: it is to do again. %(why)s") if why else self._("can’t do it: it is to do again")
            )
            return words % {"why": why}
        if data.get("returned"):
            return self._("gave the ticket back: it is to do again")
        analyst = (data.get("ticket") or {}).get("analyst") or {}
        if analyst.get("person_id") and analyst.get("person_id") == (actor or {}).get("person_id"):
            return self._("took the ticket")
        now = _name(analyst) or "—"
        return self._("%(who)s is the analyst now") % {"who": now}

    def _edited(self, data: Json, _: Json | None = None) -> str:
        named = [self._(labels.FIELDS.get(name, name)) for name in sorted(data.get("changes") or {})]
        return self._("changed %(fields)s") % {"fields": ", ".join(named)}

    def _promised(self, data: Json, _: Json | None = None) -> str:
        if not data.get("promised_for"):
            return self._("took back the promised date")
        return self._("promised it for %(when)s") % {"when": self._moments.stamp(data["promised_for"])}

    def _task_requested(self, data: Json, _: Json | None = None) -> str:
        return self._("asked production for “%(title)s”") % {"title": data.get("title") or "—"}

    def _task_followed(self, data: Json, _: Json | None = None) -> str:
        task = data.get("task") or {}
        words = {
            "created": self._("Task %(task)s was created"),
            "phase_entered": self._("Task %(task)s is in %(phase)s"),
            "completed": self._("Task %(task)s was completed"),
            "cancelled": self._("Task %(task)s was cancelled"),
            "reopened": self._("Task %(task)s was reopened"),
            "assigned": self._("Task %(task)s was given to %(who)s"),
        }.get(str(data.get("what")), self._("Task %(task)s changed"))
        who = _name(task.get("executor")) or "—"
        return words % {"task": _task_name(task), "phase": task.get("phase") or "—", "who": who}

    def _wait_started(self, data: Json, _: Json | None = None) -> str:
        reason = self._(labels.WAIT_REASONS.get(str(data.get("reason")), str(data.get("reason"))))
        if data.get("until"):
            until = self._moments.stamp(data["until"])
            return self._("set the ticket to wait: %(reason)s, until %(until)s") % {"reason": reason, "until": until}
        return self._("set the ticket to wait: %(reason)s") % {"reason": reason}

    def _reminded(self, data: Json, _: Json | None = None) -> str:
        when = self._moments.stamp(data.get("promised_for"))
        if data.get("what") == "near":
            return self._("The promised date is near: %(when)s") % {"when": when}
        return self._("The promised date is reached: %(when)s") % {"when": when}

    def _reopened(self, data: Json, _: Json | None = None) -> str:
        return {
            "reply": self._("An answer came: the ticket is back in service"),
            "wait_over": self._("The wait is over: the ticket is back in service"),
        }.get(str(data.get("reason")), self._("reopened the ticket"))

    def _resolved(self, data: Json, _: Json | None = None) -> str:
        method = self._(labels.METHODS.get(str(data.get("method")), str(data.get("method"))))
        return self._("resolved the ticket: %(method)s") % {"method": method}

    def _loop_broken(self, data: Json, _: Json | None = None) -> str:
        return self._("Automatic mails to %(address)s stopped: a machine seems to answer each") % {
            "address": data.get("recipient") or "—"
        }

    def _bounced(self, data: Json, _: Json | None = None) -> str:
        return self._("Not delivered to %(address)s: %(reason)s") % {
            "address": data.get("recipient") or "—",
            "reason": data.get("reason") or "—",
        }


def _is_automatic(entry: Json) -> bool:
    """Whether production moved the ticket by itself (H3-H5)."""
    reason = (entry.get("data") or {}).get("reason")
    return entry.get("type") == "ticket.stage_entered.v1" and reason not in ("team", "first_touch")


def _is_small_print(entry: Json, moved_by_task: set[Any]) -> bool:
    """What matters only in the history: the outcome stands in the page itself."""
    kind, data = entry.get("type"), entry.get("data") or {}
    if kind == "ticket.stage_entered.v1":
        return data.get("reason") == "first_touch"
    if kind == "ticket.task_followed.v1":
        return entry.get("at") in moved_by_task
    return kind in _SMALL_PRINT


def _split(text: str, quote_at: Any) -> tuple[str, str]:
    """What was written, and what was only quoted below it."""
    if isinstance(quote_at, int) and 0 < quote_at < len(text):
        return text[:quote_at].rstrip(), text[quote_at:].strip()
    return text, ""


def _name(party: Any) -> str:
    return str(party.get("name") or party.get("address") or "") if isinstance(party, Mapping) else ""


def _task_name(task: Any) -> str:
    if not isinstance(task, Mapping):
        return ""
    number = task.get("number")
    return f"T-{number}" if number else f"“{task.get('title') or '—'}”"
