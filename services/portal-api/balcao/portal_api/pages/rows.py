"""Tickets as lines of the desk's list: everything a line shows, decided here, so that drawing it is nothing but text.

A row is compared by its values: one that was drawn before is not drawn again.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from balcao.portal_api.language import Language
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.moments import Moments, Written
from balcao.portal_api.pages.surroundings import BandWords, Surroundings
from balcao.shared.tokens import Acting

_TAGS_SHOWN = 2
_SIGNS = {"reply": "back", "delivery": "check-ring", "undelivered": "alert"}

Json = Mapping[str, Any]


class Flag(NamedTuple):
    """What a row wants to be looked at for."""

    sign: str
    words: str
    is_bad: bool


class TagMark(NamedTuple):
    """A tag as a row shows it."""

    name: str
    colour: str | None


class Row(NamedTuple):
    """One line of the list, in its reader's words."""

    number: int
    version: int
    href: str
    title: str
    left: str
    """Why it is not in the list any more; empty: it is."""
    is_unread: bool
    select: str
    workspace_id: str
    status: str
    open_tasks: int
    priority: int
    band: BandWords
    flag: Flag | None
    asked: str
    """Who asked, for which workspace, and what kind of thing it is, where that says something."""
    tags: tuple[TagMark, ...]
    more_tags: tuple[str, ...]
    stage: str
    state_sign: str
    state: str
    executor: str | None
    executor_is_me: bool
    due: Written | None
    due_state: str
    due_is_ours: bool
    """Whether the date is the team's own and nobody has promised it."""
    updated: Written | None


class Rows:
    """Makes rows for one reader, as of one moment."""

    def __init__(self, words: Language, at: Moments, directory: Surroundings, me: Acting, tickets_root: str) -> None:
        self._words = words
        self._at = at
        self._directory = directory
        self._me = me
        self._root = tickets_root
        self._select = words.gettext("Select #%(number)s")

    def of(self, ticket: Json, left: str = "") -> Row:
        """A ticket, as `tickets` lists it, as a row."""
        number, status, priority = int(ticket["number"]), str(ticket["status"]), int(ticket.get("priority") or 0)
        tasks = ticket.get("tasks") or {}
        state_sign, state = self._state(ticket, tasks)
        executor = ticket.get("assignee") or {}
        promised, is_active = ticket.get("promised_for"), status in ("open", "waiting")
        until = promised or (ticket.get("due") if is_active else None)
        due_state = self._at.due_state(until) if is_active else ""
        tags = self._directory.tagged(ticket.get("tags") or ())
        return Row(
            number=number,
            version=int(ticket["version"]),
            href=f"{self._root}{number}",
            title=str(ticket["title"]),
            left=left,
            is_unread=bool(ticket.get("highlight")) or (status == "open" and ticket.get("progress") == "todo"),
            select=self._select % {"number": number},
            workspace_id=ticket.get("workspace_id") or "",
            status=status,
            open_tasks=int(tasks.get("open") or 0),
            priority=priority,
            band=self._directory.band(priority),
            flag=self._flag(ticket, tasks),
            asked=self._asked(ticket),
            tags=tuple(TagMark(one["name"], one.get("colour")) for one in tags[:_TAGS_SHOWN]),
            more_tags=tuple(one["name"] for one in tags[_TAGS_SHOWN:]),
            stage=str(ticket["stage"]),
            state_sign=state_sign,
            state=state,
            executor=executor.get("name") or executor.get("address") if executor else None,
            executor_is_me=bool(executor) and executor.get("person_id") == self._me.person_id,
            due=self._at.written(until, "due"),
            due_state=due_state,
            due_is_ours=bool(until) and not promised and not due_state,
            updated=self._at.written(ticket.get("updated_at"), "ago"),
        )

    def _asked(self, ticket: Json) -> str:
        requester, kind = ticket.get("requester") or {}, str(ticket.get("kind") or "")
        parts = [
            requester.get("name") or requester.get("address") or "—",
            self._directory.workspace(ticket.get("workspace_id")),
            self._words.gettext(labels.KINDS.get(kind, kind)) if kind and kind != "request" else "",
        ]
        return " · ".join(part for part in parts if part)

    def _flag(self, ticket: Json, tasks: Json) -> Flag | None:
        mark = str(ticket.get("highlight") or "")
        if not mark and ticket["stage"] == "delivery" and ticket["status"] == "open" and tasks.get("total"):
            mark = "delivery"
        if not mark:
            return None
        words = self._words.gettext(labels.HIGHLIGHTS.get(mark, mark))
        return Flag(_SIGNS.get(mark, "clock"), words, mark == "undelivered")

    def _state(self, ticket: Json, tasks: Json) -> tuple[str, str]:
        """What stands below the stage: the exception, if there is one, with its sign."""
        status, words = str(ticket["status"]), self._words
        if status == "waiting":
            until = (ticket.get("wait") or {}).get("until")
            if until:
                return "pause", words.gettext("waiting until %(day)s") % {"day": self._at.due(until)}
            return "pause", words.gettext("waiting")
        if status != "open":
            return "", words.gettext(labels.STATUSES.get(status, status))
        if total := tasks.get("total"):
            done = words.ngettext("%(done)s/%(num)s task", "%(done)s/%(num)s tasks", total)
            return "tasks", done % {"done": total - tasks["open"], "num": total}
        if ticket.get("progress") == "todo":
            return "circle", words.gettext("to do")
        return "", words.gettext("in progress")
