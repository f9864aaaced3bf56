"""The history as a person reads it: every fact of a ticket as one sentence, with what was there before (W10, W15)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from balcao.shared.catalogues import N_
from balcao.shared.language import Language
from balcao.tickets.domain import history_tasks
from balcao.tickets.domain.history_words import CHANNELS, FIELDS, KINDS, METHODS, STAGES, STATUSES, UNDONE, WAITS
from balcao.tickets.domain.policies import Policies, band_of

Data = Mapping[str, Any]
_MOST_WORDS = 200


class History:
    """Speaks to one reader. To a guest the team is one: nobody of it is named but whoever wrote to them (P5)."""

    def __init__(self, language: Language, *, policies: Policies | None = None, for_team: bool = True) -> None:
        self._language = language
        self._ = language.gettext
        self._policies = policies or Policies()
        self.for_team = for_team

    def sentence(self, entry: Mapping[str, Any]) -> str:
        """One entry of the timeline, in one sentence. Raises `KeyError` for a fact without words: every fact of a
        ticket has some (a test walks through all of them)."""
        template, values = SENTENCES[entry["type"]](self, entry["data"])
        return self._(template) % {"who": self._who(entry), **values}

    def _who(self, entry: Mapping[str, Any]) -> str:
        author = entry["data"].get("author") or entry["data"].get("sender")
        if author:
            return self.name(author)
        if not self.for_team:
            return self._("The team") if entry.get("actor") else "Balcão"
        return self.name(entry["actor"]) if entry.get("actor") else "Balcão"

    def name(self, party: Data | None) -> str:
        """A person by name, else for the team by address; a dash for nobody."""
        if not party:
            return "—"
        known = party.get("name") or (party.get("address") if self.for_team else None)
        return str(known or self._("Somebody"))

    def names(self, parties: Any) -> str:
        """Several people."""
        return ", ".join(self.name(party) for party in parties or ()) or "—"

    def words(self, of: Mapping[str, str], value: Any) -> str:
        """What a value is called; itself where it has no name."""
        return self._(of[str(value)]) if str(value) in of else str(value)

    def stage(self, value: Any) -> str:
        """A stage as the company calls it."""
        own = self._policies.stage_words.get(self._language.locale, {}).get(value)  # type: ignore[call-overload]
        return str(own or self.words(STAGES, value))

    def status(self, value: Any) -> str:
        """A situation as the company calls it."""
        own = self._policies.status_words.get(self._language.locale, {}).get(value)  # type: ignore[call-overload]
        return str(own or self.words(STATUSES, value))

    def moment(self, at: Any) -> str:
        """An instant; a dash for none."""
        when = datetime.fromisoformat(at) if isinstance(at, str) else at
        return self._language.moment(when) if when is not None else "—"

    def day(self, at: Any) -> str:
        """An instant's day; a dash for none."""
        when = datetime.fromisoformat(at) if isinstance(at, str) else at
        return self._language.day(when) if when is not None else "—"

    def changes(self, data: Data) -> str:
        """Fields with what they were before and are now."""
        names = data.get("names") or {}
        parts = []
        for field, (before, after) in (data.get("changes") or {}).items():
            called = names.get(field) or (None, None)
            was, becomes = self._value(field, before, called[0]), self._value(field, after, called[1])
            parts.append(
                self._("%(field)s from “%(before)s” to “%(after)s”")
                % {"field": self.words(FIELDS, field), "before": was, "after": becomes}
            )
        return "; ".join(parts) or "—"

    def _value(self, field: str, value: Any, called: str | None) -> str:
        if value is None or value == "":
            return self._("none")
        if field == "priority":
            label = self._policies.words_of(band_of(int(value)), self._language.locale).label
            return f"{value} ({label})"
        if field == "kind":
            return self.words(KINDS, value)
        return called or _short(str(value))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}…"


def _ticket(linked: Data) -> str:
    title = linked.get("title")
    return f"#{linked['number']}" + (f" “{title}”" if title else "")


Said = tuple[str, dict[str, Any]]
Say = Callable[[History, Data], Said]


def _opened(say: History, data: Data) -> Said:
    return N_("%(who)s opened the ticket %(way)s"), {"way": say.words(CHANNELS, data.get("channel"))}


def _requester_replied(say: History, data: Data) -> Said:
    way = say.words(CHANNELS, data.get("channel"))
    if data.get("reopened"):
        return N_("%(who)s replied %(way)s: the ticket is back in service"), {"way": way}
    return N_("%(who)s replied %(way)s"), {"way": way}


