"""Tickets and their history as JSON, for the team and for requesters, who never see a private thing (W7, P5)."""

from dataclasses import asdict
from typing import Any

from balcao.shared.language import Language
from balcao.shared.mongo import Document
from balcao.tickets.domain.approval import Approval
from balcao.tickets.domain.interactions import tags_by_entry
from balcao.tickets.domain.production import is_open
from balcao.tickets.domain.progress import code_of, progress
from balcao.tickets.domain.ticket import Ticket

_SHOWN_TO_REQUESTERS = frozenset(
    "id version number title status stage requester watchers promised_for channel requested requested_html "
    "requested_quote_at requested_files directives resolution resolved_at opened_at updated_at".split()
)
_INTERNAL = ("rank", "active", "message_ids", "last_words", "last_words_by", "company_id", "moved_messages")


def ticket_for_team(ticket: Ticket, timeline: list[Document]) -> Document:
    """All of a ticket."""
    shown = ticket.model_dump(mode="json", exclude=set(_INTERNAL))
    assignee = ticket.assignee()
    shown["assignee"] = assignee.model_dump(mode="json") if assignee else None
    tags = tags_by_entry(timeline)
    shown["timeline"] = [
        {**entry_for_team(entry), "tags": tags.get(entry["n"], []), **_moved(ticket, entry)} for entry in timeline
    ]
    return shown


def ticket_for_requester(ticket: Ticket, public_timeline: list[Document], language: Language) -> Document:
    """What its requester may know: never a plan, a colleague's name in a stage, a priority or a task.

    Fields are named one by one, so that one added later stays inside until somebody lets it out.
    """
    shown = ticket.model_dump(mode="json", include=set(_SHOWN_TO_REQUESTERS))
    shown["updated_at"] = (ticket.told_at or ticket.opened_at).isoformat()
    shown["approvals"] = [approval_asked(one) for one in ticket.approvals if one.state == "asked"]
    shown["deliverables"] = _deliverables(ticket)
    shown["how_far"] = asdict(progress(ticket, language))
    shown["timeline"] = [public_entry(entry, ticket) for entry in public_timeline]
    return shown


def approval_asked(approval: Approval) -> Document:
    """A question to the requester as they see it: nothing of the task behind it."""
    shown: Document = approval.model_dump(
        mode="json", include={"id", "state", "text", "handover", "files", "links", "asked_at", "expires_at", "comment"}
    )
    return shown


def _deliverables(ticket: Ticket) -> list[Document]:
    """What production made for the requester and somebody of the team has sent them, with the entry that did (H4)."""
    return [
        one.model_dump(mode="json", include={"entry", "files", "links"})
        for one in ticket.handed_out
        if one.sent and (one.files or one.links)
    ]


def changes_since(timeline: list[Document], version: int) -> list[Document]:
    """What happened after a version, for somebody of the team who decided on that one."""
    return [entry_for_team(entry) for entry in timeline if entry["data"].get("ticket", {}).get("version", 0) > version]


def row_for_team(document: Document) -> Document:
    """A ticket as a row of the desk's list."""
    tasks = document.get("tasks", ())
    return {
        **_row_for_all(document),
        "progress": document.get("progress"),
        "priority": document["priority"],
        "kind": document["kind"],
        "analyst": document.get("analyst"),
        "assignee": document.get("stage_assignees", {}).get(document["stage"]) or document.get("analyst"),
        "tasks": {"open": sum(_is_open(task) for task in tasks), "total": len(tasks)},
        "highlight": document["highlight"],
        "workspace_id": document.get("workspace_id"),
        "project_id": document.get("project_id"),
        "tags": list(document.get("tags") or ()),
        "due": document.get("due"),
        "wait": document.get("wait"),
    }


def row_for_requester(document: Document) -> Document:
    """A ticket as a row of a requester's own list: how far it is, and when they last heard of it."""
    heard = document.get("told_at") or document["opened_at"]
    return {**_row_for_all(document), "updated_at": heard, "how_far": {"code": code_of(document)}}


def _row_for_all(document: Document) -> Document:
    return {
        "id": document["_id"],
        "number": document["number"],
        "title": document["title"],
        "status": document["status"],
        "stage": document["stage"],
        "requester": document["requester"],
        "promised_for": document.get("promised_for"),
        "opened_at": document["opened_at"],
        "updated_at": document["updated_at"],
        "version": document["version"],
    }


def _is_open(task: Document) -> bool:
    from balcao.shared.events import TaskSnapshot

    return is_open(TaskSnapshot.model_construct(**task))


def entry_for_team(entry: Document) -> Document:
    """An entry with all of its data."""
    return {key: entry[key] for key in ("n", "type", "public", "at", "actor", "data")}


def _moved(ticket: Ticket, entry: Document) -> Document:
    """Where a message went that is another ticket's now."""
    moved = ticket.moved_messages.get(str(entry["n"]))
    return {"moved_to": {"id": moved.id, "number": moved.number}} if moved is not None else {}


_PUBLIC_DATA = frozenset(
    "into text html author quote_at files channel recipients excerpt promised_for method reopened reply_until "
    "directives handover links verdict by".split()
)


def public_entry(entry: Document, ticket: Ticket) -> Document:
    """An entry without the ticket snapshot, the evidence and other inner workings; without its words and files, and
    `moved`, when they are another ticket's now: whoever may see that one reads them there."""
    data: dict[str, Any] = {key: value for key, value in entry["data"].items() if key in _PUBLIC_DATA}
    if str(entry["n"]) in ticket.moved_messages:
        data = {"moved": True, **{key: data[key] for key in ("author", "channel") if key in data}}
    return {"n": entry["n"], "type": entry["type"], "at": entry["at"], "data": data}
