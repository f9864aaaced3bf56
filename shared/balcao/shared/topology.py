"""Which queue hears which facts: the whole bus on one page.

Every process declares all of it at start, so that whichever service starts first, no fact is said before its
queues exist. A queue is named `<service>.<handler>`; the handler's span and log events carry the same name.
"""

from dataclasses import dataclass

from balcao.shared.events import (
    CompanyConfigured,
    Fact,
    MailAutoReplied,
    MailBounced,
    MailFailed,
    MailHeld,
    MailSent,
    MessageHeld,
    MessageReceived,
    PersonInvited,
    PersonRegistered,
    ProjectConfigured,
    ReplySaved,
    SenderHeld,
    SenderRejected,
    TagConfigured,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskCreated,
    TaskPhaseEntered,
    TaskReopened,
    TaskTagged,
    TaskTicketFollowed,
    TaskTicketMoved,
    TeamConfigured,
    TicketAbsorbed,
    TicketActionPlanWritten,
    TicketAnalystAssigned,
    TicketAutoReplyAttached,
    TicketBulkEdited,
    TicketCancelled,
    TicketClosed,
    TicketDraftDiscarded,
    TicketDrafted,
    TicketDraftEdited,
    TicketDueSet,
    TicketEdited,
    TicketEntryTagged,
    TicketMailBounced,
    TicketMerged,
    TicketNoted,
    TicketOpened,
    TicketPromised,
    TicketReminded,
    TicketReopened,
    TicketReplied,
    TicketReplyHeld,
    TicketReplyReturned,
    TicketReplyUndone,
    TicketRequesterChanged,
    TicketRequesterReplied,
    TicketResolved,
    TicketSplit,
    TicketSplitOff,
    TicketStageAssigned,
    TicketStageEntered,
    TicketStepUndone,
    TicketTagged,
    TicketTaskFollowed,
    TicketTaskRequested,
    TicketWaitStarted,
    TicketWatchersChanged,
    WorkspaceConfigured,
)

EXCHANGE = "balcao.events"
RETRY_AFTER_S = (1.0, 5.0, 30.0, 120.0, 600.0)
"""A failing message is tried again after each of these, then goes to the dead letters."""
LAST_TIER_WHILE_AWAY = 3
"""While the database is away a message waits in the first tiers up to this one (30 s), again and again."""
MOST_WAITS = 2_880
"""How often: about a day. What still fails so then counts as failing by itself."""
DELIVERY_LIMIT = 10
"""Deliveries of one message without an answer (its handler killed the process) before it goes to the dead letters."""


@dataclass(frozen=True)
class Queue:
    """One handler's queue and the facts it hears."""

    name: str
    hears: tuple[type[Fact], ...]

    @property
    def service(self) -> str:
        """The service that owns it."""
        return self.name.split(".", 1)[0]

    @property
    def dead_letters(self) -> str:
        """Where its messages go that can't be handled."""
        return f"{self.name}.dlq"


QUEUES = (
    Queue("intake.learn_company", (CompanyConfigured,)),
    Queue("tickets.take_message", (MessageReceived,)),
    Queue(
        "tickets.follow_task",
        (TaskCreated, TaskPhaseEntered, TaskCompleted, TaskCancelled, TaskReopened, TaskAssigned),
    ),
    Queue("tickets.attach_machine_mail", (MailAutoReplied, MailBounced, MailFailed)),
    Queue("workflow.create_task", (TicketTaskRequested,)),
    Queue("workflow.follow_ticket", (TicketCancelled,)),
    Queue("workflow.move_tasks", (TicketSplit, TicketStepUndone)),
    Queue("workflow.learn_tag", (TagConfigured,)),
    Queue(
        "notifier.tell",
        (
            TicketOpened,
            TicketRequesterReplied,
            TicketReplied,
            TicketStageEntered,
            MessageHeld,
            TicketReminded,
            TicketResolved,
            TicketCancelled,
            TicketMerged,
            SenderHeld,
            SenderRejected,
            PersonInvited,
        ),
    ),
    Queue("notifier.learn_company", (CompanyConfigured,)),
    Queue("portal-api.learn_person", (PersonRegistered,)),
    Queue("portal-api.learn_company", (CompanyConfigured,)),
)

SAYS: dict[str, tuple[type[Fact], ...]] = {
    "intake": (MessageReceived, MailBounced, MailAutoReplied, MailHeld),
    "tickets": (
        MessageHeld,
        TicketOpened,
        TicketRequesterReplied,
        TicketReplied,
        TicketReplyHeld,
        TicketReplyUndone,
        TicketReplyReturned,
        TicketNoted,
        TicketEntryTagged,
        TicketAutoReplyAttached,
        TicketMailBounced,
        TicketActionPlanWritten,
        TicketStageEntered,
        TicketStageAssigned,
        TicketAnalystAssigned,
        TicketEdited,
        TicketPromised,
        TicketDueSet,
        TicketRequesterChanged,
        TicketTagged,
        TicketWatchersChanged,
        TicketAbsorbed,
        TicketBulkEdited,
        TicketMerged,
        TicketSplit,
        TicketSplitOff,
        TicketStepUndone,
        TicketTaskRequested,
        TicketTaskFollowed,
        TicketWaitStarted,
        TicketReopened,
        TicketResolved,
        TicketClosed,
        TicketCancelled,
        TicketDrafted,
        TicketDraftEdited,
        TicketDraftDiscarded,
        TicketReminded,
        CompanyConfigured,
        WorkspaceConfigured,
        TeamConfigured,
        PersonRegistered,
        PersonInvited,
        SenderHeld,
        SenderRejected,
        ProjectConfigured,
        TagConfigured,
        ReplySaved,
    ),
    "workflow": (
        TaskCreated,
        TaskPhaseEntered,
        TaskCompleted,
        TaskCancelled,
        TaskReopened,
        TaskAssigned,
        TaskTicketFollowed,
        TaskTicketMoved,
        TaskTagged,
    ),
    "notifier": (MailSent, MailFailed),
    "portal-api": (),
}
"""Which service says which facts; each is said by one only."""

UNHEARD: frozenset[type[Fact]] = frozenset(
    {
        MailHeld,
        MailSent,
        TaskTicketFollowed,
        TaskTicketMoved,
        TaskTagged,
        WorkspaceConfigured,
        TeamConfigured,
        ProjectConfigured,
        ReplySaved,
        TicketNoted,
        TicketReplyHeld,
        TicketReplyUndone,
        TicketReplyReturned,
        TicketEntryTagged,
        TicketAutoReplyAttached,
        TicketMailBounced,
        TicketActionPlanWritten,
        TicketStageAssigned,
        TicketAnalystAssigned,
        TicketEdited,
        TicketPromised,
        TicketDueSet,
        TicketRequesterChanged,
        TicketTagged,
        TicketWatchersChanged,
        TicketAbsorbed,
        TicketBulkEdited,
        TicketSplitOff,
        TicketTaskFollowed,
        TicketWaitStarted,
        TicketReopened,
        TicketClosed,
        TicketDrafted,
        TicketDraftEdited,
        TicketDraftDiscarded,
    }
)
"""Facts nobody keeps a queue for today. They are said all the same (live pages and webhooks hear them), but not as
mandatory: for every other fact a missing queue is an error that keeps it in the outbox."""


def queue(name: str) -> Queue:
    """The queue of that name; `KeyError` when the table has none."""
    for one in QUEUES:
        if one.name == name:
            return one
    raise KeyError(name)
