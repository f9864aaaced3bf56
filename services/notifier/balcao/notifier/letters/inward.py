"""Letters to the team about tickets and about what waits at the door: what happened, and what is to be done."""

from balcao.notifier.letters import notice
from balcao.notifier.letters.case import Case, name_of
from balcao.notifier.letters.letter import Details, Heading, Letter, Line
from balcao.notifier.letters.notice import about_ticket, stage_name, value
from balcao.shared.catalogues import N_

_RETURNED = {
    "cancelled": N_("The ticket was cancelled meanwhile."),
    "spam": N_("The ticket was taken for spam meanwhile."),
    "unknown_sender": N_("The ticket was closed meanwhile, because nobody knows its sender."),
    "incomplete": N_("The draft lacks something that it needs to be submitted."),
}
_UNDONE = {
    "merge": N_("The merge was taken back."),
    "split": N_("The split was taken back."),
    "bulk_edit": N_("The change of several tickets at once was taken back."),
}
_LINK_REFUSED = {
    "task_cancelled": N_("The task was cancelled meanwhile."),
    "too_many_tickets": N_("The task serves as many tickets as a task can."),
}


def ticket_opened(case: Case) -> Letter:
    """A new ticket is with the analyst."""
    _ = case.say
    return about_ticket(case, _("New ticket with you"), words=case.words)


def requester_replied(case: Case) -> Letter:
    """The requester wrote again (W2)."""
    _ = case.say
    back = (_("The ticket is back in service."),) if case.fact.reopened else ()
    return about_ticket(case, _("%(who)s replied", who=name_of(case.fact.author)), *back, words=case.words)


def colleague_replied(case: Case) -> Letter:
    """Somebody else of the team answered in the analyst's ticket."""
    _ = case.say
    return about_ticket(case, _("%(who)s answered in your ticket", who=name_of(case.fact.author)), words=case.words)


def answer_returned(case: Case) -> Letter:
    """An answer could not go out any more; its author has it back."""
    _ = case.say
    reason = case.gettext(_RETURNED[case.fact.reason])
    kept = _("Nobody outside got it. Your words are kept: you find them on the ticket, unsent.")
    return about_ticket(case, _("Your answer could not go out"), reason, kept, why=notice.AUTHOR)


def mail_bounced(case: Case) -> Letter:
    """A mail about the ticket did not arrive."""
    _ = case.say
    rows = ((_("To"), value(case.fact.recipient or "")), (_("Reason"), value(case.fact.reason)))
    check = _("Check the address, or reach them another way.")
    return about_ticket(case, _("A mail came back"), check, rows=rows)


def mail_loop_broken(case: Case) -> Letter:
    """A machine answers each of our automatic mails, so they stop for a while."""
    _ = case.say
    rows = ((_("To"), value(case.fact.recipient or "")),)
    stopped = _("Automatic mails do not go to this address for now. What somebody of the team writes still does.")
    return about_ticket(case, _("A machine answers each of our mails"), stopped, rows=rows)


def date_reminded(case: Case) -> Letter:
    """The date that was promised is near, or reached (W9)."""
    _ = case.say
    when = case.moment(case.fact.promised_for)
    near, reached = _("The promised date is near"), _("The promised date is reached")
    promised = _("%(who)s was promised an answer for %(when)s.", who=case.requester, when=when)
    return about_ticket(case, near if case.fact.what == "near" else reached, promised)


def wait_over(case: Case) -> Letter:
    """What the ticket waited for has come, or its time has (W4)."""
    _ = case.say
    return about_ticket(case, _("The wait is over"), _("The ticket is back in service."))


def analyst_assigned(case: Case) -> Letter:
    """Somebody handed the ticket over (H8)."""
    _ = case.say
    return about_ticket(case, _("You are the ticket's analyst now"), rows=_by(case))


def analyst_relieved(case: Case) -> Letter:
    """Somebody else answers for the ticket now (H8)."""
    _ = case.say
    rows = ((_("Analyst"), name_of(case.fact.ticket.analyst)), *_by(case))
    heading = _("Somebody else is the ticket's analyst now")
    return about_ticket(case, heading, why=notice.FORMER_ANALYST, rows=rows)


def stage_assigned(case: Case) -> Letter:
    """Somebody gave the reader the current stage (H1)."""
    _ = case.say
    rows = ((_("Stage"), stage_name(case, case.fact.stage)), *_by(case))
    return about_ticket(case, _("The current stage is yours"), why=notice.ASSIGNEE, rows=rows)


def work_arrived(case: Case) -> Letter:
    """The ticket entered a stage of the reader's (H1, H7)."""
    _ = case.say
    rows = ((_("Stage"), stage_name(case, case.fact.stage)), *_by(case))
    return about_ticket(case, _("It is your turn"), why=notice.ASSIGNEE, rows=rows)


def production_started(case: Case) -> Letter:
    """A task was made for the ticket (H3)."""
    _ = case.say
    return about_ticket(case, _("Production has begun"), why=notice.ASSIGNEE, rows=_task(case))


def production_finished(case: Case) -> Letter:
    """Production is done: somebody owes the requester an answer (H4, H5)."""
    _ = case.say
    check = _("The ticket is in delivery. Check the result and answer %(who)s.", who=case.requester)
    return about_ticket(case, _("Production is done"), check, why=notice.ANALYST_OR_ASSIGNEE, rows=_task(case))


