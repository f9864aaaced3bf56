"""What an in-app notice says, in its reader's language."""

from balcao.notifier.domain.kinds import Kind
from balcao.notifier.letters import catalogues
from balcao.shared.catalogues import locale_of


def title_of(kind: Kind, ticket_title: str, who: str, locale: str | None) -> str:
    """One line for a list of notices; the ticket's number is shown beside it."""
    gettext = catalogues.translations(locale_of(locale)).gettext
    sentences = {
        Kind.TICKET_OPENED: gettext("New ticket: %(title)s"),
        Kind.REQUESTER_REPLIED: gettext("%(who)s replied: %(title)s"),
        Kind.COLLEAGUE_REPLIED: gettext("%(who)s answered in your ticket: %(title)s"),
        Kind.APPROVAL_ANSWERED: gettext("%(who)s answered what you asked to be approved: %(title)s"),
        Kind.TASK_APPROVAL_ANSWERED: gettext("%(who)s has looked at your work: %(title)s"),
        Kind.ANSWER_RETURNED: gettext("Your answer could not go out: %(title)s"),
        Kind.MAIL_BOUNCED: gettext("A mail came back: %(title)s"),
        Kind.MAIL_LOOP_BROKEN: gettext("A machine answers each of our mails: %(title)s"),
        Kind.MESSAGE_HELD: gettext("A message from %(who)s waits to be let in: %(title)s"),
        Kind.SENDER_HELD: gettext("%(who)s, whom nobody knows yet, waits to be let in: %(title)s"),
        Kind.MAIL_HELD: gettext("A mail was held and waits for a decision: %(title)s"),
        Kind.DATE_REMINDED: gettext("The promised date needs a look: %(title)s"),
        Kind.WAIT_OVER: gettext("The wait is over: %(title)s"),
        Kind.ANALYST_ASSIGNED: gettext("%(who)s made you the analyst: %(title)s"),
        Kind.ANALYST_RELIEVED: gettext("%(who)s gave it to another analyst: %(title)s"),
        Kind.STAGE_ASSIGNED: gettext("%(who)s gave you the current stage: %(title)s"),
        Kind.WORK_ARRIVED: gettext("It is your turn: %(title)s"),
        Kind.PRODUCTION_STARTED: gettext("Production has begun: %(title)s"),
        Kind.PRODUCTION_FINISHED: gettext("Production is done: %(title)s"),
        Kind.PRODUCTION_REOPENED: gettext("Back in production: %(title)s"),
        Kind.PRODUCTION_CANCELLED: gettext("All its tasks were cancelled: %(title)s"),
        Kind.REQUESTER_ENDED: gettext("%(who)s ended the ticket: %(title)s"),
        Kind.TICKET_ENDED: gettext("Your ticket was ended: %(title)s"),
        Kind.TICKET_REOPENED: gettext("Your ticket is back in service: %(title)s"),
        Kind.TICKET_MERGED: gettext("Your ticket was merged into another one: %(title)s"),
        Kind.TICKET_SPLIT_OFF: gettext("Part of a ticket became a ticket of yours: %(title)s"),
        Kind.STEP_UNDONE: gettext("A step was taken back in your ticket: %(title)s"),
        Kind.TASK_ASSIGNED: gettext("New task for you: %(title)s"),
        Kind.TASK_TAKEN_AWAY: gettext("Somebody else does this task now: %(title)s"),
        Kind.TASK_CANCELLED: gettext("Your task was cancelled: %(title)s"),
        Kind.TASK_REOPENED: gettext("Your task goes on: %(title)s"),
        Kind.TASK_TICKET_CANCELLED: gettext("A ticket of your task was cancelled: %(title)s"),
        Kind.TASK_TICKET_REOPENED: gettext("A ticket of your task is back in service: %(title)s"),
        Kind.TASK_TICKET_MOVED: gettext("Your task serves another ticket now: %(title)s"),
        Kind.TASK_TICKET_LEFT: gettext("A ticket does not need your task any more: %(title)s"),
        Kind.TASK_LINK_REFUSED: gettext("A task could not be linked: %(title)s"),
        Kind.TASK_MENTIONED: gettext("%(who)s mentioned you: %(title)s"),
        Kind.TASK_COMMENTED: gettext("%(who)s commented on your task: %(title)s"),
        Kind.TASK_UNBLOCKED: gettext("Nothing holds up your task any more: %(title)s"),
        Kind.CONNECTION_DISABLED: gettext("The connection was switched off, its server failed for too long: %(title)s"),
    }
    return sentences.get(kind, "%(title)s") % {"title": ticket_title, "who": who or gettext("Somebody")}
