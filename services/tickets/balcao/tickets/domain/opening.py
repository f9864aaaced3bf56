"""How a ticket begins (O1-O8, O13, H2, H7)."""

from dataclasses import dataclass
from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import MessageReceived, Party, Stage, Threading, TicketOpened
from balcao.tickets.domain.conversation import MOST_TEXT, own_words, thread
from balcao.tickets.domain.directives_applied import NO_WISHES, beginning, wishes_of
from balcao.tickets.domain.directory import Person, Team
from balcao.tickets.domain.ticket import Kind, Ticket, rank_of

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
            "requested": message.text[:MOST_TEXT],
            "requested_quote_at": message.quote_at,
            "requested_files": message.files,
            "watchers": _watchers(message, requester, team),
            "message_ids": (message.internet_message_id,) if message.internet_message_id else (),
            "threading": thread(Threading(), message),
            "last_words": own_words(message),
            "opening_rule": rule,
            "related_ticket_id": related_ticket_id,
        }
    )
    newcomer = requester.version == 0 and message.channel == "mail"
    return _opened(beginning(ticket, wishes), message.text, message.message_id, newcomer=newcomer)


def open_at_desk(
    request: Request, requester: Party, team: Team, *, ticket_id: str, number: int, at: datetime
) -> Change[Ticket]:
    """The team opens a ticket for somebody (O11)."""
    ticket = _blank(
        request.title, requester, team, ticket_id=ticket_id, number=number, workspace_id=request.workspace_id, at=at
    )
    ticket = ticket.model_copy(
        update={
            "channel": "desk",
            "requested": request.description,
            "kind": request.kind,
            "priority": request.priority,
            "rank": rank_of(request.priority, number),
            "last_words": request.description.strip()[:MOST_EXCERPT],
            "opening_rule": "desk",
        }
    )
    return _opened(ticket, request.description, None)


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


def _opened(ticket: Ticket, text: str, message_id: str | None, *, newcomer: bool = False) -> Change[Ticket]:
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
        newcomer=newcomer,
    )
    return revision.done()