def production_reopened(case: Case) -> Letter:
    """A finished task goes on, and the ticket with it (H5)."""
    _ = case.say
    again = _("Work on it goes on. You hear of it when it is done.")
    return about_ticket(case, _("Back in production"), again, why=notice.ANALYST_OR_ASSIGNEE, rows=_task(case))


def production_cancelled(case: Case) -> Letter:
    """No task is left, so somebody has to decide (H5)."""
    _ = case.say
    decide = _("The ticket is back in planning. Decide how it goes on.")
    return about_ticket(case, _("All its tasks were cancelled"), decide, why=notice.ANALYST_OR_ASSIGNEE)


def requester_ended(case: Case) -> Letter:
    """The requester ended the ticket themselves (P4)."""
    _ = case.say
    ended = _("%(who)s ended the ticket", who=case.requester)
    return about_ticket(case, ended, _("You have nothing to do, unless work on it is still under way."))


def ticket_ended(case: Case) -> Letter:
    """A colleague, or the time, ended the ticket."""
    _ = case.say
    resolved, cancelled = _("Your ticket was resolved"), _("Your ticket was cancelled")
    return about_ticket(case, cancelled if case.fact.ticket.status == "cancelled" else resolved, rows=_by(case))


def ticket_reopened(case: Case) -> Letter:
    """A colleague took the ticket up again."""
    _ = case.say
    return about_ticket(case, _("Your ticket is back in service"), rows=_by(case))


def ticket_merged(case: Case) -> Letter:
    """The ticket goes on in another one (W13)."""
    _ = case.say
    into = case.fact.into
    rows = ((_("Goes on in"), f"#{into.number} {value(into.title)}"), *_by(case))
    return about_ticket(case, _("Your ticket was merged into another one"), rows=rows)


def ticket_split_off(case: Case) -> Letter:
    """Part of another ticket is a ticket of its own now (W14)."""
    _ = case.say
    origin = case.fact.origin
    rows = ((_("Comes from"), f"#{origin.number} {value(origin.title)}"), *_by(case))
    return about_ticket(case, _("Part of a ticket became a ticket of yours"), rows=rows)


def step_undone(case: Case) -> Letter:
    """A merge, split or bulk edit was taken back (W15)."""
    _ = case.say
    heading = _("A step was taken back in your ticket")
    return about_ticket(case, heading, case.gettext(_UNDONE[case.fact.what]), rows=_by(case))


def task_link_refused(case: Case) -> Letter:
    """A task could not be linked after all."""
    _ = case.say
    reason = case.gettext(_LINK_REFUSED[case.fact.reason])
    goes_on = _("The ticket does not wait for it.")
    return about_ticket(case, _("A task could not be linked"), reason, goes_on, rows=_task(case))


def message_held(case: Case) -> Letter:
    """Somebody who is no part of a ticket wrote to it: kept until somebody lets it in."""
    _ = case.say
    sender = name_of(case.fact.sender)
    rows = ((_("From"), sender), (_("Subject"), value(case.fact.subject)))
    waits = _("A message from %(who)s waits to be let in", who=sender)
    if case.fact.pointed_at.analyst is None:
        decide = _("It points at a ticket without an analyst, and its sender is no part of it. Look at it and decide.")
        return about_ticket(case, waits, decide, why=notice.DECIDER, rows=rows)
    decide = _("It points at your ticket, but its sender is no part of it. Look at it and decide.")
    return about_ticket(case, waits, decide, rows=rows)


def sender_held(case: Case) -> Letter:
    """Somebody unknown waits to be let in (O3)."""
    _ = case.say
    sender = name_of(case.fact.sender)
    waits = _("%(who)s waits to be let in", who=sender)
    decide = _("Nobody knows this address yet, and your company decides about each new one.")
    about = Details(((_("From"), sender), (_("Subject"), case.title)))
    return Letter(waits, decide, (Heading(waits), about, Line(decide)), case.gettext(notice.DECIDER))


def mail_held(case: Case) -> Letter:
    """A mail waits that intake could not take in by itself."""
    _ = case.say
    waits = _("A mail was held and waits for a decision")
    decide = _("It could not be taken in by itself. Look at it and decide.")
    about = Details(((_("From"), case.fact.sender or "–"), (_("Subject"), case.title)))
    return Letter(waits, decide, (Heading(waits), about, Line(decide)), case.gettext(notice.DECIDER))


def connection_disabled(case: Case) -> Letter:
    """A webhook or tracker was switched off, because its server failed for too long."""
    _ = case.say
    heading = _("A connection was switched off")
    failed = _("Its server failed for too long. Once it answers again, switch it on and replay what it missed.")
    blocks = (Heading(heading), Details(((_("Connection"), case.title),)), Line(failed))
    return Letter(f"{heading}: {case.title}", failed, blocks, case.gettext(notice.KEEPER))


def _task(case: Case) -> tuple[notice.Row, ...]:
    _ = case.say
    task = case.fact.task
    return ((_("Task"), value(task.title)),) if task is not None else ()


def _by(case: Case) -> tuple[notice.Row, ...]:
    """Who did it, where it was a person."""
    _ = case.say
    return ((_("By"), name_of(case.delivery.event.actor)),)
