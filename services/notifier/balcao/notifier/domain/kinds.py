"""What can be told, by which ways, and what holds for each kind whatever people prefer."""

from dataclasses import dataclass
from enum import StrEnum

from balcao.shared.events import Party


class Channel(StrEnum):
    """A way to tell somebody."""

    MAIL = "mail"
    IN_APP = "in_app"


class Kind(StrEnum):
    """What is told; each has its words in `letters`."""

    ACKNOWLEDGEMENT = "acknowledgement"
    REPLY = "reply"
    REQUEST_MERGED = "request_merged"
    SENDER_REJECTED = "sender_rejected"
    INVITATION = "invitation"
    PASSWORD_FORGOTTEN = "password_forgotten"  # noqa: S105 - a kind of telling
    APPROVAL_ASKED = "approval_asked"

    TICKET_OPENED = "ticket_opened"
    REQUESTER_REPLIED = "requester_replied"
    COLLEAGUE_REPLIED = "colleague_replied"
    APPROVAL_ANSWERED = "approval_answered"
    ANSWER_RETURNED = "answer_returned"
    MAIL_BOUNCED = "mail_bounced"
    MAIL_LOOP_BROKEN = "mail_loop_broken"
    MESSAGE_HELD = "message_held"
    SENDER_HELD = "sender_held"
    MAIL_HELD = "mail_held"
    DATE_REMINDED = "date_reminded"
    WAIT_OVER = "wait_over"
    ANALYST_ASSIGNED = "analyst_assigned"
    ANALYST_RELIEVED = "analyst_relieved"
    STAGE_ASSIGNED = "stage_assigned"
    WORK_ARRIVED = "work_arrived"
    PRODUCTION_STARTED = "production_started"
    PRODUCTION_FINISHED = "production_finished"
    PRODUCTION_REOPENED = "production_reopened"
    PRODUCTION_CANCELLED = "production_cancelled"
    REQUESTER_ENDED = "requester_ended"
    TICKET_ENDED = "ticket_ended"
    TICKET_REOPENED = "ticket_reopened"
    TICKET_MERGED = "ticket_merged"
    TICKET_SPLIT_OFF = "ticket_split_off"
    STEP_UNDONE = "step_undone"

    TASK_ASSIGNED = "task_assigned"
    TASK_TAKEN_AWAY = "task_taken_away"
    TASK_CANCELLED = "task_cancelled"
    TASK_REOPENED = "task_reopened"
    TASK_TICKET_CANCELLED = "task_ticket_cancelled"
    TASK_TICKET_REOPENED = "task_ticket_reopened"
    TASK_TICKET_MOVED = "task_ticket_moved"
    TASK_TICKET_LEFT = "task_ticket_left"
    TASK_LINK_REFUSED = "task_link_refused"
    TASK_MENTIONED = "task_mentioned"
    TASK_COMMENTED = "task_commented"
    TASK_UNBLOCKED = "task_unblocked"
    TASK_APPROVAL_ANSWERED = "task_approval_answered"

    CONNECTION_DISABLED = "connection_disabled"

    GATHERED = "gathered"
    TODAYS_WORK = "todays_work"


OUTWARD = frozenset(
    {
        Kind.ACKNOWLEDGEMENT,
        Kind.REPLY,
        Kind.REQUEST_MERGED,
        Kind.SENDER_REJECTED,
        Kind.INVITATION,
        Kind.PASSWORD_FORGOTTEN,
        Kind.APPROVAL_ASKED,
    }
)
"""Kinds whose words are meant for requesters and watchers. All others are for the team."""

URGENT = OUTWARD | {Kind.PRODUCTION_FINISHED, Kind.DATE_REMINDED, Kind.GATHERED, Kind.TODAYS_WORK}
"""Kinds whose mail always goes at once: what people outside wait for, what production waits for (H4), and what has been
gathered already."""

SPOKEN_OF = frozenset(
    {Kind.PRODUCTION_FINISHED, Kind.SENDER_HELD, Kind.MESSAGE_HELD, Kind.MAIL_HELD, Kind.ANSWER_RETURNED}
)
"""Kinds of which at least one way stays on: nobody else would notice that somebody waits."""

RECEIPTS = frozenset({Kind.ACKNOWLEDGEMENT, Kind.SENDER_REJECTED})
"""Kinds that confirm to somebody what they did themselves; everything else is never told about one's own action."""

ONCE_A_DAY = frozenset({Kind.SENDER_REJECTED})
"""Kinds that one person gets at most once a day (UTC), however many events lead to them: two machines that answer each
other would never end."""


@dataclass(frozen=True)
class Telling:
    """One thing to tell one person by one way."""

    kind: Kind
    channel: Channel
    recipient: Party
