"""Facts about tickets. Said by `tickets`. Public answers and private notes are different types on purpose."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from balcao.shared.events.envelope import Contract, Fact, FileRef, Party
from balcao.shared.events.opening import DirectiveTaken
from balcao.shared.events.tasks import TaskSnapshot

Stage = Literal["triage", "analysis", "planning", "production", "delivery"]
Status = Literal["draft", "open", "waiting", "resolved", "closed", "cancelled"]


class TicketRef(Contract):
    """The ticket a fact is about, as it is after the fact."""

    id: str
    number: int
    version: int = Field(description="Grows by one with each change; older facts than the last one seen are ignored.")
    title: str
    status: Status
    stage: Stage
    requester: Party
    analyst: Party | None = None


class Threading(Contract):
    """What a mail about the ticket needs to land in the requester's thread."""

    in_reply_to: str | None = None
    references: tuple[str, ...] = ()


class TicketFact(Fact):
    """Base of the facts about one ticket."""

    ticket: TicketRef


class TicketOpened(TicketFact):
    """A ticket came to be, by mail, portal or at the desk (O1)."""

    type = "ticket.opened.v1"
    public = True

    channel: Literal["mail", "portal", "desk"]
    kind: str = "request"
    priority: int = 0
    workspace_id: str | None = None
    excerpt: str = Field(default="", description="First 2,000 characters of what was asked.")
    threading: Threading = Threading()
    message_id: str | None = None
    directives: tuple[DirectiveTaken, ...] = Field(
        default=(), description="What the mail asked for, and what came of it (O7, O8)."
    )
    newcomer: bool = Field(
        default=False, description="The requester is a guest whom this mail registered: they are invited (O3)."
    )
    wants_no_automatic_answer: bool = Field(
        default=False, description="As the message that opened it: neither acknowledged nor, for newcomers, invited."
    )


class TicketRequesterReplied(TicketFact):
    """The requester or a watcher wrote again; on a waiting or resolved ticket it is back in service (W2)."""

    type = "ticket.requester_replied.v1"
    public = True

    author: Party
    channel: Literal["mail", "portal"]
    text: str = ""
    quote_at: int | None = None
    files: tuple[FileRef, ...] = ()
    message_id: str | None = None
    internet_message_id: str | None = None
    rule: str = Field(default="", description="Which threading rule led the message here.")
    reopened: bool = False
    directives: tuple[DirectiveTaken, ...] = Field(default=(), description="As when a ticket is opened (O8).")


class TicketReplied(TicketFact):
    """The team answered visibly (W7). It goes out by mail to the recipients named."""

    type = "ticket.replied.v1"
    public = True

    author: Party
    text: str
    recipients: tuple[Party, ...]
    files: tuple[FileRef, ...] = ()
    threading: Threading = Threading()
    quoted: str = Field(default="", description="The last words from outside, to quote below the answer.")
    quoted_by: Party | None = Field(
        default=None, description="Whose they are; none where that is not known, or they are several people's."
    )
    html: str = Field(default="", description="The same words as sanitised HTML, images as `cid:`; empty: text only.")
    reply_id: str | None = Field(default=None, description="The held answer it was, where it was held (undo window).")
    written_at: datetime | None = Field(
        default=None, description="When its author sent it, where it was held since then: the Date of its mails."
    )
    delivered: tuple[str, ...] = Field(
        default=(), description="Ids of the tasks whose deliverables it was drafted from (H4)."
    )
    step_refused: str | None = Field(
        default=None, description="Why the change of status that came with it was not made any more, by name."
    )


class TicketNoted(TicketFact):
    """The team wrote a private note (W7). Never mailed to, nor shown to, a requester."""

    type = "ticket.noted.v1"

    author: Party
    text: str
    files: tuple[FileRef, ...] = ()
    html: str = Field(default="", description="The same words as sanitised HTML, images as `cid:`; empty: text only.")
    directives: tuple[DirectiveTaken, ...] = Field(
        default=(), description="What a colleague's mail asked for, and what came of it (O8)."
    )
    message_id: str | None = Field(default=None, description="Intake's id of the colleague's mail it came as.")
    rule: str = Field(default="", description="Which threading rule led that mail here.")
    quote_at: int | None = Field(default=None, description="Offset in `text` where quoted text or signature begins.")


class TicketAutoReplyAttached(TicketFact):
    """A machine's answer was attached; nothing else changes."""

    type = "ticket.auto_reply_attached.v1"

    sender: Party
    subject: str = ""
    text: str = ""
    message_id: str | None = None


class TicketMailBounced(TicketFact):
    """A mail about this ticket did not arrive."""

    type = "ticket.mail_bounced.v1"

    recipient: str | None = None
    permanent: bool = True
    reason: str = ""


