"""Drafts: tickets that the desk begins with almost nothing and submits when they are complete (O12)."""

from datetime import datetime
from typing import Any

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Party, TicketDrafted, TicketDraftEdited, TicketOpened
from balcao.tickets.domain.conditions import DraftIsIncomplete, TicketIsNoDraft
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Draft, Kind, Ticket, rank_of

NOBODY = Party()
MOST_TITLE = 300
MOST_EXCERPT = 2_000
NEEDED = ("title", "description", "kind", "requester")
"""What submitting needs."""


def begin(given: dict[str, Any], by: Party, team: Team, *, ticket_id: str, number: int, at: datetime) -> Change[Ticket]:
    """Begin a draft with what is known already; it has its number from now on, and nobody but the team knows of it."""
    blank = Ticket(
        id=ticket_id,
        company_id=team.company.id,
        number=number,
        title="",
        status="draft",
        progress=None,
        requester=NOBODY,
        analyst=team.analyst(None),
        stage_assignees=team.stage_assignees(None),
        channel="desk",
        rank=rank_of(0, number),
        opened_at=at,
        updated_at=at,
        opening_rule="desk",
        draft=Draft(by=by),
    )
    ticket = blank.model_copy(update=_values(blank, given, team))
    revision = Revision(ticket)
    revision.say(TicketDrafted)
    return revision.done()


def edit(ticket: Ticket, given: dict[str, Any], team: Team) -> Change[Ticket]:
    """Change what a draft says: only the fields that are given. Raises `TicketIsNoDraft`."""
    is_draft(ticket)
    revision = Revision(ticket)
    values = _values(ticket, given, team)
    changes = {
        name: (_word(getattr(ticket, field)), _word(values[field]))
        for name, field in _FIELDS.items()
        if field in values and values[field] != getattr(ticket, field)
    }
    revision.set(**values)
    looks = values.get("requested_html", ticket.requested_html) != ticket.requested_html
    if changes or looks or values.get("draft", ticket.draft) != ticket.draft:
        revision.say(TicketDraftEdited, changes=changes)
    return revision.done()


def submit(ticket: Ticket) -> Change[Ticket]:
    """Hand a draft in: from now on it is a ticket to do, and those concerned hear of it.

    Raises `DraftIsIncomplete`, which lists what is missing, and `TicketIsNoDraft`.
    """
    is_draft(ticket)
    revision = Revision(ticket)
    submit_step(revision)
    return revision.done()


def submit_step(revision: Revision[Ticket]) -> None:
    """`submit` as one step of a change."""
    ticket = revision.now
    missing = missing_of(ticket)
    if missing:
        raise DraftIsIncomplete(
            f"before it is submitted it needs: {', '.join(missing)}", missing=missing, ticket_status=ticket.status
        )
    revision.set(status="open", progress="todo", active=True, draft=None)
    revision.set(last_words=ticket.requested.strip()[:MOST_EXCERPT])
    revision.say(
        TicketOpened,
        channel="desk",
        kind=ticket.kind,
        priority=ticket.priority,
        workspace_id=ticket.workspace_id,
        excerpt=ticket.requested[:MOST_EXCERPT],
    )


def submit_with_words(revision: Revision[Ticket], text: str, title: str | None = None) -> None:
    """A visible answer written on a draft submits it, as a step before the answer: what it lacks of title and
    description is taken from the mail. Does nothing to a ticket that is no draft. Raises as `submit` does."""
    ticket = revision.now
    if ticket.status != "draft":
        return
    if not ticket.requested.strip():
        revision.set(requested=text)
    if not ticket.title:
        revision.set(title=_first_line(title or text))
    submit_step(revision)


def missing_of(ticket: Ticket) -> list[str]:
    """What a draft lacks before it can be submitted."""
    there = {
        "title": bool(ticket.title.strip()),
        "description": bool(ticket.requested.strip()),
        "kind": ticket.draft is None or ticket.draft.kind_chosen or ticket.kind != "request",
        "requester": bool(ticket.requester.person_id or ticket.requester.address),
    }
    return [name for name in NEEDED if not there[name]]


def is_draft(ticket: Ticket) -> None:
    """Let only a draft through."""
    if ticket.status != "draft":
        raise TicketIsNoDraft(f"ticket #{ticket.number} is {ticket.status}", ticket_status=ticket.status)


_FIELDS = {
    "title": "title",
    "description": "requested",
    "files": "requested_files",
    "kind": "kind",
    "priority": "priority",
    "workspace_id": "workspace_id",
    "requester": "requester",
}
"""What a draft's form calls a field, and what the ticket does."""


def _values(ticket: Ticket, given: dict[str, Any], team: Team) -> dict[str, Any]:
    """The ticket's fields that follow from what was given."""
    values: dict[str, Any] = {_FIELDS[name]: value for name, value in given.items() if name in _FIELDS}
    if "html" in given:
        values["requested_html"] = given["html"]
    if "requester" in values and values["requester"] is None:
        values["requester"] = NOBODY
    if "title" in values:
        values["title"] = _first_line(values["title"] or "")
    if values.get("kind") is not None:
        values["draft"] = (ticket.draft or Draft(by=NOBODY)).model_copy(update={"kind_chosen": True})
    elif "kind" in values:
        values["kind"], values["draft"] = (
            _default_kind(),
            (ticket.draft or Draft(by=NOBODY)).model_copy(update={"kind_chosen": False}),
        )
    if "priority" in values:
        values["rank"] = rank_of(values["priority"], ticket.number)
    if "workspace_id" in values:
        workspace = values["workspace_id"] if values["workspace_id"] in team.workspaces else None
        values["workspace_id"] = workspace
        if ticket.analyst == team.analyst(ticket.workspace_id):
            values |= {"analyst": team.analyst(workspace), "stage_assignees": team.stage_assignees(workspace)}
    return values


def _default_kind() -> Kind:
    return "request"


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "")
    return " ".join(line.split())[:MOST_TITLE]


def _word(value: Any) -> str | int | None:
    if isinstance(value, Party):
        return value.name or value.address
    if isinstance(value, tuple):
        return ", ".join(file.name for file in value)
    return value if isinstance(value, int) or value is None else str(value)
