"""The table from fact to audience: who is told what by which way, and which facts are told to nobody, and why."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from balcao.notifier.domain.kinds import Channel, Kind
from balcao.shared.events import (
    AgendaDrawn,
    Fact,
    MailDecisionAsked,
    MessageHeld,
    NoticesGathered,
    Party,
    PasswordForgotten,
    PersonInvited,
    SenderHeld,
    SenderRejected,
    TaskApprovalAnswered,
    TaskAssigned,
    TaskCancelled,
    TaskCommented,
    TaskCreated,
    TaskReopened,
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
    TicketMerged,
    TicketOpened,
    TicketReminded,
    TicketReopened,
    TicketReplied,
    TicketReplyReturned,
    TicketRequesterReplied,
    TicketResolved,
    TicketSplitOff,
    TicketStageAssigned,
    TicketStageEntered,
    TicketStepUndone,
    TicketTaskLinkRefused,
    TrackerDisabled,
    WebhookDisabled,
)


@dataclass(frozen=True)
class Whom:
    """A group of people whom a fact names. `words` stand in the table of the docs."""

    words: str
    of: Callable[[Any], Iterable[Party | None]]


@dataclass(frozen=True)
class When:
    """A condition on a fact. `words` stand in the table of the docs."""

    words: str
    holds: Callable[[Any], bool]


ALWAYS = When("", lambda fact: True)


@dataclass(frozen=True)
class Rule:
    """A row of the table."""

    kind: Kind
    whom: Whom
    by: tuple[Channel, ...]
    when: When = ALWAYS
    why: str = ""
    """Id of the product's rule."""


def _is(one: Party | None, other: Party | None) -> bool:
    return one is not None and other is not None and one.person_id == other.person_id


REQUESTER = Whom("requester", lambda fact: (fact.ticket.requester,))
ANALYST = Whom("analyst", lambda fact: (fact.ticket.analyst,))
FORMER_ANALYST = Whom("analyst until now", lambda fact: (fact.before,))
ASSIGNEE = Whom("assignee of the stage", lambda fact: (fact.assignee,))
ANALYST_AND_ASSIGNEE = Whom(
    "analyst and assignee of the stage, one person once", lambda fact: (fact.ticket.analyst, fact.assignee)
)
RECIPIENTS = Whom("its recipients: requester and watchers", lambda fact: fact.recipients)
AUTHOR = Whom("who wrote it", lambda fact: (fact.author,))
ANALYST_POINTED_AT = Whom(
    "analyst of the ticket pointed at, else default analyst and administrators",
    lambda fact: (fact.pointed_at.analyst,) if fact.pointed_at.analyst is not None else fact.deciders,
)
DECIDERS = Whom("default analyst and administrators", lambda fact: fact.deciders)
SENDER = Whom("the sender, once a day at most", lambda fact: (fact.sender,))
INVITED = Whom("the person", lambda fact: (fact.person.party(),))
FORGETFUL = Whom("the account's person, at the address given", lambda fact: (fact.recipient,))
PRODUCER = Whom("producer (executor of the task)", lambda fact: (fact.task.executor,))
MENTIONED = Whom("who is called by name", lambda fact: fact.mentions)
TASKS_PEOPLE = Whom("the task's people", lambda fact: fact.people)
RECIPIENT = Whom("whom they were for", lambda fact: (fact.recipient,))
WHOSE_DAY = Whom("the person whose hour has come, on business days", lambda fact: (fact.person,))
KEEPERS = Whom("who set it up or changed it last", lambda fact: fact.keepers)
FORMER_PRODUCER = Whom("producer until now", lambda fact: (fact.before,))

FROM_OUTSIDE = When(
    "by mail or portal, unless an automatic answer is not wanted (lists, machines)",
    lambda fact: fact.channel in ("mail", "portal") and not fact.wants_no_automatic_answer,
)
BY_REQUESTER = When("by the requester", lambda fact: fact.by == "requester")
NOT_BY_REQUESTER = When("by others", lambda fact: fact.by != "requester")
BY_COLLEAGUE = When("by a colleague", lambda fact: not _is(fact.author, fact.ticket.analyst))
WORK_LEFT = When("while work is left", lambda fact: fact.task.state == "open")
FOR_NOBODY = When("the last one, while work is left", lambda fact: fact.last and fact.task.state == "open")
ANSWERED = When("by somebody", lambda fact: fact.verdict != "skipped")
PERMANENT = When("for good", lambda fact: fact.permanent)
HANDED_OVER = When("not by taking it", lambda fact: not fact.taken)
NOW_AND_NOT_ANALYST = When(
    "of the current stage, to others than the analyst",
    lambda fact: fact.stage == fact.ticket.stage and not _is(fact.assignee, fact.ticket.analyst),
)


