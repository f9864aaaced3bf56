"""How a ticket begins (O1-O8, O13, H2, H7)."""

from dataclasses import dataclass
from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import FileRef, MessageReceived, Party, Stage, Threading, TicketOpened
from balcao.tickets.domain.conditions import UnknownPerson, UnknownWorkspace
from balcao.tickets.domain.conversation import MOST_TEXT, own_words, thread
from balcao.tickets.domain.directives_applied import NO_WISHES, Wishes, beginning, wishes_of
from balcao.tickets.domain.fields import Edit, Known, begin_with
from balcao.tickets.domain.people import Person
from balcao.tickets.domain.status import resolve_step
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Kind, Step, Ticket, rank_of
from balcao.tickets.domain.waiting import begin_wait

MOST_TITLE = 300
MOST_EXCERPT = 2_000
NO_SUBJECT = "(sem assunto)"


@dataclass(frozen=True)
class Request:
    """What somebody at the desk asks for when opening a ticket for a requester (O11)."""

    title: str
    description: str = ""
    kind: Kind = "request"
    priority: int = 0
    workspace_id: str | None = None
    html: str = ""
    """The description as sanitised HTML, where it was written with an editor."""
    files: tuple[FileRef, ...] = ()
    analyst_id: str | None = None
    """None: whom the team table names (H7)."""
    form: Edit | None = None
    """The tags, people in copy and promised date, where any is given."""
    step: Step | None = None
    """The situation it begins in; none: open."""


def open_by_message(
    message: MessageReceived,
    requester: Person,
    team: Team,
    *,
    ticket_id: str,
    number: int,
    at: datetime,
    rule: str,
    related_ticket_id: str | None = None,
) -> Change[Ticket]:
    """A message that joins no ticket opens one in triage, with what it asks for by directives (O7), else the profile's
    workspace (O6) and the defaults (O4, O5). A requester who is new, with version 0, is said to be one (O3)."""
    return begin_by_message(
        message,
        requester,
        team,
        ticket_id=ticket_id,
        number=number,
        at=at,
        rule=rule,
        related_ticket_id=related_ticket_id,
    ).done()


def begin_by_message(
    message: MessageReceived,
    requester: Person,
    team: Team,
    *,
    ticket_id: str,
    number: int,
    at: datetime,
    rule: str,
    related_ticket_id: str | None = None,
) -> Revision[Ticket]:
    """`open_by_message` as the first step of a change that says more."""
    wishes = wishes_of(message.directives, team) if message.directives else NO_WISHES
    title = " ".join(message.subject.split())[:MOST_TITLE] or NO_SUBJECT
    ticket = _blank(
        title,
        requester.party(),
        team,
        ticket_id=ticket_id,
        number=number,
        workspace_id=wishes.workspace_id or requester.default_workspace_id,
        at=at,
    )
    ticket = ticket.model_copy(
        update={
            "channel": message.channel,
            "kind": message.kind or "request",
            "requested": message.text[:MOST_TEXT],
            "requested_quote_at": message.quote_at,
            "requested_files": message.files,
            "watchers": _watchers(message, requester, team),
            "message_ids": (message.internet_message_id,) if message.internet_message_id else (),
            "threading": thread(Threading(), message),
            "last_words": own_words(message),
            "last_words_by": requester.party(),
            "opening_rule": rule,
            "related_ticket_id": related_ticket_id,
        }
    )
    return _saying_opened(
        beginning(ticket, wishes),
        message.text,
        message.message_id,
        newcomer=requester.version == 0 and message.channel == "mail",
        wants_no_automatic_answer=message.wants_no_automatic_answer,
    )


def open_at_desk(
    request: Request,
    requester: Party,
    team: Team,
    *,
    ticket_id: str,
    number: int,
    at: datetime,
    known: Known | None = None,
) -> Change[Ticket]:
    """The team opens a ticket for somebody, with all that its form says (O11). That is no edit of it: it stays in
    triage, and to do where it is open. `known` is what the directory knows of whatever its tags and people name.

    Raises a condition for a workspace, person or tag that is not known, and what `fields.edit` and `status` raise.
    """
    if request.workspace_id is not None and team.workspace(request.workspace_id) is None:
        raise UnknownWorkspace("there is no such workspace", workspace_id=request.workspace_id)
    analyst = team.member(request.analyst_id)
    if request.analyst_id is not None and analyst is None:
        raise UnknownPerson("nobody of the team has this id", person_id=request.analyst_id)
    ticket = _blank(
        request.title, requester, team, ticket_id=ticket_id, number=number, workspace_id=request.workspace_id, at=at
    )
    ticket = ticket.model_copy(
        update={
            "channel": "desk",
            "requested": request.description,
            "requested_html": request.html,
            "requested_files": request.files,
            "kind": request.kind,
            "priority": request.priority,
            "rank": rank_of(request.priority, number),
            "last_words": request.description.strip()[:MOST_EXCERPT],
            "opening_rule": "desk",
        }
    )
    revision = _saying_opened(beginning(ticket, Wishes(analyst=analyst)), request.description, None)
    if request.form is not None:
        begin_with(revision, request.form, known or Known(team=team))
    _begin_in(revision, request.step, at)
    return revision.done()


def _begin_in(revision: Revision[Ticket], step: Step | None, at: datetime) -> None:
    """The situation that the form gives it."""
    if step is not None and step.command == "resolve":
        resolve_step(revision, step.method, at)
    elif step is not None and step.wait is not None:
        begin_wait(revision, step.wait)


def _blank(
    title: str, requester: Party, team: Team, *, ticket_id: str, number: int, workspace_id: str | None, at: datetime
) -> Ticket:
    known = workspace_id if team.workspace(workspace_id) is not None else None
    assignees: dict[Stage, Party] = team.stage_assignees(known)
    return Ticket(
        id=ticket_id,
        company_id=team.company.id,
        number=number,
        title=title,
        requester=requester,
        analyst=team.analyst(known),
        stage_assignees=assignees,
        workspace_id=known,
        channel="mail",
        rank=rank_of(0, number),
        opened_at=at,
        updated_at=at,
    )


def _watchers(message: MessageReceived, requester: Person, team: Team) -> tuple[Party, ...]:
    """People in To and Cc, except the company's own addresses and the requester (O4)."""
    watchers: dict[str, Party] = {}
    for party in message.others:
        address = (party.address or "").lower()
        if address and address not in requester.addresses and not team.owns(address):
            watchers.setdefault(address, party.model_copy(update={"address": address}))
    return tuple(watchers.values())


def _saying_opened(ticket: Ticket, text: str, message_id: str | None, **of_message: bool) -> Revision[Ticket]:
    revision = Revision(ticket)
    revision.say(
        TicketOpened,
        channel=ticket.channel,
        kind=ticket.kind,
        priority=ticket.priority,
        workspace_id=ticket.workspace_id,
        excerpt=text[:MOST_EXCERPT],
        threading=ticket.threading,
        message_id=message_id,
        directives=ticket.directives,
        **of_message,
    )
    return revision
