"""Putting a ticket aside until something outside the team happens (W4)."""

from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import Party, TicketWaitStarted
from balcao.tickets.domain.conditions import TimeHasPassed, WaitIsIncomplete
from balcao.tickets.domain.stages import touch
from balcao.tickets.domain.status import allow, enter_status
from balcao.tickets.domain.team import Team
from balcao.tickets.domain.ticket import Ticket, Wait, WaitReason

NEEDS: dict[WaitReason, str] = {
    "more_information": "days",
    "follow_up": "until",
    "visit": "until",
    "split": "",
    "case_launched": "",
}
"""What each reason must say: the days to wait for an answer (the company's usual number unless said), the date and
time to go on, the date of the visit. What was split off, or launched elsewhere, may take as long as it takes."""


def plan(
    reason: WaitReason,
    team: Team,
    at: datetime,
    *,
    until: datetime | None = None,
    days: int | None = None,
    close_if_no_answer: bool | None = None,
) -> Wait:
    """A wait for a reason, with its end as an instant (W4).

    Days are the company's business days, and over when business closes. Raises `WaitIsIncomplete`, `TimeHasPassed`.
    """
    asks_for_words = reason == "more_information"
    if not asks_for_words and (days is not None or close_if_no_answer):
        raise WaitIsIncomplete(f"only more_information waits for days or an answer, not {reason}", reason=reason)
    if asks_for_words and until is None:
        usual = team.company.policies.no_answer_days
        until = team.company.calendar().add_business_days(at, usual if days is None else days)
    if NEEDS[reason] and until is None:
        raise WaitIsIncomplete(f"waiting for {reason} needs a date", reason=reason, missing=[NEEDS[reason]])
    if until is not None and until <= at:
        raise TimeHasPassed("a ticket waits for something to come", until=until)
    closes = team.company.policies.close_if_no_answer if close_if_no_answer is None else close_if_no_answer
    return Wait(reason=reason, until=until, close_if_no_answer=asks_for_words and closes)


def wait(ticket: Ticket, planned: Wait, by: Party) -> Change[Ticket]:
    """Wait until a time or an answer; it leaves the inbox and comes back highlighted."""
    revision = Revision(ticket)
    wait_step(revision, planned, by)
    return revision.done()


def wait_step(revision: Revision[Ticket], planned: Wait, by: Party) -> None:
    """`wait` as one step of a change, such as a comment."""
    allow(revision.now, "wait")
    touch(revision, by)
    begin_wait(revision, planned)


def begin_wait(revision: Revision[Ticket], planned: Wait) -> None:
    """Be put aside, without anybody having taken it: as a ticket that waits from its opening on (O11)."""
    enter_status(revision, "waiting")
    revision.set(wait=planned, highlight=None)
    revision.say(
        TicketWaitStarted,
        reason=planned.reason,
        until=planned.until,
        close_if_no_answer=planned.close_if_no_answer,
    )