def _because(*reasons: str) -> When:
    return When(f"reason {' or '.join(f'`{one}`' for one in reasons)}", lambda fact: fact.reason in reasons)


_MAIL = (Channel.MAIL,)
_IN_APP = (Channel.IN_APP,)
_BOTH = (Channel.MAIL, Channel.IN_APP)

TABLE: Mapping[type[Fact], tuple[Rule, ...]] = {
    TicketOpened: (
        Rule(Kind.ACKNOWLEDGEMENT, REQUESTER, _MAIL, FROM_OUTSIDE),
        Rule(Kind.TICKET_OPENED, ANALYST, _BOTH),
    ),
    TicketReplied: (
        Rule(Kind.REPLY, RECIPIENTS, _MAIL, why="W7"),
        Rule(Kind.COLLEAGUE_REPLIED, ANALYST, _IN_APP, BY_COLLEAGUE),
    ),
    TicketReplyReturned: (Rule(Kind.ANSWER_RETURNED, AUTHOR, _BOTH),),
    TicketRequesterReplied: (Rule(Kind.REQUESTER_REPLIED, ANALYST, _BOTH, why="W2"),),
    TicketMailBounced: (Rule(Kind.MAIL_BOUNCED, ANALYST, _BOTH, PERMANENT),),
    TicketMailLoopBroken: (Rule(Kind.MAIL_LOOP_BROKEN, ANALYST, _BOTH),),
    TicketStageEntered: (
        Rule(Kind.PRODUCTION_FINISHED, ANALYST_AND_ASSIGNEE, _BOTH, _because("production_finished"), "H4, H5"),
        Rule(Kind.PRODUCTION_REOPENED, ANALYST_AND_ASSIGNEE, _BOTH, _because("task_reopened"), "H5"),
        Rule(Kind.PRODUCTION_CANCELLED, ANALYST_AND_ASSIGNEE, _BOTH, _because("tasks_cancelled"), "H5"),
        Rule(Kind.PRODUCTION_STARTED, ASSIGNEE, _IN_APP, _because("task_created"), "H3"),
        Rule(Kind.WORK_ARRIVED, ASSIGNEE, _BOTH, _because("team", "first_touch"), "H1, H7"),
    ),
    TicketStageAssigned: (Rule(Kind.STAGE_ASSIGNED, ASSIGNEE, _BOTH, NOW_AND_NOT_ANALYST, "H1"),),
    TicketAnalystAssigned: (
        Rule(Kind.ANALYST_ASSIGNED, ANALYST, _BOTH, HANDED_OVER, "H8"),
        Rule(Kind.ANALYST_RELIEVED, FORMER_ANALYST, _IN_APP, why="H8"),
    ),
    TicketApprovalAsked: (Rule(Kind.APPROVAL_ASKED, RECIPIENT, _MAIL),),
    TicketApprovalAnswered: (Rule(Kind.APPROVAL_ANSWERED, ANALYST_AND_ASSIGNEE, _BOTH),),
    TaskApprovalAnswered: (Rule(Kind.TASK_APPROVAL_ANSWERED, PRODUCER, _BOTH, ANSWERED),),
    TicketReminded: (Rule(Kind.DATE_REMINDED, ANALYST, _BOTH, why="W9"),),
    TicketReopened: (
        Rule(Kind.WAIT_OVER, ANALYST, _BOTH, _because("wait_over"), "W4"),
        Rule(Kind.TICKET_REOPENED, ANALYST, _IN_APP, _because("team")),
    ),
    TicketResolved: (
        Rule(Kind.REQUESTER_ENDED, ANALYST, _IN_APP, BY_REQUESTER, "P4"),
        Rule(Kind.TICKET_ENDED, ANALYST, _IN_APP, NOT_BY_REQUESTER),
    ),
    TicketCancelled: (
        Rule(Kind.REQUESTER_ENDED, ANALYST, _IN_APP, BY_REQUESTER, "P4"),
        Rule(Kind.TICKET_ENDED, ANALYST, _IN_APP, NOT_BY_REQUESTER),
    ),
    TicketMerged: (
        Rule(Kind.REQUEST_MERGED, REQUESTER, _MAIL, why="W13"),
        Rule(Kind.TICKET_MERGED, ANALYST, _IN_APP, why="W13"),
    ),
    TicketSplitOff: (Rule(Kind.TICKET_SPLIT_OFF, ANALYST, _IN_APP, why="W14"),),
    TicketStepUndone: (Rule(Kind.STEP_UNDONE, ANALYST, _IN_APP, why="W15"),),
    TicketTaskLinkRefused: (Rule(Kind.TASK_LINK_REFUSED, ANALYST, _BOTH),),
    TaskCreated: (Rule(Kind.TASK_ASSIGNED, PRODUCER, _BOTH, why="H3"),),
    TaskAssigned: (
        Rule(Kind.TASK_ASSIGNED, PRODUCER, _BOTH, why="H6"),
        Rule(Kind.TASK_TAKEN_AWAY, FORMER_PRODUCER, _IN_APP),
    ),
    TaskCancelled: (Rule(Kind.TASK_CANCELLED, PRODUCER, _BOTH, why="H5"),),
    TaskReopened: (Rule(Kind.TASK_REOPENED, PRODUCER, _BOTH, why="H5"),),
    TaskUnblocked: (Rule(Kind.TASK_UNBLOCKED, TASKS_PEOPLE, _BOTH),),
    TaskCommented: (
        Rule(Kind.TASK_MENTIONED, MENTIONED, _BOTH),
        Rule(Kind.TASK_COMMENTED, PRODUCER, _IN_APP),
    ),
    TaskTicketFollowed: (Rule(Kind.TASK_TICKET_CANCELLED, PRODUCER, _BOTH, WORK_LEFT, "H5"),),
    TaskTicketReopened: (Rule(Kind.TASK_TICKET_REOPENED, PRODUCER, _BOTH, WORK_LEFT, "H5"),),
    TaskTicketUnlinked: (
        Rule(Kind.TASK_TICKET_LEFT, PRODUCER, _MAIL, FOR_NOBODY, "H6"),
        Rule(Kind.TASK_TICKET_LEFT, PRODUCER, _IN_APP, WORK_LEFT, "H6"),
    ),
    TaskTicketMoved: (Rule(Kind.TASK_TICKET_MOVED, PRODUCER, _IN_APP, why="W14"),),
    MessageHeld: (Rule(Kind.MESSAGE_HELD, ANALYST_POINTED_AT, _IN_APP),),
    SenderHeld: (Rule(Kind.SENDER_HELD, DECIDERS, _IN_APP, why="O3"),),
    MailDecisionAsked: (Rule(Kind.MAIL_HELD, DECIDERS, _IN_APP, why="O3"),),
    SenderRejected: (Rule(Kind.SENDER_REJECTED, SENDER, _MAIL, why="O3"),),
    WebhookDisabled: (Rule(Kind.CONNECTION_DISABLED, KEEPERS, _BOTH),),
    TrackerDisabled: (Rule(Kind.CONNECTION_DISABLED, KEEPERS, _BOTH),),
    NoticesGathered: (Rule(Kind.GATHERED, RECIPIENT, _MAIL),),
    AgendaDrawn: (Rule(Kind.TODAYS_WORK, WHOSE_DAY, _MAIL, why="W17"),),
    PersonInvited: (Rule(Kind.INVITATION, INVITED, _MAIL, why="O3"),),
    PasswordForgotten: (Rule(Kind.PASSWORD_FORGOTTEN, FORGETFUL, _MAIL, why="P1"),),
}
"""Who is told what by which way. A fact that is not listed is told to nobody; `QUIET` says why."""

