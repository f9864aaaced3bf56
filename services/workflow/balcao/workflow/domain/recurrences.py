"""Work that comes again and again: a template, a rule, and where in the rule it stands."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.calendar import BusinessCalendar
from balcao.shared.events import RecurrenceConfigured, RecurrenceFired, RecurrenceProfile, RecurrenceSkipped
from balcao.workflow.domain.conditions import BadRule, RecurrenceHasEnded
from balcao.workflow.domain.opening import TaskWanted
from balcao.workflow.domain.recurrence_rules import MOST_RULE, DayOff, Occurrence, checked, next_occurrence
from balcao.workflow.domain.tasks import Task

MOST_RECURRENCES = 1_000
LocalTime = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$")]


class Plan(BaseModel):
    """What comes again, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: TaskWanted
    rule: str = Field(min_length=1, max_length=MOST_RULE, description="RFC 5545, e.g. FREQ=WEEKLY;BYDAY=MO;COUNT=10.")
    starts: LocalTime = Field(description="The first time, by the company's clock: YYYY-MM-DDTHH:MM.")
    day_off: DayOff = Field(default="next", description="What becomes of days on which the company does not work.")
    due_days: int | None = Field(
        default=None, ge=0, le=365, description="Working days until a task of it is due; none: by its type's duration."
    )

    @field_validator("starts")
    @classmethod
    def _is_a_moment(cls, value: str) -> str:
        datetime.fromisoformat(value)  # ValueError: there is no such day
        return value

    @field_validator("task")
    @classmethod
    def _has_no_date(cls, value: TaskWanted) -> TaskWanted:
        if value.due is not None:
            raise ValueError("its tasks are due some days after each is made: give `due_days`")
        return value

    @property
    def begins(self) -> datetime:
        """The first time, without a zone."""
        return datetime.fromisoformat(self.starts)


class Recurrence(Aggregate):
    """Work that comes again and again. One task is made for each time of its rule, whatever is restarted meanwhile."""

    number: int
    plan: Plan
    paused: bool = False
    next_local: datetime | None = None
    """The rule's next time on the company's clock, kept as if it were UTC. None once there is no more."""
    next_at: datetime | None = None
    """The instant at which the next task is made."""
    last_day: str | None = None
    """The day of the last task made or skipped: a day has one at the most."""
    made: int = 0
    created_at: datetime
    updated_at: datetime

    def about(self) -> dict[str, Any]:
        """Each of its facts carries it."""
        return {"recurrence": self.profile()}

    def profile(self) -> RecurrenceProfile:
        """What others need to know of it."""
        return RecurrenceProfile(
            id=self.id,
            number=self.number,
            title=self.plan.task.title,
            rule=self.plan.rule,
            paused=self.paused,
            ended=self.next_at is None,
            next_at=self.next_at,
            made=self.made,
            version=max(self.version, 1),
        )

    def waits_for(self, due: datetime) -> bool:
        """Whether a task has to be made at this instant."""
        return not self.paused and self.next_at == due


def begin(
    plan: Plan, company_id: str, id_: str, calendar: BusinessCalendar, *, number: int, at: datetime
) -> Change[Recurrence]:
    """A new recurrence. Times before `at` are not made. Raises `BadRule` when nothing would ever come of it."""
    plan = plan.model_copy(update={"rule": checked(plan.rule)})
    fresh = Recurrence(id=id_, company_id=company_id, number=number, plan=plan, created_at=at, updated_at=at)
    revision = _from_now_on(Revision(fresh), calendar, at)
    if revision.now.next_at is None:
        raise BadRule("by this rule there would never be a task")
    return revision.say(RecurrenceConfigured).done()


def replan(recurrence: Recurrence, plan: Plan, calendar: BusinessCalendar, *, at: datetime) -> Change[Recurrence]:
    """Another template or rule. What was made stays; the next time follows from the new rule. Raises `BadRule`."""
    plan = plan.model_copy(update={"rule": checked(plan.rule)})
    revision = Revision(recurrence)
    changed = tuple(field for field in Plan.model_fields if getattr(plan, field) != getattr(recurrence.plan, field))
    if not changed:
        return revision.done()
    revision.set(plan=plan, updated_at=at)
    if set(changed) & {"rule", "starts", "day_off"}:
        revision = _from_now_on(revision, calendar, at)
        if revision.now.next_at is None:
            raise BadRule("by this rule there would be no more tasks")
    return revision.say(RecurrenceConfigured, changed=changed).done()


