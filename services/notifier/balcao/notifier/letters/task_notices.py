"""Letters to producers about their tasks."""

from balcao.notifier.letters import notice
from balcao.notifier.letters.case import Case, name_of
from balcao.notifier.letters.letter import Letter
from balcao.notifier.letters.notice import about_task, value
from balcao.shared.events import TaskCreated


def task_assigned(case: Case) -> Letter:
    """A task is the reader's, from the beginning or from now on (H3, H6)."""
    _ = case.say
    description = case.fact.description if isinstance(case.fact, TaskCreated) else ""
    return about_task(case, _("New task for you"), rows=_by(case), words=description)


def task_taken_away(case: Case) -> Letter:
    """Somebody else does the task now (H6)."""
    _ = case.say
    rows = ((_("Executor"), name_of(case.fact.task.executor)), *_by(case))
    return about_task(case, _("Somebody else does this task now"), why=notice.FORMER_PRODUCER, rows=rows)


def task_cancelled(case: Case) -> Letter:
    """The reader's task was given up (H5)."""
    _ = case.say
    rows = ((_("Reason"), value(case.fact.reason)), *_by(case))
    return about_task(case, _("Your task was cancelled"), _("You need not go on with it."), rows=rows)


def task_reopened(case: Case) -> Letter:
    """The reader's task goes on (H5)."""
    _ = case.say
    return about_task(case, _("Your task goes on"), rows=_by(case))


def task_unblocked(case: Case) -> Letter:
    """The last of the tasks that the reader's waited for is done."""
    _ = case.say
    waited_for = case.fact.blocker
    rows = ((_("Waited for"), f"{waited_for.number} {value(waited_for.title)}"),)
    return about_task(case, _("Nothing holds up your task any more"), _("You can go on with it."), rows=rows)


def task_mentioned(case: Case) -> Letter:
    """Somebody called the reader by name."""
    _ = case.say
    who = name_of(case.delivery.event.actor)
    heading = _("%(who)s mentioned you", who=who) if who else _("You were mentioned")
    return about_task(case, heading, why=notice.MENTIONED, words=case.fact.text)


def task_commented(case: Case) -> Letter:
    """Somebody wrote about the reader's task."""
    _ = case.say
    who = name_of(case.delivery.event.actor)
    heading = _("%(who)s commented on your task", who=who) if who else _("A comment on your task")
    return about_task(case, heading, words=case.fact.text)


def task_ticket_cancelled(case: Case) -> Letter:
    """A ticket that the task serves was cancelled; the work goes on until somebody decides."""
    _ = case.say
    decide = _("The task itself goes on. Ask whether it is still needed.")
    return about_task(case, _("A ticket of your task was cancelled"), decide, rows=_ticket(case))


def task_ticket_reopened(case: Case) -> Letter:
    """A ticket that the task serves is in service again."""
    _ = case.say
    goes_on = _("The task is needed for it.")
    return about_task(case, _("A ticket of your task is back in service"), goes_on, rows=_ticket(case))


def task_ticket_moved(case: Case) -> Letter:
    """The task serves another ticket now (W14, W15)."""
    _ = case.say
    return about_task(case, _("Your task serves another ticket now"), rows=_ticket(case))


def task_ticket_left(case: Case) -> Letter:
    """A ticket was taken off the task; with none left somebody has to say whether the work is still wanted (H6)."""
    _ = case.say
    alone = _("The task serves no ticket any more. Ask whether it is still needed.")
    words = alone if case.fact.last else ""
    return about_task(case, _("A ticket does not need your task any more"), words, rows=(*_ticket(case), *_by(case)))


def _ticket(case: Case) -> tuple[notice.Row, ...]:
    _ = case.say
    return ((_("Ticket"), f"#{case.fact.ticket_number}"),)


def _by(case: Case) -> tuple[notice.Row, ...]:
    _ = case.say
    return ((_("By"), name_of(case.delivery.event.actor)),)