class TicketActionPlanWritten(TicketFact):
    """ "O que deve ser feito" was written or changed."""

    type = "ticket.action_plan_written.v1"

    text: str
    before: str = ""


class TicketStageEntered(TicketFact):
    """The ticket moved to another stage (H1), by hand or because production moved it (H3, H4, H5)."""

    type = "ticket.stage_entered.v1"

    before: Stage
    stage: Stage
    reason: Literal["team", "first_touch", "task_created", "production_finished", "task_reopened", "tasks_cancelled"]
    assignee: Party | None = Field(default=None, description="Who acts in the stage entered.")
    task: TaskSnapshot | None = Field(default=None, description="The task that caused it.")
    linked: bool = Field(default=False, description="By a link to that task, rather than by what became of it.")


class TicketStageAssigned(TicketFact):
    """A stage got another assignee (H1, H8)."""

    type = "ticket.stage_assigned.v1"

    stage: Stage
    assignee: Party | None = None
    before: Party | None = None


class TicketAnalystAssigned(TicketFact):
    """The analyst changed (H8), or took the ticket by a first update (W3)."""

    type = "ticket.analyst_assigned.v1"

    before: Party | None = None
    taken: bool = False
    returned: bool = Field(default=False, description="Nobody answers for it any more: it is to do again (W3).")
    rejected: bool = Field(default=False, description="Returned by a robot that can't do it (W3).")
    remark: str = Field(default="", description="Why it was rejected.")


class TicketTaskRequested(TicketFact):
    """A task was asked for. `workflow` creates it under the id given here (H3)."""

    type = "ticket.task_requested.v1"

    task_id: str
    title: str
    description: str = Field(default="", description="Starts as the ticket's action plan (H3).")
    executor: Party | None = None
    task_type: str | None = None
    due: datetime | None = None
    tags: tuple[str, ...] = Field(default=(), description="Ids of the tags it begins with (O14).")


class TicketTaskFollowed(TicketFact):
    """A linked task moved; the ticket shows its situation and executor (H6)."""

    type = "ticket.task_followed.v1"

    task: TaskSnapshot
    what: Literal["created", "phase_entered", "completed", "cancelled", "reopened", "assigned"]


class TicketWaitStarted(TicketFact):
    """The ticket waits for something outside the team (W4)."""

    type = "ticket.wait_started.v1"

    reason: Literal["more_information", "follow_up", "visit", "split", "case_launched"]
    until: datetime | None = None
    close_if_no_answer: bool = Field(
        default=False, description="When the time is reached it is resolved, without response, instead of coming back."
    )


class TicketReopened(TicketFact):
    """Back in service, by hand, by a reply (W2), or because a wait ended (W4)."""

    type = "ticket.reopened.v1"
    public = True

    before: Status
    reason: Literal["team", "reply", "wait_over"]
    tasks: tuple[str, ...] = Field(
        default=(), description="Where it had ended: its tasks with work left, whose people are told."
    )


class TicketResolved(TicketFact):
    """Concluded, with the method (W5)."""

    type = "ticket.resolved.v1"
    public = True

    method: Literal["answered", "no_response", "rejected", "spam", "unknown_sender", "merged", "split"]
    reply_until: datetime | None = Field(
        default=None, description="End of the feedback window, where the company has one (W6)."
    )
    by: Literal["team", "requester", "clock"] = "team"
    text: str = Field(default="", description="What the requester said, where they ended it (P4).")
    entry: int | None = Field(
        default=None, description="The timeline entry that counted as the words of the resolution (W5)."
    )


class TicketClosed(TicketFact):
    """Final: a later mail opens a new ticket (W6)."""

    type = "ticket.closed.v1"
    public = True

    reason: Literal["window_over", "spam", "unknown_sender"]


class TicketCancelled(TicketFact):
    """Given up; the people of its tasks are told."""

    type = "ticket.cancelled.v1"
    public = True

    open_tasks: tuple[str, ...] = ()
    by: Literal["team", "requester"] = "team"
    text: str = Field(default="", description="What the requester said, where they ended it (P4).")


class MessageHeld(Fact):
    """A message points at a ticket its sender is no part of, or is not from them: kept for one-click acceptance."""

    type = "message.held.v1"

    message_id: str
    sender: Party
    subject: str = ""
    pointed_at: TicketRef
    rule: str
    disproven: bool = Field(
        default=False,
        description="Whether it was held because the company's own mail server says that it does not come from the "
        "domain in From.",
    )
    deciders: tuple[Party, ...] = Field(
        default=(), description="Who of the team is told where nobody is the ticket's analyst."
    )
