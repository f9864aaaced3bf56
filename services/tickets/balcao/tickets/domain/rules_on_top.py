"""What a company's rules do to a ticket when one of its tasks enters a phase: a date, tags, a question for approval."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from balcao.shared.aggregate import Change, Revision
from balcao.shared.calendar import BusinessCalendar
from balcao.shared.events import (
    TagName,
    TaskRuleFired,
    TicketApprovalAsked,
    TicketApprovalSkipped,
    TicketPromised,
    TicketRuleApplied,
    TicketTagged,
)
from balcao.shared.ids import derived_id
from balcao.tickets.domain.approval import MOST_KEPT, Approval, left
from balcao.tickets.domain.fields import MOST_TAGS
from balcao.tickets.domain.handing_out import HandedOut, digest
from balcao.tickets.domain.ticket import Ticket


@dataclass(frozen=True)
class Known:
    """What a rule needs to know of the company."""

    calendar: BusinessCalendar
    tags: dict[str, TagName]


def apply(ticket: Ticket, rule: TaskRuleFired, known: Known, at: datetime) -> Change[Ticket]:
    """Do what a rule says, and say in the history which rule it was. Of what comes late, behind a newer phase of the
    same task, only the tags count.

    Out of service, or off the task already, nothing is done; that its requester will not be asked is said, for the task
    waits for them.
    """
    revision, task = Revision(ticket), rule.task
    is_off = ticket.task(task.id) is None and task.id in (*ticket.left_tasks, *ticket.moved_tasks)
    if is_off or not ticket.active or ticket.status == "draft":
        if rule.approval is not None:
            revision.say(TicketApprovalSkipped, task_id=task.id, asked_in=task.version)
        return revision.done()
    did = []
    begun = len(revision.said)
    if not _is_late(ticket, rule):
        did += ["promised"] if _promise(revision, rule, known, at) else []
    did += ["tagged"] if _tag(revision, rule, known) else []
    if rule.approval is not None and not _is_late(ticket, rule):
        _ask(revision, rule, at)
        did.append("approval_asked")
    if len(revision.said) > begun:
        brief = task.model_copy(update={"ticket_ids": (ticket.id,), "delivered": None})
        revision.say(TicketRuleApplied, rule_id=rule.rule_id, rule_name=rule.rule_name, task=brief, did=tuple(did))
    return revision.done()


def _is_late(ticket: Ticket, rule: TaskRuleFired) -> bool:
    """Whether the task has gone on to another phase already, or a newer question about it is asked."""
    now, task = ticket.task(rule.task.id), rule.task
    if now is not None and now.version > task.version and now.phase_id != task.phase_id:
        return True
    return any(one.task_id == task.id and one.asked_in > task.version for one in ticket.approvals)


def _promise(revision: Revision[Ticket], rule: TaskRuleFired, known: Known, at: datetime) -> bool:
    day = _promised(rule, known, at)
    before = revision.now.promised_for
    if day is None or day == before:
        return False
    revision.set(promised_for=day).say(TicketPromised, promised_for=day, before=before)
    return True


def _promised(rule: TaskRuleFired, known: Known, at: datetime) -> datetime | None:
    if rule.promise == "days":
        return known.calendar.add_business_days(at, rule.promise_days or 0)
    return rule.task.due if rule.promise == "due" else None


def _tag(revision: Revision[Ticket], rule: TaskRuleFired, known: Known) -> bool:
    now = revision.now.tags
    added = [id_ for id_ in dict.fromkeys(rule.add_tags) if id_ in known.tags and id_ not in now]
    added = added[: max(0, MOST_TAGS - len(now))]
    if added:
        revision.set(tags=(*now, *added)).say(TicketTagged, added=tuple(known.tags[id_] for id_ in added), removed=())
    return bool(added)


def _ask(revision: Revision[Ticket], rule: TaskRuleFired, at: datetime) -> None:
    """Ask the requester; an older question about the same task is asked no more. What production handed over goes to
    them with it."""
    now, task, wanted = revision.now, rule.task, rule.approval
    assert wanted is not None
    approval = Approval(
        id=derived_id("approval", now.id, task.id, str(task.version)),
        task_id=task.id,
        asked_in=task.version,
        phase_id=task.phase_id,
        text=wanted.words,
        handover=task.delivered.handover if task.delivered else "",
        files=task.delivered.files if task.delivered else (),
        links=task.delivered.links if task.delivered else (),
        asked_at=at,
        expires_at=at + timedelta(days=wanted.valid_days),
    )
    revision.set(approvals=(*left(now.approvals, (task.id,)), approval)[-MOST_KEPT:])
    revision.say(
        TicketApprovalAsked,
        approval_id=approval.id,
        recipient=now.requester,
        text=approval.text,
        handover=approval.handover,
        files=approval.files,
        links=approval.links,
        expires_at=approval.expires_at,
        threading=now.threading,
    )
    if task.delivered is not None:
        sent = HandedOut(
            task_id=task.id,
            what=digest(task.delivered),
            rounds=task.rounds,
            entry=revision.said[-1].n,
            files=approval.files,
            links=approval.links,
        )
        revision.set(handed_out=(*now.handed_out, sent))