QUIET: Mapping[str, str] = {
    "message.received.v1": "what comes of it is told: an opened ticket, a reply, something held",
    "notice.given.v1": "only makes a notice show at once",
    "notices.read.v1": "only makes it show at once",
    "agenda.wanted.v1": "what is drawn up is told",
    "mail.held.v1": "who decides about it is found first; then they are told",
    "mail.bounced.v1": "the ticket's own facts tell of it",
    "mail.auto_replied.v1": "a machine's words need nobody",
    "mail.sent.v1": "what was told is told",
    "mail.failed.v1": "the ticket's own facts tell of it",
    "mail.loop_broken.v1": "the ticket's own facts tell of it",
    "mail.returned.v1": "the ticket whose mail came back tells",
    "ticket.noted.v1": "private: it has no way in (W7)",
    "ticket.reply_held.v1": "the answer itself is told when it goes out",
    "ticket.reply_undone.v1": "nobody outside saw it, and its author did it",
    "ticket.entry_tagged.v1": "shows in the history",
    "ticket.message_": "the message itself is told where it arrives",
    "ticket.auto_reply_attached.v1": "a machine's words need nobody",
    "ticket.action_plan_written.v1": "becomes the task's description",
    "ticket.edited.v1": "shows in the history and live",
    "ticket.promised.v1": "goes out with a comment, if wanted (W9)",
    "ticket.due_set.v1": "shows in the list and in today's work (W17)",
    "ticket.requester_changed.v1": "the next answer goes to the new requester",
    "ticket.tagged.v1": "shows live",
    "ticket.watchers_changed.v1": "watchers get the next visible comment (W11)",
    "ticket.absorbed.v1": "the merged tickets' people are told by `ticket.merged`",
    "ticket.bulk_edited.v1": "the facts of each change tell",
    "ticket.split.v1": "the new ticket tells",
    "ticket.task_requested.v1": "the task tells",
    "ticket.task_followed.v1": "the stage tells",
    "ticket.task_link_asked.v1": "shows live; a refusal is told",
    "ticket.task_linked.v1": "shows live",
    "ticket.task_unlinked.v1": "shows live",
    "ticket.approval_skipped.v1": "the task goes on without that answer",
    "ticket.rule_applied.v1": "shows in the history; what the rule did is told by its own facts",
    "task.rule_fired.v1": "the tickets do what the rule says",
    "rule.configured.v1": "settings",
    "ticket.wait_started.v1": "whoever made it wait knows; its end is told (W4)",
    "ticket.closed.v1": "nothing is left to do (W6)",
    "ticket.draft": "a draft is its author's own (O12)",
    "task.phase_entered.v1": "the ticket's stage tells when it matters (H4)",
    "task.completed.v1": "the ticket's stage tells (H4, H5)",
    "task.tagged.v1": "shows live",
    "task.edited.v1": "shows in the history and live",
    "task.checklist_changed.v1": "shows live",
    "task.files_changed.v1": "shows live",
    "task.time_logged.v1": "shows in the history",
    "task.dependency_": "shows live; that the last one is gone is told",
    "task.type_configured.v1": "settings",
    "task.phase_renamed.v1": "settings",
    "capacity.configured.v1": "settings",
    "recurrence.": "the tasks that come of it tell",
    "task.outside_linked.v1": "shows live",
    "task.ticket_named.v1": "the ticket tells",
    "tracker.delivered.v1": "shows in the tracker's log",
    "ticket.delivery_draft_dropped.v1": "shows in the history",
    "address.": "the ticket whose mail came back tells",
    "task.ticket_linked.v1": "shows live",
    "task.link_refused.v1": "the ticket tells",
    "company.configured.v1": "settings",
    "workspace.configured.v1": "settings",
    "team.configured.v1": "settings",
    "project.configured.v1": "settings",
    "tag.configured.v1": "settings",
    "person.registered.v1": "newcomers are invited by their acknowledgement (O3)",
    "reply.saved.v1": "settings",
    "presence.shown.v1": "shows live, and is over in seconds",
}
"""Facts that are told to nobody, by type or by how their types begin, and why."""


def why_quiet(type_: str) -> str | None:
    """Why facts of this type are told to nobody; none when nobody has thought about it."""
    return next((why for beginning, why in QUIET.items() if type_.startswith(beginning)), None)