def pause(recurrence: Recurrence, calendar: BusinessCalendar, *, paused: bool, at: datetime) -> Change[Recurrence]:
    """Stop making tasks for a while, or go on with the next time from `at`: what fell into the pause is not made.

    Nothing happens when it is so already. Raises `RecurrenceHasEnded`.
    """
    _require_more(recurrence)
    revision = Revision(recurrence)
    if recurrence.paused == paused:
        return revision.done()
    revision.set(paused=paused, updated_at=at)
    if not paused:
        revision = _from_now_on(revision, calendar, at)
    return revision.say(RecurrenceConfigured, changed=("paused",)).done()


def end(recurrence: Recurrence, *, at: datetime) -> Change[Recurrence]:
    """There will be no more tasks of it. Nothing happens when it has ended already."""
    revision = Revision(recurrence)
    if recurrence.next_at is not None:
        revision.set(next_at=None, next_local=None, updated_at=at).say(RecurrenceConfigured, changed=("ended",))
    return revision.done()


def skip(recurrence: Recurrence, calendar: BusinessCalendar, *, at: datetime) -> Change[Recurrence]:
    """Leave the next time out. Raises `RecurrenceHasEnded`."""
    occurrence = _require_more(recurrence)
    revision = _advanced(Revision(recurrence), calendar).set(updated_at=at)
    return revision.say(RecurrenceSkipped, occurrence=occurrence).done()


def fire(recurrence: Recurrence, task: Task, calendar: BusinessCalendar, *, at: datetime) -> Change[Recurrence]:
    """A task was made for the next time: on to the one after it. `at` is when that time was."""
    occurrence = _require_more(recurrence)
    revision = _advanced(Revision(recurrence), calendar).set(made=recurrence.made + 1, updated_at=at)
    return revision.say(RecurrenceFired, occurrence=occurrence, task_id=task.id, task_number=task.number).done()


def due_of(recurrence: Recurrence, calendar: BusinessCalendar, at: datetime) -> datetime | None:
    """When a task made at this instant is due, if its plan says so."""
    days = recurrence.plan.due_days
    return calendar.add_business_days(at, days) if days is not None else None


def _require_more(recurrence: Recurrence) -> datetime:
    if recurrence.next_at is None:
        raise RecurrenceHasEnded(f"recurrence #{recurrence.number} has ended")
    return recurrence.next_at


def _from_now_on(revision: Revision[Recurrence], calendar: BusinessCalendar, at: datetime) -> Revision[Recurrence]:
    """Stand at the first time that is not over yet."""
    now = revision.now
    found = _following(now, calendar, after=None)
    while found is not None and found.at < at:
        found = _following(now, calendar, after=max(found.local, _shortly_before(at, calendar)))
    return _at(revision, found)


def _shortly_before(at: datetime, calendar: BusinessCalendar) -> datetime:
    """Some days before `at` on the company's clock: a time moved to a working day may have been moved past `at`."""
    begins = calendar.business_days_before(at, 3)
    return begins.astimezone(calendar.zone).replace(tzinfo=None)


def _advanced(revision: Revision[Recurrence], calendar: BusinessCalendar) -> Revision[Recurrence]:
    now = revision.now
    after = _naive(now.next_local) if now.next_local is not None else None
    day = calendar.today(now.next_at).isoformat() if now.next_at is not None else now.last_day
    revision.set(last_day=day)
    return _at(revision, _following(revision.now, calendar, after=after))


def _following(now: Recurrence, calendar: BusinessCalendar, *, after: datetime | None) -> Occurrence | None:
    last = date.fromisoformat(now.last_day) if now.last_day is not None else None
    return next_occurrence(now.plan.rule, now.plan.begins, now.plan.day_off, calendar, after=after, last=last)


def _at(revision: Revision[Recurrence], found: Occurrence | None) -> Revision[Recurrence]:
    local = found.local.replace(tzinfo=UTC) if found is not None else None
    return revision.set(next_local=local, next_at=found.at if found is not None else None)


def _naive(local: datetime) -> datetime:
    return local.replace(tzinfo=None)
