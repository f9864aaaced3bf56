"""Who writes which kind of letter."""

from collections.abc import Callable, Mapping

from balcao.notifier.domain.kinds import Kind
from balcao.notifier.letters import approvals, inward, outward, passwords, several, task_notices
from balcao.notifier.letters.case import Case
from balcao.notifier.letters.letter import Letter

WRITERS: Mapping[Kind, Callable[[Case], Letter]] = {
    Kind.ACKNOWLEDGEMENT: outward.acknowledgement,
    Kind.REPLY: outward.reply,
    Kind.REQUEST_MERGED: outward.request_merged,
    Kind.SENDER_REJECTED: outward.sender_rejected,
    Kind.INVITATION: outward.invitation,
    Kind.PASSWORD_FORGOTTEN: passwords.password_forgotten,
    Kind.APPROVAL_ASKED: approvals.approval_asked,
    Kind.APPROVAL_ANSWERED: approvals.approval_answered,
    Kind.TASK_APPROVAL_ANSWERED: approvals.task_approval_answered,
    Kind.TICKET_OPENED: inward.ticket_opened,
    Kind.REQUESTER_REPLIED: inward.requester_replied,
    Kind.COLLEAGUE_REPLIED: inward.colleague_replied,
    Kind.ANSWER_RETURNED: inward.answer_returned,
    Kind.MAIL_BOUNCED: inward.mail_bounced,
    Kind.MAIL_LOOP_BROKEN: inward.mail_loop_broken,
    Kind.MESSAGE_HELD: inward.message_held,
    Kind.SENDER_HELD: inward.sender_held,
    Kind.MAIL_HELD: inward.mail_held,
    Kind.DATE_REMINDED: inward.date_reminded,
    Kind.WAIT_OVER: inward.wait_over,
    Kind.ANALYST_ASSIGNED: inward.analyst_assigned,
    Kind.ANALYST_RELIEVED: inward.analyst_relieved,
    Kind.STAGE_ASSIGNED: inward.stage_assigned,
    Kind.WORK_ARRIVED: inward.work_arrived,
    Kind.PRODUCTION_STARTED: inward.production_started,
    Kind.PRODUCTION_FINISHED: inward.production_finished,
    Kind.PRODUCTION_REOPENED: inward.production_reopened,
    Kind.PRODUCTION_CANCELLED: inward.production_cancelled,
    Kind.REQUESTER_ENDED: inward.requester_ended,
    Kind.TICKET_ENDED: inward.ticket_ended,
    Kind.TICKET_REOPENED: inward.ticket_reopened,
    Kind.TICKET_MERGED: inward.ticket_merged,
    Kind.TICKET_SPLIT_OFF: inward.ticket_split_off,
    Kind.STEP_UNDONE: inward.step_undone,
    Kind.TASK_LINK_REFUSED: inward.task_link_refused,
    Kind.TASK_ASSIGNED: task_notices.task_assigned,
    Kind.TASK_TAKEN_AWAY: task_notices.task_taken_away,
    Kind.TASK_CANCELLED: task_notices.task_cancelled,
    Kind.TASK_REOPENED: task_notices.task_reopened,
    Kind.TASK_TICKET_CANCELLED: task_notices.task_ticket_cancelled,
    Kind.TASK_TICKET_REOPENED: task_notices.task_ticket_reopened,
    Kind.TASK_TICKET_MOVED: task_notices.task_ticket_moved,
    Kind.TASK_MENTIONED: task_notices.task_mentioned,
    Kind.TASK_COMMENTED: task_notices.task_commented,
    Kind.TASK_UNBLOCKED: task_notices.task_unblocked,
    Kind.CONNECTION_DISABLED: inward.connection_disabled,
    Kind.GATHERED: several.gathered,
    Kind.TODAYS_WORK: several.todays_work,
}
