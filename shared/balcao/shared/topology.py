"""Which queue hears which facts: the whole bus on one page.

Every process declares all of it at start, so that whichever service starts first, no fact is said before its
queues exist. A queue is named `<service>.<handler>`; the handler's span and log events carry the same name.
"""

from dataclasses import dataclass

from balcao.shared.events import (
    FACTS,
    AddressCleared,
    AddressReturned,
    CapacityConfigured,
    CompanyConfigured,
    Fact,
    MailAutoReplied,
    MailBounced,
    MailFailed,
    MailHeld,
    MailLoopBroken,
    MailReturned,
    MailSent,
    MessageHeld,
    MessageReceived,
    NoticeGiven,
    NoticesRead,
    PersonInvited,
    PersonRegistered,
    ProjectConfigured,
    RecurrenceConfigured,
    RecurrenceFired,
    RecurrenceSkipped,
    ReplySaved,
    SenderHeld,
    SenderRejected,
    TagConfigured,
    TaskAssigned,
    TaskCancelled,
    TaskChecklistChanged,
    TaskCommented,
    TaskCompleted,
    TaskCreated,
    TaskDependencyAdded,
    TaskDependencyRemoved,
    TaskEdited,
    TaskFilesChanged,
    TaskLinkRefused,
    TaskPhaseEntered,
    TaskPhaseRenamed,
    TaskReopened,
    TaskTagged,
    TaskTicketFollowed,
    TaskTicketLinked,
    TaskTicketMoved,
    TaskTicketReopened,
    TaskTicketUnlinked,
    TaskTimeLogged,
    TaskTypeConfigured,
    TaskUnblocked,
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
    TicketMailLoopBroken,
    TicketMerged,
    TicketMessageBroughtBack,
    TicketMessageMovedAway,
    TicketMessageMovedHere,
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
    TicketTaskLinkAsked,
    TicketTaskLinked,
    TicketTaskLinkRefused,
    TicketTaskRequested,
    TicketTaskUnlinked,
    TicketWaitStarted,
    TicketWatchersChanged,
    TrackerDisabled,
    WebhookDisabled,
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
    on_demand: tuple[type[Fact], ...] = ()
    """Facts it hears from the moment on that somebody wants them (`Bus.listen`): until then they cost nothing."""

    @property
    def service(self) -> str:
        """The service that owns it."""
        return self.name.split(".", 1)[0]

    @property
    def dead_letters(self) -> str:
        """Where its messages go that can't be handled."""
        return f"{self.name}.dlq"


TOLD_OUTSIDE: tuple[type[Fact], ...] = tuple(
    fact for fact in FACTS.values() if fact.type.startswith(("ticket.", "task."))
)
"""What companies may have told to servers of theirs (webhooks)."""

QUEUES = (
    Queue("intake.learn_company", (CompanyConfigured,)),
    Queue("tickets.take_message", (MessageReceived,)),
    Queue(
        "tickets.follow_task",
        (TaskCreated, TaskPhaseEntered, TaskCompleted, TaskCancelled, TaskReopened, TaskAssigned),
    ),
    Queue("tickets.follow_link", (TaskTicketLinked, TaskLinkRefused, TaskTicketMoved)),
    Queue("tickets.attach_machine_mail", (MailAutoReplied, MailBounced, MailFailed, MailLoopBroken)),
    Queue("tickets.note_returned_mail", (MailReturned, MailFailed)),
    Queue("workflow.create_task", (TicketTaskRequested,)),
    Queue("workflow.follow_ticket", (TicketCancelled, TicketReopened)),
    Queue("workflow.link_tickets", (TicketTaskLinkAsked, TicketTaskUnlinked)),
    Queue("workflow.move_tasks", (TicketSplit, TicketStepUndone)),
    Queue("workflow.learn_tag", (TagConfigured,)),
    Queue("workflow.learn_directory", (CompanyConfigured, PersonRegistered, ProjectConfigured)),
    Queue(
        "notifier.tell",
        (
            TicketOpened,
            TicketRequesterReplied,
            TicketReplied,
            TicketReplyReturned,
            TicketMailBounced,
            TicketMailLoopBroken,
            TicketStageEntered,
            TicketStageAssigned,
            TicketAnalystAssigned,
            TicketReminded,
            TicketReopened,
            TicketResolved,
            TicketCancelled,
            TicketMerged,
            TicketSplitOff,
            TicketStepUndone,
            TicketTaskLinkRefused,
            TaskCreated,
            TaskAssigned,
            TaskCancelled,
            TaskReopened,
            TaskUnblocked,
            TaskCommented,
            TaskTicketFollowed,
            TaskTicketReopened,
            TaskTicketMoved,
            MessageHeld,
            SenderHeld,
            SenderRejected,
            PersonInvited,
            WebhookDisabled,
            TrackerDisabled,
        ),
    ),
    Queue("notifier.learn_company", (CompanyConfigured,)),
    Queue("notifier.take_bounce", (MailBounced,)),
    Queue("notifier.learn_address", (AddressReturned, AddressCleared)),
    Queue("notifier.call_webhooks", (), on_demand=TOLD_OUTSIDE),
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
        TicketMailLoopBroken,
        AddressReturned,
        AddressCleared,
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
        TicketMessageBroughtBack,
        TicketMessageMovedAway,
        TicketMessageMovedHere,
        TicketSplit,
        TicketSplitOff,
        TicketStepUndone,
        TicketTaskRequested,
        TicketTaskFollowed,
        TicketTaskLinkAsked,
        TicketTaskLinked,
        TicketTaskUnlinked,
        TicketTaskLinkRefused,
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
        TrackerDisabled,
        TaskCreated,
        TaskPhaseEntered,
        TaskCompleted,
        TaskCancelled,
        TaskReopened,
        TaskAssigned,
        TaskTicketFollowed,
        TaskTicketMoved,
        TaskTicketLinked,
        TaskTicketUnlinked,
        TaskLinkRefused,
        TaskTicketReopened,
        TaskTagged,
        TaskTypeConfigured,
        CapacityConfigured,
        TaskPhaseRenamed,
        TaskEdited,
        TaskChecklistChanged,
        TaskFilesChanged,
        TaskTimeLogged,
        TaskCommented,
        TaskDependencyAdded,
        TaskDependencyRemoved,
        TaskUnblocked,
        RecurrenceConfigured,
        RecurrenceSkipped,
        RecurrenceFired,
    ),
    "notifier": (WebhookDisabled, MailSent, MailFailed, MailReturned, MailLoopBroken, NoticeGiven, NoticesRead),
    "portal-api": (),
}
"""Which service says which facts; each is said by one only."""

UNHEARD: frozenset[type[Fact]] = frozenset(
    {
        NoticeGiven,
        NoticesRead,
        MailHeld,
        MailSent,
        TaskTicketUnlinked,
        TaskTagged,
        TaskTypeConfigured,
        CapacityConfigured,
        TaskPhaseRenamed,
        TaskEdited,
        TaskChecklistChanged,
        TaskFilesChanged,
        TaskTimeLogged,
        TaskDependencyAdded,
        TaskDependencyRemoved,
        RecurrenceConfigured,
        RecurrenceSkipped,
        RecurrenceFired,
        WorkspaceConfigured,
        TeamConfigured,
        ReplySaved,
        TicketNoted,
        TicketReplyHeld,
        TicketReplyUndone,
        TicketEntryTagged,
        TicketAutoReplyAttached,
        TicketActionPlanWritten,
        TicketEdited,
        TicketPromised,
        TicketDueSet,
        TicketRequesterChanged,
        TicketTagged,
        TicketWatchersChanged,
        TicketAbsorbed,
        TicketBulkEdited,
        TicketMessageBroughtBack,
        TicketMessageMovedAway,
        TicketMessageMovedHere,
        TicketTaskFollowed,
        TicketTaskLinked,
        TicketWaitStarted,
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
