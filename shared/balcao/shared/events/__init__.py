"""Contracts of all facts on the bus, and the one place that reads and lists them."""

from typing import Any

from pydantic import ValidationError

from balcao.shared.events.connections import TrackerDisabled, WebhookDisabled
from balcao.shared.events.conversation import (
    TicketEntryTagged,
    TicketReplyHeld,
    TicketReplyReturned,
    TicketReplyUndone,
)
from balcao.shared.events.deliverables import Deliverables, DeliveredLink
from balcao.shared.events.deliveries import MailFailed, MailSent
from balcao.shared.events.directory import (
    CompanyConfigured,
    CompanyLogo,
    CompanyPolicies,
    CompanyProfile,
    PersonProfile,
    PersonRegistered,
    ProjectConfigured,
    ProjectProfile,
    ReplyProfile,
    ReplySaved,
    TagConfigured,
    TagProfile,
    TeamConfigured,
    TeamRowProfile,
    WorkingHours,
    WorkspaceConfigured,
    WorkspaceProfile,
)
from balcao.shared.events.drafts import TicketDraftDiscarded, TicketDrafted, TicketDraftEdited
from balcao.shared.events.envelope import AnyEnvelope, Contract, Envelope, Fact, FileRef, Party
from balcao.shared.events.messages import (
    MailAutoReplied,
    MailBounced,
    MailDirective,
    MailHeld,
    MessageReceived,
    SenderAuthentication,
    ThreadingEvidence,
)
from balcao.shared.events.moved_messages import (
    TicketMessageBroughtBack,
    TicketMessageMovedAway,
    TicketMessageMovedHere,
)
from balcao.shared.events.notices import NoticeGiven, NoticesRead
from balcao.shared.events.opening import DirectiveTaken, PersonInvited, SenderHeld, SenderRejected
from balcao.shared.events.recurrences import RecurrenceConfigured, RecurrenceFired, RecurrenceProfile, RecurrenceSkipped
from balcao.shared.events.returned_mail import (
    AddressCleared,
    AddressReturned,
    MailLoopBroken,
    MailReturned,
    TicketMailLoopBroken,
)
from balcao.shared.events.task_dependencies import TaskDependencyAdded, TaskDependencyRemoved, TaskUnblocked
from balcao.shared.events.task_links import (
    TaskLinkRefused,
    TaskTicketLinked,
    TaskTicketReopened,
    TaskTicketUnlinked,
)
from balcao.shared.events.task_tags import TaskTagged
from balcao.shared.events.task_types import (
    CapacityConfigured,
    PhaseProfile,
    TaskPhaseRenamed,
    TaskTypeConfigured,
    TaskTypeProfile,
)
from balcao.shared.events.task_work import (
    ChecklistItem,
    TaskChecklistChanged,
    TaskCommented,
    TaskEdited,
    TaskFilesChanged,
    TaskTimeLogged,
)
from balcao.shared.events.tasks import (
    PhaseKind,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskCreated,
    TaskFact,
    TaskName,
    TaskPhaseEntered,
    TaskReopened,
    TaskSnapshot,
    TaskTicketFollowed,
    TaskTicketMoved,
)
from balcao.shared.events.ticket_fields import (
    TagName,
    TicketDueSet,
    TicketEdited,
    TicketPromised,
    TicketRequesterChanged,
    TicketTagged,
    TicketWatchersChanged,
)
from balcao.shared.events.ticket_links import (
    LinkedTicket,
    TicketAbsorbed,
    TicketBulkEdited,
    TicketMerged,
    TicketSplit,
    TicketSplitOff,
    TicketStepUndone,
)
from balcao.shared.events.ticket_tasks import (
    TicketTaskLinkAsked,
    TicketTaskLinked,
    TicketTaskLinkRefused,
    TicketTaskUnlinked,
)
from balcao.shared.events.tickets import (
    MessageHeld,
    Stage,
    Status,
    Threading,
    TicketActionPlanWritten,
    TicketAnalystAssigned,
    TicketAutoReplyAttached,
    TicketCancelled,
    TicketClosed,
    TicketFact,
    TicketMailBounced,
    TicketNoted,
    TicketOpened,
    TicketRef,
    TicketReopened,
    TicketReplied,
    TicketRequesterReplied,
    TicketResolved,
    TicketStageAssigned,
    TicketStageEntered,
    TicketTaskFollowed,
    TicketTaskRequested,
    TicketWaitStarted,
)
from balcao.shared.events.timers import TicketReminded

FACTS: dict[str, type[Fact]] = {
    fact.type: fact
    for fact in (
        MessageReceived,
        MailBounced,
        MailAutoReplied,
        MailHeld,
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
        MailSent,
        MailFailed,
        NoticeGiven,
        NoticesRead,
        MailReturned,
        MailLoopBroken,
        AddressReturned,
        AddressCleared,
        TicketMailLoopBroken,
        WebhookDisabled,
        TrackerDisabled,
    )
}
"""Every fact by its type."""

