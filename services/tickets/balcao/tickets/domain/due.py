"""When the team has to do something about a ticket, by its situation and the company's calendar (W16)."""

from datetime import datetime

from balcao.shared.aggregate import Change
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.ticket import Ticket


def due_of(ticket: Ticket, company: Company, at: datetime) -> datetime | None:
    """When a ticket is due that got into its situation at an instant.

    To do, or in progress: so many business days later. Waiting: when the date that was agreed on is reached; for a
    visit, on that day. Nothing is due of a draft or of what is concluded.
    """
    policy, calendar = company.policies.due_by_status, company.calendar()
    if ticket.status == "open":
        days = policy.todo_days if ticket.progress == "todo" else policy.in_progress_days
        return None if days is None else calendar.add_business_days(at, days)
    if ticket.status != "waiting" or ticket.wait is None or ticket.wait.until is None:
        return None
    until = ticket.wait.until
    if ticket.wait.reason == "visit":
        return max(until, calendar.end_of_day(calendar.today(until))) if policy.visit_date else None
    return until if policy.agreed_date else None


def due_after(change: Change[Ticket], company: Company, at: datetime) -> datetime | None:
    """When the ticket is due after a change: anew with each other situation, else as it was or as the change says."""
    before, after = change.before, change.after
    if before.version == 0:
        return after.due or due_of(after, company, at)
    same = (before.status, before.progress, before.wait) == (after.status, after.progress, after.wait)
    if same or (after.due != before.due and after.due is not None):
        return after.due
    return due_of(after, company, at)