def _replied(say: History, data: Data) -> Said:
    if not say.for_team:
        return N_("%(who)s answered"), {}  # who else gets copies is the team's business
    return N_("%(who)s answered to %(to)s"), {"to": say.names(data.get("recipients"))}


def _reply_held(say: History, data: Data) -> Said:
    return N_("%(who)s wrote an answer that goes out on %(at)s"), {"at": say.moment(data.get("goes_out_at"))}


def _reply_returned(say: History, data: Data) -> Said:
    del say
    reasons = {
        "cancelled": N_("The answer of %(who)s was given back: the ticket had been cancelled"),
        "incomplete": N_("The answer of %(who)s was given back: the draft was not complete"),
    }
    return reasons.get(str(data.get("reason")), N_("The answer of %(who)s was given back: the ticket had ended")), {}


def _noted(say: History, data: Data) -> Said:
    del say, data
    return N_("%(who)s wrote a private note"), {}


def _entry_tagged(say: History, data: Data) -> Said:
    del say
    return N_("%(who)s changed the tags of entry %(entry)s"), {"entry": data.get("entry")}


def _bounced(say: History, data: Data) -> Said:
    del say
    to, reason = data.get("recipient") or "—", _short(str(data.get("reason") or "—"))
    if data.get("permanent", True):
        return N_("A mail to %(to)s did not arrive: %(reason)s"), {"to": to, "reason": reason}
    return N_("A mail to %(to)s is delayed: %(reason)s"), {"to": to, "reason": reason}


def _loop_broken(say: History, data: Data) -> Said:
    del say
    return N_("Automatic mails to %(to)s stopped: a machine seems to answer each (%(mails)s in %(minutes)s minutes)"), {
        "to": data.get("recipient") or "—",
        "mails": data.get("mails"),
        "minutes": int(data.get("within_s") or 0) // 60,
    }


def _auto_reply(say: History, data: Data) -> Said:
    return N_("An automatic answer came from %(sender)s"), {"sender": say.name(data.get("sender"))}


def _action_plan(say: History, data: Data) -> Said:
    del say
    if data.get("before"):
        return N_("%(who)s changed what has to be done"), {}
    return N_("%(who)s wrote what has to be done"), {}


def _stage_assigned(say: History, data: Data) -> Said:
    values = {
        "stage": say.stage(data.get("stage")),
        "assignee": say.name(data.get("assignee")),
        "before": say.name(data.get("before")),
    }
    if not data.get("assignee"):
        return N_("Nobody acts in %(stage)s any more; it was %(before)s"), values
    if not data.get("before"):
        return N_("%(assignee)s acts in %(stage)s now"), values
    return N_("%(assignee)s acts in %(stage)s now, instead of %(before)s"), values


def _analyst_assigned(say: History, data: Data) -> Said:
    analyst, before = (data.get("ticket") or {}).get("analyst"), data.get("before")
    values = {
        "analyst": say.name(analyst),
        "before": say.name(before),
        "remark": _short(str(data.get("remark") or "—")),
    }
    if data.get("rejected"):
        return N_("%(before)s can't do it, and the ticket is to do again: %(remark)s"), values
    if data.get("returned"):
        return N_("%(who)s gave the ticket back; %(before)s was its analyst"), values
    if data.get("taken"):
        return N_("%(who)s took the ticket"), values
    if not before:
        return N_("%(analyst)s is the analyst now"), values
    return N_("%(analyst)s is the analyst now, instead of %(before)s"), values


def _edited(say: History, data: Data) -> Said:
    return N_("%(who)s changed %(changes)s"), {"changes": say.changes(data)}


def _draft_edited(say: History, data: Data) -> Said:
    return N_("%(who)s changed the draft: %(changes)s"), {"changes": say.changes(data)}


def _drafted(say: History, data: Data) -> Said:
    del say
    if data.get("again"):
        return N_("%(who)s took the draft up again"), {}
    return N_("%(who)s began a draft"), {}


def _promised(say: History, data: Data) -> Said:
    values = {"day": say.day(data.get("promised_for")), "before": say.day(data.get("before"))}
    if not data.get("promised_for"):
        return N_("%(who)s took the promised date back; it was %(before)s"), values
    if not data.get("before"):
        return N_("%(who)s promised it for %(day)s"), values
    return N_("%(who)s moved the promised date from %(before)s to %(day)s"), values


