"""The kinds of notices as people read them: in which group they stand, with which sign, in which words."""

from dataclasses import dataclass

from balcao.shared.catalogues import N_

GROUPS = (
    ("requests", N_("Requests")),
    ("mine", N_("What is mine")),
    ("production", N_("Production")),
    ("tasks", N_("Tasks")),
    ("mail", N_("Mail and connections")),
)
"""In the order in which one chooses what to hear of."""


@dataclass(frozen=True)
class NoticeKind:
    """One kind."""

    group: str
    icon: str
    words: str


NOTICE_KINDS = {
    "ticket_opened": NoticeKind("requests", "inbox", N_("A request came in")),
    "requester_replied": NoticeKind("requests", "back", N_("A requester answered")),
    "colleague_replied": NoticeKind("requests", "chat", N_("A colleague wrote on my ticket")),
    "approval_answered": NoticeKind("requests", "check-ring", N_("A requester answered an approval")),
    "requester_ended": NoticeKind("requests", "door", N_("A requester closed their request")),
    "ticket_ended": NoticeKind("requests", "check", N_("A colleague resolved or cancelled my ticket")),
    "ticket_reopened": NoticeKind("requests", "refresh", N_("My ticket was reopened")),
    "ticket_merged": NoticeKind("requests", "merge", N_("My ticket was merged")),
    "ticket_split_off": NoticeKind("requests", "split", N_("A part of my ticket became its own")),
    "step_undone": NoticeKind("requests", "undo", N_("A step on my ticket was undone")),
    "analyst_assigned": NoticeKind("mine", "user", N_("A ticket became mine")),
    "analyst_relieved": NoticeKind("mine", "user", N_("A ticket is not mine any more")),
    "stage_assigned": NoticeKind("mine", "stage", N_("I act in a stage of a ticket")),
    "work_arrived": NoticeKind("mine", "bolt", N_("A ticket is with me now")),
    "date_reminded": NoticeKind("mine", "calendar", N_("A promised date comes near")),
    "wait_over": NoticeKind("mine", "hourglass", N_("A wait is over")),
    "production_started": NoticeKind("production", "play", N_("Production began")),
    "production_finished": NoticeKind("production", "check-ring", N_("Production is done: check and answer")),
    "production_reopened": NoticeKind("production", "repeat", N_("Back to production")),
    "production_cancelled": NoticeKind("production", "ban", N_("Production was cancelled")),
    "task_assigned": NoticeKind("tasks", "tasks", N_("A task became mine")),
    "task_taken_away": NoticeKind("tasks", "tasks", N_("A task is not mine any more")),
    "task_cancelled": NoticeKind("tasks", "ban", N_("My task was cancelled")),
    "task_reopened": NoticeKind("tasks", "refresh", N_("My task was reopened")),
    "task_ticket_cancelled": NoticeKind("tasks", "ban", N_("My task’s ticket was cancelled")),
    "task_ticket_reopened": NoticeKind("tasks", "refresh", N_("My task’s ticket was reopened")),
    "task_ticket_moved": NoticeKind("tasks", "merge", N_("My task went to another ticket")),
    "task_ticket_left": NoticeKind("tasks", "unlink", N_("A ticket does not need my task any more")),
    "task_link_refused": NoticeKind("tasks", "unlink", N_("A task could not be linked to a ticket")),
    "task_mentioned": NoticeKind("tasks", "at", N_("Somebody mentioned me")),
    "task_commented": NoticeKind("tasks", "chat", N_("Somebody wrote on my task")),
    "task_unblocked": NoticeKind("tasks", "unlink", N_("My task can begin: what it waited for is done")),
    "task_approval_answered": NoticeKind("tasks", "check-ring", N_("My task’s approval was answered")),
    "answer_returned": NoticeKind("mail", "alert", N_("An answer of mine did not go out")),
    "mail_bounced": NoticeKind("mail", "alert", N_("A mail was not delivered")),
    "mail_loop_broken": NoticeKind("mail", "repeat", N_("A loop of automatic mails was broken")),
    "message_held": NoticeKind("mail", "held", N_("A message by an outsider waits for a decision")),
    "sender_held": NoticeKind("mail", "held", N_("Somebody unknown waits to be let in")),
    "mail_held": NoticeKind("mail", "held", N_("A mail was held and waits for a decision")),
    "connection_disabled": NoticeKind("mail", "webhook", N_("A connection was turned off")),
}
UNKNOWN = NoticeKind("mail", "bell", N_("Something else"))


def kind_of(name: str) -> NoticeKind:
    """The kind of this name; one that is newer than this page is shown all the same."""
    return NOTICE_KINDS.get(name, UNKNOWN)
