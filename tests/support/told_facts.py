"""Builders of the facts that the notifier tells, with people who can be told apart by their addresses."""

from datetime import UTC, datetime
from typing import Any

from balcao.shared.events import (
    AnyEnvelope,
    CompanyConfigured,
    CompanyProfile,
    Envelope,
    Fact,
    LinkedTicket,
    MailDecisionAsked,
    MessageHeld,
    Party,
    PasswordForgotten,
    PersonInvited,
    PersonProfile,
    SenderHeld,
    SenderRejected,
    TaskSnapshot,
    Threading,
    TicketMerged,
    TicketOpened,
    TicketRef,
    TicketReminded,
    TicketReplied,
    TicketRequesterReplied,
    TicketStageEntered,
)
from balcao.shared.ids import derived_id

AT = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
COMPANY = CompanyProfile(
    id=derived_id("company", "aurora"), slug="aurora", name="Agência Aurora", addresses=("suporte@aurora.example",)
)
REQUESTER = Party(person_id="zoe", name="Zoë Guimarães", address="zoe@cliente.example")
WATCHER = Party(person_id="ivo", name="Ivo Prado", address="ivo@cliente.example")
ANALYST = Party(person_id="ana", name="Ana Souza", address="ana@aurora.example")
DELIVERER = Party(person_id="davi", name="Davi Lima", address="davi@aurora.example")
PRODUCER = Party(person_id="pedro", name="Pedro Reis", address="pedro@aurora.example")
STRANGER = Party(name="", address="estranho@fora.example")


def ticket(**values: Any) -> TicketRef:
    """Ticket #12, in triage."""
    return TicketRef(
        **{
            "id": derived_id("ticket", "12"),
            "number": 12,
            "version": 1,
            "title": "Banner de Páscoa não abre",
            "status": "open",
            "stage": "triage",
            "requester": REQUESTER,
            "analyst": ANALYST,
            **values,
        }
    )


def opened(**values: Any) -> TicketOpened:
    """Opened by a mail of the requester's."""
    start = {
        "ticket": ticket(),
        "channel": "mail",
        "excerpt": "Olá,\n\no banner não abre no celular.\nVejam por favor.",
    }
    return TicketOpened(**{**start, "threading": Threading(in_reply_to="<pedido@cliente.example>"), **values})


def requester_replied(**values: Any) -> TicketRequesterReplied:
    """Answered by the requester, with the quoted mail below."""
    text = "Agora abriu, obrigada!\n\nEm 2 de novembro Ana escreveu:\n> Abriu?"
    start = {"ticket": ticket(), "author": REQUESTER, "channel": "mail", "text": text, "quote_at": 24}
    return TicketRequesterReplied(**{**start, **values})


def replied(**values: Any) -> TicketReplied:
    """Answered by the analyst, to the requester and a watcher."""
    return TicketReplied(
        **{
            "ticket": ticket(),
            "author": ANALYST,
            "text": "Olá, Zoë.\n\nCorrigimos o banner: https://aurora.example/b?id=1&v=2.\nAbraço",
            "recipients": (REQUESTER, WATCHER),
            "threading": Threading(in_reply_to="<segundo@cliente.example>", references=("<pedido@cliente.example>",)),
            "quoted": "o banner não abre no celular.\nVejam por favor.",
            "quoted_by": REQUESTER,
            **values,
        }
    )


def production_finished(**values: Any) -> TicketStageEntered:
    """Moved to delivery because production is done."""
    task = TaskSnapshot(id=derived_id("task", "7"), number=7, version=3, title="Refazer banner", state="completed")
    start = {"ticket": ticket(stage="delivery"), "before": "production", "stage": "delivery"}
    return TicketStageEntered(
        **{**start, "reason": "production_finished", "assignee": DELIVERER, "task": task, **values}
    )


def reminded(**values: Any) -> TicketReminded:
    """Promised for the evening of the next day."""
    start = {"ticket": ticket(), "what": "near", "promised_for": datetime(2026, 11, 3, 21, 0, tzinfo=UTC)}
    return TicketReminded(**{**start, **values})


def held(**values: Any) -> MessageHeld:
    """A stranger's message that points at the ticket."""
    start = {"message_id": "m1", "sender": STRANGER, "subject": "Re: [#12]", "pointed_at": ticket(), "rule": "subject"}
    return MessageHeld(**{**start, **values})


def said(
    fact: Fact,
    *,
    actor: Party | None = None,
    id_: str | None = None,
    company: CompanyProfile = COMPANY,
    at: datetime = AT,
) -> AnyEnvelope:
    """The fact in its envelope."""
    event_id = id_ or derived_id("event", fact.type)
    return Envelope[Any](
        id=event_id,
        source="tickets",
        type=fact.type,
        subject="subject",
        time=at,
        correlationid=event_id,
        causationid=event_id,
        companyid=company.id,
        actor=actor,
        data=fact,
    )


def configured(company: CompanyProfile = COMPANY) -> AnyEnvelope:
    """The company as the directory says it."""
    return said(CompanyConfigured(company=company), id_=derived_id(company.id, str(company.version)), company=company)


def merged(**values: Any) -> TicketMerged:
    """The ticket was merged into another one."""
    start: dict[str, Any] = {
        "ticket": ticket(),
        "operation_id": "op",
        "into": LinkedTicket(id="other", number=9, title="Campanha de Natal"),
    }
    return TicketMerged(**{**start, **values})


def sender_held(**values: Any) -> SenderHeld:
    """Somebody unknown waits to be let in."""
    start: dict[str, Any] = {"message_id": "m1", "sender": STRANGER, "subject": "Posso falar com alguém?"}
    return SenderHeld(**{**start, "rule": "unknown_sender", "deciders": (ANALYST,), **values})


def mail_decision_asked(**values: Any) -> MailDecisionAsked:
    """A mail that could not be taken in by itself."""
    start: dict[str, Any] = {"message_id": "m1", "sender": STRANGER.address, "subject": "Posso falar com alguém?"}
    return MailDecisionAsked(**{**start, "deciders": (ANALYST,), **values})


def sender_rejected(**values: Any) -> SenderRejected:
    """Somebody unknown is told that they can't come in."""
    start: dict[str, Any] = {"message_id": "m1", "sender": STRANGER, "subject": "Posso falar com alguém?"}
    return SenderRejected(**{**start, "internet_message_id": "<oi@fora.example>", **values})


def invited(**values: Any) -> PersonInvited:
    """Somebody of the team invites the requester."""
    profile = PersonProfile(id="zoe", name="Zoë Guimarães", addresses=("zoe@cliente.example",), roles=())
    return PersonInvited(person=profile.model_copy(update=values))


def forgotten(**values: Any) -> PasswordForgotten:
    """The requester forgot their password."""
    return PasswordForgotten(**{"recipient": REQUESTER, **values})