def _due_set(say: History, data: Data) -> Said:
    values = {"due": say.moment(data.get("due")), "before": say.moment(data.get("before"))}
    return N_("%(who)s moved the due date from %(before)s to %(due)s"), values


def _requester_changed(say: History, data: Data) -> Said:
    requester = (data.get("ticket") or {}).get("requester")
    values = {"requester": say.name(requester), "before": say.name(data.get("before"))}
    return N_("The requester is %(requester)s now, instead of %(before)s"), values


def _tagged(say: History, data: Data) -> Said:
    del say
    added, removed = (", ".join(str(tag.get("name") or tag["id"]) for tag in data.get(key) or ()) for key in _MOVES)
    if not removed:
        return N_("%(who)s put on the tags %(added)s"), {"added": added}
    if not added:
        return N_("%(who)s took off the tags %(removed)s"), {"removed": removed}
    return N_("%(who)s put on the tags %(added)s and took off %(removed)s"), {"added": added, "removed": removed}


_MOVES = ("added", "removed")


def _watchers_changed(say: History, data: Data) -> Said:
    added, removed = say.names(data.get("added")), say.names(data.get("removed"))
    if not data.get("removed"):
        return N_("%(added)s get copies now"), {"added": added}
    if not data.get("added"):
        return N_("%(removed)s get no copies any more"), {"removed": removed}
    return N_("%(added)s get copies now, %(removed)s no more"), {"added": added, "removed": removed}


def _merged(say: History, data: Data) -> Said:
    del say
    return N_("%(who)s merged the ticket into %(into)s, where it goes on"), {"into": _ticket(data["into"])}


def _absorbed(say: History, data: Data) -> Said:
    values = {
        "merged": ", ".join(_ticket(one) for one in data.get("merged") or ()),
        "people": say.names(data.get("watchers_added")),
    }
    if not data.get("watchers_added"):
        return N_("%(who)s merged %(merged)s into this ticket"), values
    return N_("%(who)s merged %(merged)s into this ticket; %(people)s get copies now"), values


def _split(say: History, data: Data) -> Said:
    del say
    return N_("%(who)s split %(into)s off this ticket"), {"into": _ticket(data["into"])}


def _split_off(say: History, data: Data) -> Said:
    del say
    return N_("%(who)s split this ticket off %(origin)s"), {"origin": _ticket(data["origin"])}


def _moved_away(say: History, data: Data) -> Said:
    values = {"entry": data.get("entry"), "author": say.name(data.get("written_by")), "into": _ticket(data["into"])}
    if data.get("back"):
        return N_("%(who)s moved the message of %(author)s (entry %(entry)s) back to %(into)s"), values
    return N_("%(who)s moved the message of %(author)s (entry %(entry)s) to %(into)s"), values


def _moved_here(say: History, data: Data) -> Said:
    values = {"author": say.name(data.get("written_by")), "origin": _ticket(data["origin"])}
    return N_("%(who)s moved a message of %(author)s here, which had come to %(origin)s"), values


def _brought_back(say: History, data: Data) -> Said:
    values = {"entry": data.get("entry"), "author": say.name(data.get("written_by")), "origin": _ticket(data["origin"])}
    return N_("%(who)s brought the message of %(author)s (entry %(entry)s) back from %(origin)s"), values


def _bulk_edited(say: History, data: Data) -> Said:
    fields = dict.fromkeys(say.words(FIELDS, field) for field in data.get("fields") or ())
    return N_("%(who)s changed many tickets alike: %(fields)s"), {"fields": ", ".join(fields)}


def _step_undone(say: History, data: Data) -> Said:
    entries = ", ".join(str(n) for n in data.get("entries") or ())
    return N_("%(who)s undid %(what)s (entries %(entries)s)"), {
        "what": say.words(UNDONE, data.get("what")),
        "entries": entries,
    }


def _wait_started(say: History, data: Data) -> Said:
    values = {"reason": say.words(WAITS, data.get("reason")), "until": say.moment(data.get("until"))}
    if not data.get("until"):
        return N_("%(who)s let the ticket wait for %(reason)s"), values
    if data.get("close_if_no_answer"):
        return N_("%(who)s let the ticket wait for %(reason)s, to be concluded if none comes until %(until)s"), values
    return N_("%(who)s let the ticket wait for %(reason)s, until %(until)s"), values


