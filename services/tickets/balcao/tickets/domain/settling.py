"""What the company's policies add to every change of a ticket, whichever rule decided it (W5, W6, W9, W16)."""

from dataclasses import replace
from datetime import datetime, timedelta

from balcao.shared.aggregate import Change
from balcao.shared.events import TicketResolved
from balcao.tickets.domain.company import Company
from balcao.tickets.domain.conditions import WordsNeeded
from balcao.tickets.domain.due import due_after
from balcao.tickets.domain.ticket import Method, Ticket

_NEEDS_WORDS: frozenset[Method] = frozenset({"answered", "no_response", "rejected"})
"""Methods of a conclusion that somebody explains. Of spam nobody is told; merging and splitting say it themselves."""


def settle(change: Change[Ticket], company: Company, at: datetime) -> Change[Ticket]:
    """The change with what the policies add: the end of the feedback window, the entry that counts as the words of
    the resolution, the due date and the reminder of the promised date.

    Raises `WordsNeeded` when the team resolves without the words the company asks for (W5).
    """
    if not change.facts:
        return change
    change = _resolution(change, company, at)
    after = change.after
    values = {"due": due_after(change, company, at), "remind_at": _remind_at(change, company)}
    return replace(change, after=after.model_copy(update=values))


def _resolution(change: Change[Ticket], company: Company, at: datetime) -> Change[Ticket]:
    resolved = next((fact for fact in change.facts if isinstance(fact, TicketResolved)), None)
    if resolved is None:
        return change
    entry = _counting_entry(change.after, company) if resolved.by == "team" else None
    if entry is None and resolved.by == "team":
        _words_first(resolved.method, change.after, company)
    days = company.policies.feedback_days
    # A merged ticket waits for no feedback: what comes for it goes to the one that took it in (W13).
    has_window = days is not None and change.after.status == "resolved" and resolved.method != "merged"
    values = {"reply_until": at + timedelta(days=days or 0) if has_window else None}
    completed = resolved.model_copy(update={**values, "entry": entry})
    facts = tuple(completed if fact is resolved else fact for fact in change.facts)
    after = change.after.model_copy(update={**values, "resolution_entry": entry})
    return replace(change, after=after, facts=facts)


def _counting_entry(ticket: Ticket, company: Company) -> int | None:
    """The team's last words since the ticket came into service; only visible ones where the company wants a mail."""
    entries: tuple[int | None, ...] = (ticket.words.mail,)
    if company.policies.resolution_required != "mail":
        entries = (ticket.words.mail, ticket.words.note)
    return max((one for one in entries if one is not None), default=None)


def _words_first(method: Method, ticket: Ticket, company: Company) -> None:
    required = company.policies.resolution_required
    if required == "none" or method not in _NEEDS_WORDS:
        return
    wanted = "a visible answer" if required == "mail" else "a note or a visible answer"
    raise WordsNeeded(
        f"write {wanted} about the resolution of #{ticket.number} first, or in the same step",
        required=required,
        possible=["comment", "comment and resolve"],
    )


def _remind_at(change: Change[Ticket], company: Company) -> datetime | None:
    """The beginning of business some working days before the promised date, as the company wants it (W9)."""
    before, after = change.before, change.after
    days = company.policies.remind_days_before
    if after.promised_for is None or days is None:
        return None
    if before.version and before.promised_for == after.promised_for:
        return before.remind_at
    at = company.calendar().business_days_before(after.promised_for, days)
    return at if at < after.promised_for else None