_ENVELOPES: dict[str, type[AnyEnvelope]] = {name: Envelope[fact] for name, fact in FACTS.items()}  # type: ignore[valid-type]


class Malformed(ValueError):
    """An event that no handler will ever understand: it goes to the dead letters with this reason."""


def read(body: bytes, type_: str) -> AnyEnvelope:
    """Read an event of the given type from the bytes on the bus.

    Raises `Malformed` for an unknown type, broken JSON, or data that does not fit the contract.
    """
    envelope = _ENVELOPES.get(type_)
    if envelope is None:
        raise Malformed(f"unknown event type {type_!r}")
    try:
        event = envelope.model_validate_json(body)
    except ValidationError as error:
        raise Malformed(_in_words(error)) from error
    if event.type != type_:
        raise Malformed(f"routed as {type_!r} but says it is {event.type!r}")
    return event


def _in_words(error: ValidationError) -> str:
    def one(problem: Any) -> str:
        return f"{'.'.join(str(part) for part in problem['loc']) or 'body'}: {problem['msg']}"

    return "; ".join(one(problem) for problem in error.errors(include_input=False)[:5])


__all__ = [
    "FACTS",
    "AddressCleared",
    "AddressReturned",
    "AnyEnvelope",
    "CapacityConfigured",
    "ChecklistItem",
    "CompanyConfigured",
    "CompanyLogo",
    "CompanyPolicies",
    "CompanyProfile",
    "Contract",
    "Deliverables",
    "DeliveredLink",
    "DirectiveTaken",
    "Envelope",
    "Fact",
    "FileRef",
    "LinkedTicket",
    "MailAutoReplied",
    "MailBounced",
    "MailDirective",
    "MailFailed",
    "MailHeld",
    "MailLoopBroken",
    "MailReturned",
    "MailSent",
    "Malformed",
    "MessageHeld",
    "MessageReceived",
    "NoticeGiven",
    "NoticesRead",
    "Party",
    "PersonInvited",
    "PersonProfile",
    "PersonRegistered",
    "PhaseKind",
    "PhaseProfile",
    "ProjectConfigured",
    "ProjectProfile",
    "RecurrenceConfigured",
    "RecurrenceFired",
    "RecurrenceProfile",
    "RecurrenceSkipped",
    "ReplyProfile",
    "ReplySaved",
    "SenderAuthentication",
    "SenderHeld",
    "SenderRejected",
    "Stage",
    "Status",
    "TagConfigured",
    "TagName",
    "TagProfile",
    "TaskAssigned",
    "TaskCancelled",
    "TaskChecklistChanged",
    "TaskCommented",
    "TaskCompleted",
    "TaskCreated",
    "TaskDependencyAdded",
    "TaskDependencyRemoved",
    "TaskEdited",
    "TaskFact",
    "TaskFilesChanged",
    "TaskLinkRefused",
    "TaskName",
    "TaskPhaseEntered",
    "TaskPhaseRenamed",
    "TaskReopened",
    "TaskSnapshot",
    "TaskTagged",
    "TaskTicketFollowed",
    "TaskTicketLinked",
    "TaskTicketMoved",
    "TaskTicketReopened",
    "TaskTicketUnlinked",
    "TaskTimeLogged",
    "TaskTypeConfigured",
    "TaskTypeProfile",
    "TaskUnblocked",
    "TeamConfigured",
    "TeamRowProfile",
    "Threading",
    "ThreadingEvidence",
    "TicketAbsorbed",
    "TicketActionPlanWritten",
    "TicketAnalystAssigned",
    "TicketAutoReplyAttached",
    "TicketBulkEdited",
    "TicketCancelled",
    "TicketClosed",
    "TicketDraftDiscarded",
    "TicketDraftEdited",
    "TicketDrafted",
    "TicketDueSet",
    "TicketEdited",
    "TicketEntryTagged",
    "TicketFact",
    "TicketMailBounced",
    "TicketMailLoopBroken",
    "TicketMerged",
    "TicketMessageBroughtBack",
    "TicketMessageMovedAway",
    "TicketMessageMovedHere",
    "TicketNoted",
    "TicketOpened",
    "TicketPromised",
    "TicketRef",
    "TicketReminded",
    "TicketReopened",
    "TicketReplied",
    "TicketReplyHeld",
    "TicketReplyReturned",
    "TicketReplyUndone",
    "TicketRequesterChanged",
    "TicketRequesterReplied",
    "TicketResolved",
    "TicketSplit",
    "TicketSplitOff",
    "TicketStageAssigned",
    "TicketStageEntered",
    "TicketStepUndone",
    "TicketTagged",
    "TicketTaskFollowed",
    "TicketTaskLinkAsked",
    "TicketTaskLinkRefused",
    "TicketTaskLinked",
    "TicketTaskRequested",
    "TicketTaskUnlinked",
    "TicketWaitStarted",
    "TicketWatchersChanged",
    "TrackerDisabled",
    "WebhookDisabled",
    "WorkingHours",
    "WorkspaceConfigured",
    "WorkspaceProfile",
    "read",
]
