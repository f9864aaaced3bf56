"""Tickets, teams, messages and what leads to them, with defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from balcao.shared.aggregate import Change
from balcao.shared.events import (
    Fact,
    MessageReceived,
    Party,
    TaskSnapshot,
    ThreadingEvidence,
    TicketStageEntered,
)
from balcao.tickets.domain import opening
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.people import Person
from balcao.tickets.domain.policies import Policies
from balcao.tickets.domain.team import Team, TeamRow
from balcao.tickets.domain.ticket import Ticket
from balcao.tickets.domain.workspaces import Workspace

COMPANY = "agencia"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)

DORA = Party(name="Dora", address="dora@cliente.test")
EVA = Party(name="Eva", address="eva@cliente.test")


def person(name: str, **values: Any) -> Person:
    """Somebody of the team; id and address follow from the name."""
    id_ = name.lower()
    fields: dict[str, Any] = {
        "id": id_,
        "company_id": COMPANY,
        "name": name,
        "addresses": (f"{id_}@agencia.test",),
        "roles": ("agent",),
        "version": 1,
    }
    return Person(**fields | values)


ANA, BIA, CAIO, DAVI = person("Ana"), person("Bia"), person("Caio"), person("Davi")
BY_ANA, BY_BIA, BY_CAIO, BY_DAVI = ANA.party(), BIA.party(), CAIO.party(), DAVI.party()

TEAM = Team(
    company=Company(
        id=COMPANY,
        slug="agencia",
        name="Agência",
        addresses=("oi@agencia.test",),
        policies=Policies(undo_seconds=0),
    ),
    workspaces={
        "loja": Workspace(id="loja", company_id=COMPANY, number=1, name="Loja"),
        "banco": Workspace(id="banco", company_id=COMPANY, number=2, name="Banco"),
    },
    rows=(
        TeamRow(workspace_id=None, service="ana", planning="bia"),
        TeamRow(workspace_id="loja", service="caio", planning=None),
    ),
    members={one.id: one for one in (ANA, BIA, CAIO, DAVI)},
)
"""Ana serves and Bia plans for the company; for the workspace Loja Caio serves, and nobody is named to plan. There is
no undo window: what is said is said at once."""


def a_requester(**values: Any) -> Person:
    """Dora, a guest known to the directory."""
    fields: dict[str, Any] = {"addresses": ("dora@cliente.test",), "roles": ()}
    return person("Dora", **fields | values)


def a_message(**values: Any) -> MessageReceived:
    """A first mail from Dora."""
    fields: dict[str, Any] = {
        "message_id": "message-1",
        "channel": "mail",
        "company_address": "oi@agencia.test",
        "sender": DORA,
        "subject": "Banner de Natal",
        "text": "Preciso de um banner.",
        "internet_message_id": "<1@cliente.test>",
    }
    return MessageReceived(**fields | values)


def an_answer(**values: Any) -> MessageReceived:
    """A second mail from Dora, to what we answered."""
    fields: dict[str, Any] = {
        "message_id": "message-2",
        "subject": "Re: Banner de Natal",
        "text": "Ficou bom!\n> Segue o banner",
        "quote_at": 11,
        "internet_message_id": "<2@cliente.test>",
        "evidence": ThreadingEvidence(references=("<nosso@agencia.test>", "<1@cliente.test>")),
    }
    return a_message(**fields | values)


def opened(message: MessageReceived | None = None, requester: Person | None = None) -> Change[Ticket]:
    """What opening a ticket by a message makes."""
    return opening.open_by_message(
        message or a_message(),
        requester or a_requester(),
        TEAM,
        ticket_id="ticket-7",
        number=7,
        at=AT,
        rule="no_evidence",
    )


def a_ticket(**values: Any) -> Ticket:
    """A ticket just opened by mail; `values` replace fields of it."""
    return opened().after.model_copy(update=values)


def a_task(**values: Any) -> TaskSnapshot:
    """A task of the ticket as `workflow` tells of it just after its creation."""
    fields: dict[str, Any] = {
        "id": "task-1",
        "number": 88,
        "version": 1,
        "title": "Produzir o banner",
        "phase": "A fazer",
        "ticket_ids": ("ticket-7",),
    }
    return TaskSnapshot(**fields | values)


def kinds(change: Change[Ticket]) -> list[type[Fact]]:
    """What a change says, in order."""
    return [type(fact) for fact in change.facts]


def moves(change: Change[Ticket]) -> list[tuple[str, str, str]]:
    """The stages a change passes through: (from, to, reason)."""
    return [(f.before, f.stage, f.reason) for f in change.facts if isinstance(f, TicketStageEntered)]