def _reopened(say: History, data: Data) -> Said:
    values = {"before": say.status(data.get("before"))}
    reasons = {
        "reply": N_("An answer came: the ticket is back in service (it was: %(before)s)"),
        "wait_over": N_("The wait is over: the ticket is back in service"),
    }
    return reasons.get(str(data.get("reason")), N_("%(who)s reopened the ticket (it was: %(before)s)")), values


def _resolved(say: History, data: Data) -> Said:
    if data.get("by") == "requester":
        return _ended(N_("%(who)s ended it as solved"), N_("%(who)s ended it as solved: %(words)s"), data)
    values = {"method": say.words(METHODS, data.get("method")), "until": say.day(data.get("reply_until"))}
    if data.get("reply_until"):
        return N_("%(who)s resolved the ticket: %(method)s; an answer until %(until)s reopens it"), values
    return N_("%(who)s resolved the ticket: %(method)s"), values


def _closed(say: History, data: Data) -> Said:
    del say
    reasons = {
        "window_over": N_("The time to answer is over: the ticket is closed"),
        "spam": N_("%(who)s closed the ticket as spam"),
    }
    return reasons.get(str(data.get("reason")), N_("%(who)s closed the ticket: its sender is unknown")), {}


def _cancelled(say: History, data: Data) -> Said:
    del say
    if data.get("by") == "requester":
        plain = N_("%(who)s does not need it any more: the ticket is cancelled")
        return _ended(plain, N_("%(who)s does not need it any more, the ticket is cancelled: %(words)s"), data)
    return N_("%(who)s cancelled the ticket"), {}


def _ended(plain: str, with_words: str, data: Data) -> Said:
    """The requester's own end of it, with what they said (P4)."""
    words = str(data.get("text") or "")
    return (with_words, {"words": words}) if words else (plain, {})


def _reminded(say: History, data: Data) -> Said:
    values = {"day": say.day(data.get("promised_for"))}
    if data.get("what") == "near":
        return N_("Reminder: it is promised for %(day)s"), values
    return N_("Reminder: the promised date has come, %(day)s"), values


def _plainly(template: str) -> Say:
    """A sentence that needs nothing of the fact."""
    return lambda _, __: (template, {})


SENTENCES: dict[str, Say] = {
    **history_tasks.SENTENCES,
    "ticket.opened.v1": _opened,
    "ticket.requester_replied.v1": _requester_replied,
    "ticket.replied.v1": _replied,
    "ticket.reply_held.v1": _reply_held,
    "ticket.reply_undone.v1": _plainly(N_("%(who)s took the answer back before it went out")),
    "ticket.reply_returned.v1": _reply_returned,
    "ticket.noted.v1": _noted,
    "ticket.entry_tagged.v1": _entry_tagged,
    "ticket.auto_reply_attached.v1": _auto_reply,
    "ticket.mail_bounced.v1": _bounced,
    "ticket.mail_loop_broken.v1": _loop_broken,
    "ticket.action_plan_written.v1": _action_plan,
    "ticket.stage_assigned.v1": _stage_assigned,
    "ticket.analyst_assigned.v1": _analyst_assigned,
    "ticket.edited.v1": _edited,
    "ticket.promised.v1": _promised,
    "ticket.due_set.v1": _due_set,
    "ticket.requester_changed.v1": _requester_changed,
    "ticket.tagged.v1": _tagged,
    "ticket.watchers_changed.v1": _watchers_changed,
    "ticket.merged.v1": _merged,
    "ticket.absorbed.v1": _absorbed,
    "ticket.split.v1": _split,
    "ticket.split_off.v1": _split_off,
    "ticket.message_moved_away.v1": _moved_away,
    "ticket.message_moved_here.v1": _moved_here,
    "ticket.message_brought_back.v1": _brought_back,
    "ticket.bulk_edited.v1": _bulk_edited,
    "ticket.step_undone.v1": _step_undone,
    "ticket.wait_started.v1": _wait_started,
    "ticket.reopened.v1": _reopened,
    "ticket.resolved.v1": _resolved,
    "ticket.closed.v1": _closed,
    "ticket.cancelled.v1": _cancelled,
    "ticket.drafted.v1": _drafted,
    "ticket.draft_edited.v1": _draft_edited,
    "ticket.draft_discarded.v1": _plainly(N_("%(who)s discarded the draft")),
    "ticket.reminded.v1": _reminded,
}
"""The sentence of each fact about a ticket."""
