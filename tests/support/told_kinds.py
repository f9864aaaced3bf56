"""One telling of each kind: what happened, who did it, and who is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from balcao.notifier.domain.deliveries import Delivery, delivery_id
from balcao.notifier.domain.kinds import Channel, Kind, Telling
from balcao.shared.events import (
    AgendaDrawn,
    AgendaTicket,
    CompanyProfile,
    DeliveredLink,
    DirectiveTaken,
    Fact,
    FileRef,
    GatheredNotice,
    LinkedTicket,
    NoticesGathered,
    Party,
    TaskApprovalAnswered,
    TaskAssigned,
    TaskCancelled,
    TaskCommented,
    TaskCreated,
    TaskName,
    TaskReopened,
    TaskSnapshot,
    TaskTicketFollowed,
    TaskTicketMoved,
    TaskTicketReopened,
    TaskTicketUnlinked,
    TaskUnblocked,
    TicketAnalystAssigned,
    TicketApprovalAnswered,
    TicketApprovalAsked,
    TicketCancelled,
    TicketMailBounced,
    TicketMailLoopBroken,
    TicketReopened,
    TicketReplyReturned,
    TicketResolved,
    TicketSplitOff,
    TicketStageAssigned,
    TicketStageEntered,
    TicketStepUndone,
    TicketTaskLinkRefused,
    WebhookDisabled,
)
from balcao.shared.ids import derived_id
from tests.support.told_facts import (
    ANALYST,
    AT,
    COMPANY,
    DELIVERER,
    PRODUCER,
    REQUESTER,
    STRANGER,
    forgotten,
    held,
    invited,
    mail_decision_asked,
    merged,
    opened,
    production_finished,
    reminded,
    replied,
    requester_replied,
    said,
    sender_held,
    sender_rejected,
    ticket,
)

DIRECTIVES = (
    DirectiveTaken(kind="workspace", place="body", given="[workspace:loja]", meant="Loja"),
    DirectiveTaken(kind="priority", place="body", given="[prioridade:83]", meant="83"),
    DirectiveTaken(kind="type", place="body", given="[tipo:3]", meant="fix"),
    DirectiveTaken(kind="analyst", place="body", given="[analista:x@y.example]", ignored="not_at_the_desk"),
    DirectiveTaken(kind="workspace", place="subject", given="#banco", ignored="overruled"),
)
TASK = TaskSnapshot(
    id=derived_id("task", "7"),
    number=7,
    version=3,
    title="Refazer o banner em três tamanhos",
    executor=PRODUCER,
    due=datetime(2026, 11, 5, 21, 0, tzinfo=UTC),
)
OTHER_TICKET = LinkedTicket(id="other", number=9, title="Campanha de Natal")


def _entered(reason: Any, stage: Any, **values: Any) -> TicketStageEntered:
    about = ticket(stage=stage)
    return TicketStageEntered(ticket=about, before="triage", stage=stage, reason=reason, assignee=DELIVERER, **values)


KINDS: dict[Kind, tuple[Fact, Party]] = {
    Kind.ACKNOWLEDGEMENT: (opened(directives=DIRECTIVES, newcomer=True), REQUESTER),
    Kind.REPLY: (replied(), REQUESTER),
    Kind.REQUEST_MERGED: (merged(), REQUESTER),
    Kind.SENDER_REJECTED: (sender_rejected(), STRANGER),
    Kind.INVITATION: (invited(), REQUESTER),
    Kind.PASSWORD_FORGOTTEN: (forgotten(), REQUESTER),
    Kind.APPROVAL_ASKED: (
        TicketApprovalAsked(
            ticket=ticket(),
            approval_id="approval-1",
            recipient=REQUESTER,
            text="Precisamos da sua resposta até sexta-feira.",
            handover="O banner está nos três tamanhos.",
            files=(FileRef(file_id="sha256:banner", name="banner.png", media_type="image/png", size=2048),),
            links=(DeliveredLink(url="https://provas.example/banner", title="Prova"),),
            expires_at=AT + timedelta(days=14),
        ),
        REQUESTER,
    ),
    Kind.APPROVAL_ANSWERED: (
        TicketApprovalAnswered(
            ticket=ticket(),
            approval_id="approval-1",
            task_id="task-1",
            asked_in=3,
            author=REQUESTER,
            verdict="changes",
            text="O logo pode ser maior?",
        ),
        ANALYST,
    ),
    Kind.TASK_APPROVAL_ANSWERED: (
        TaskApprovalAnswered(
            task=TASK, ticket_id="ticket-7", ticket_number=7, verdict="approved", author=REQUESTER, decided=True
        ),
        PRODUCER,
    ),
    Kind.TICKET_OPENED: (opened(), ANALYST),
    Kind.REQUESTER_REPLIED: (requester_replied(reopened=True), ANALYST),
    Kind.COLLEAGUE_REPLIED: (replied(author=DELIVERER), ANALYST),
    Kind.ANSWER_RETURNED: (TicketReplyReturned(ticket=ticket(), reply_id="r", author=ANALYST, reason="spam"), ANALYST),
    Kind.MAIL_BOUNCED: (
        TicketMailBounced(ticket=ticket(), recipient=REQUESTER.address, reason="550 5.1.1 no such user"),
        ANALYST,
    ),
    Kind.MAIL_LOOP_BROKEN: (
        TicketMailLoopBroken(ticket=ticket(), recipient="robo@cliente.example", mails=10, within_s=3600),
        ANALYST,
    ),
    Kind.MESSAGE_HELD: (held(), ANALYST),
    Kind.SENDER_HELD: (sender_held(), ANALYST),
    Kind.MAIL_HELD: (mail_decision_asked(), ANALYST),
    Kind.DATE_REMINDED: (reminded(), ANALYST),
    Kind.WAIT_OVER: (TicketReopened(ticket=ticket(), before="waiting", reason="wait_over"), ANALYST),
    Kind.ANALYST_ASSIGNED: (TicketAnalystAssigned(ticket=ticket(), before=PRODUCER), ANALYST),
    Kind.ANALYST_RELIEVED: (TicketAnalystAssigned(ticket=ticket(), before=PRODUCER), PRODUCER),
    Kind.STAGE_ASSIGNED: (TicketStageAssigned(ticket=ticket(), stage="triage", assignee=DELIVERER), DELIVERER),
    Kind.WORK_ARRIVED: (_entered("team", "planning"), DELIVERER),
    Kind.PRODUCTION_STARTED: (_entered("task_created", "production", task=TASK), DELIVERER),
    Kind.PRODUCTION_FINISHED: (production_finished(), ANALYST),
    Kind.PRODUCTION_REOPENED: (_entered("task_reopened", "production", task=TASK), ANALYST),
    Kind.PRODUCTION_CANCELLED: (_entered("tasks_cancelled", "planning"), ANALYST),
    Kind.REQUESTER_ENDED: (TicketResolved(ticket=ticket(), method="answered", by="requester"), ANALYST),
    Kind.TICKET_ENDED: (TicketCancelled(ticket=ticket(status="cancelled")), ANALYST),
    Kind.TICKET_REOPENED: (TicketReopened(ticket=ticket(), before="resolved", reason="team"), ANALYST),
    Kind.TICKET_MERGED: (merged(), ANALYST),
    Kind.TICKET_SPLIT_OFF: (TicketSplitOff(ticket=ticket(), operation_id="op", origin=OTHER_TICKET), ANALYST),
    Kind.STEP_UNDONE: (TicketStepUndone(ticket=ticket(), what="merge", operation_id="op", entries=(4,)), ANALYST),
    Kind.TASK_LINK_REFUSED: (
        TicketTaskLinkRefused(ticket=ticket(), task=TASK, reason="too_many_tickets"),
        ANALYST,
    ),
    Kind.TASK_ASSIGNED: (
        TaskCreated(task=TASK, description="Três tamanhos, texto do anexo.\n\nO botão tem de abrir no celular."),
        PRODUCER,
    ),
    Kind.TASK_TAKEN_AWAY: (TaskAssigned(task=TASK, before=ANALYST), ANALYST),
    Kind.TASK_CANCELLED: (TaskCancelled(task=TASK, reason="O cliente desistiu."), PRODUCER),
    Kind.TASK_REOPENED: (TaskReopened(task=TASK), PRODUCER),
    Kind.TASK_TICKET_CANCELLED: (
        TaskTicketFollowed(task=TASK, ticket_id="t", ticket_number=12, what="cancelled"),
        PRODUCER,
    ),
    Kind.TASK_TICKET_REOPENED: (TaskTicketReopened(task=TASK, ticket_id="t", ticket_number=12), PRODUCER),
    Kind.TASK_TICKET_MOVED: (TaskTicketMoved(task=TASK, before="t", ticket_id="u", ticket_number=13), PRODUCER),
    Kind.TASK_TICKET_LEFT: (TaskTicketUnlinked(task=TASK, ticket_id="t", ticket_number=12, last=True), PRODUCER),
    Kind.TASK_MENTIONED: (TaskCommented(task=TASK, text="@Ana, pode ver o texto?", mentions=(ANALYST,)), ANALYST),
    Kind.TASK_COMMENTED: (TaskCommented(task=TASK, text="Falta só o tamanho menor."), PRODUCER),
    Kind.TASK_UNBLOCKED: (
        TaskUnblocked(task=TASK, blocker=TaskName(id="b", number=5, title="Fotografar o produto"), people=(PRODUCER,)),
        PRODUCER,
    ),
    Kind.CONNECTION_DISABLED: (
        WebhookDisabled(connection_id="c", name="Painel do cliente", keepers=(ANALYST,)),
        ANALYST,
    ),
    Kind.GATHERED: (
        NoticesGathered(
            recipient=ANALYST,
            items=(
                GatheredNotice(
                    fact_id="1",
                    kind=Kind.REQUESTER_REPLIED,
                    at=AT,
                    who="Zoë Guimarães",
                    title="Banner de Páscoa não abre",
                    ticket_number=12,
                ),
                GatheredNotice(fact_id="2", kind=Kind.WAIT_OVER, at=AT, title="Campanha de Natal", ticket_number=9),
                GatheredNotice(
                    fact_id="3",
                    kind=Kind.TASK_MENTIONED,
                    at=AT,
                    who="Davi Lima",
                    title="Refazer o banner em três tamanhos",
                    task_number=7,
                ),
            ),
        ),
        ANALYST,
    ),
    Kind.TODAYS_WORK: (
        AgendaDrawn(
            person=ANALYST,
            day="2026-11-02",
            overdue=(
                AgendaTicket(id="a", number=9, title="Campanha de Natal", due=AT - timedelta(days=3)),
                AgendaTicket(id="b", number=11, title="Logotipo em vetor", due=AT - timedelta(days=1)),
            ),
            today=(AgendaTicket(id="c", number=12, title="Banner de Páscoa não abre", due=AT + timedelta(hours=9)),),
            without_date=(AgendaTicket(id="d", number=14, title="Dúvida sobre a fatura"),),
            overdue_count=2,
            today_count=1,
            without_date_count=6,
        ),
        ANALYST,
    ),
}
ACTORS = {Kind.ACKNOWLEDGEMENT: REQUESTER, Kind.TICKET_OPENED: REQUESTER, Kind.REQUESTER_REPLIED: REQUESTER}
"""Who did it, where it was not a colleague."""


def telling(kind: Kind, company: CompanyProfile = COMPANY) -> Delivery:
    """The delivery by mail of a kind."""
    fact, person = KINDS[kind]
    event = said(fact, actor=ACTORS.get(kind, PRODUCER if person is DELIVERER else DELIVERER), company=company)
    told = Telling(kind, Channel.MAIL, person)
    return Delivery(delivery_id(event.id, told), event, told)
