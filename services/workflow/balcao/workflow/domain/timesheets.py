"""Time spent on a task: one entry per person and day, which a later one of their own corrects."""

from datetime import date, datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Party, TaskTimeLogged
from balcao.workflow.domain.conditions import BadTime, TooMuch
from balcao.workflow.domain.held import DayOfWork
from balcao.workflow.domain.tasks import Task

MOST_DAYS = 1_000
MINUTES_OF_A_DAY = 24 * 60


def log_time(
    task: Task, person: Party, day: date, minutes: int, note: str, *, today: date, at: datetime
) -> Change[Task]:
    """Somebody worked so many minutes on the task on a day, all in all; 0 takes their entry back.

    In whatever state the task is. Raises `BadTime` for a day to come, and `TooMuch` past `MOST_DAYS`.
    """
    if day > today:
        raise BadTime("time is entered once it is spent: the day has not come yet")
    if not 0 <= minutes <= MINUTES_OF_A_DAY:
        raise BadTime("a day has 1440 minutes")
    key = (person.person_id or "", day.isoformat())
    before = next((one.minutes for one in task.spent if (one.person_id, one.day) == key), 0)
    if minutes == before:
        return Revision(task).done()
    others = tuple(one for one in task.spent if (one.person_id, one.day) != key)
    mine = (DayOfWork(person_id=key[0], day=key[1], minutes=minutes),) if minutes else ()
    if len(others) + len(mine) > MOST_DAYS:
        raise TooMuch(f"a task holds at most {MOST_DAYS} entries of time; make another task of what is left")
    spent = tuple(sorted((*others, *mine), key=lambda one: (one.day, one.person_id)))
    total = sum(one.minutes for one in spent)
    revision = Revision(task).set(spent=spent, spent_minutes=total, updated_at=max(task.updated_at, at))
    return revision.say(
        TaskTimeLogged, person=person, day=key[1], minutes=minutes, before=before, note=note, spent_minutes=total
    ).done()
