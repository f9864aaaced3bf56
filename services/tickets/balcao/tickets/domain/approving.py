"""A requester's answer to a question for their approval, by the link in the mail or on the portal."""

from datetime import datetime
from typing import Literal

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import TicketApprovalAnswered
from balcao.tickets.domain.approval import Approval
from balcao.tickets.domain.conditions import (
    ApprovalAnswered,
    ApprovalExpired,
    ApprovalWithdrawn,
    ChangesNeedWords,
    UnknownApproval,
)
from balcao.tickets.domain.production import reopen_with_production
from balcao.tickets.domain.ticket import FINAL, Ticket

Verdict = Literal["approved", "changes"]
Channel = Literal["mail", "portal"]
MOST_WORDS = 5_000


def question(ticket: Ticket, approval_id: str) -> Approval:
    """The question of this id. Raises `UnknownApproval`."""
    found = next((one for one in ticket.approvals if one.id == approval_id), None)
    if found is None:
        raise UnknownApproval("nothing is asked here")
    return found


def require_open(ticket: Ticket, approval: Approval, at: datetime, channel: Channel) -> None:
    """Raise why a question can't be answered any more: `ApprovalAnswered`, `ApprovalWithdrawn` or `ApprovalExpired`.

    A link is good for as long as it says; whoever is signed in may answer as long as it is asked.
    """
    if approval.state in ("approved", "changes"):
        raise ApprovalAnswered("this was answered already", verdict=approval.state, answered_at=approval.answered_at)
    gone = ticket.status in FINAL or ticket.merged_into is not None or ticket.task(approval.task_id) is None
    if approval.state == "withdrawn" or gone:
        raise ApprovalWithdrawn("this is not asked any more; there may be a newer message")
    if channel == "mail" and at > approval.expires_at:
        raise ApprovalExpired("this link is too old; answer on the portal or by mail", expired_at=approval.expires_at)


def answer(
    ticket: Ticket, approval_id: str, verdict: Verdict, comment: str, at: datetime, *, channel: Channel
) -> Change[Ticket]:
    """The requester approves, or asks for changes and says which. A waiting ticket is back in service (W2), and so
    is a concluded one when something is to be changed.

    Raises what `require_open` raises, `UnknownApproval`, and `ChangesNeedWords`.
    """
    approval = question(ticket, approval_id)
    require_open(ticket, approval, at, channel)
    words = comment.strip()[:MOST_WORDS]
    if verdict == "changes" and not words:
        raise ChangesNeedWords("say what should be changed")
    revision = Revision(ticket)
    if ticket.status == "waiting" or (ticket.status == "resolved" and verdict == "changes"):
        reopen_with_production(revision, "reply")
    closed = approval.model_copy(update={"state": verdict, "answered_at": at, "comment": words})
    revision.set(approvals=tuple(closed if one.id == approval.id else one for one in revision.now.approvals))
    if revision.now.active:
        revision.set(highlight="reply")
    if words:
        revision.set(last_words=words[:4_000], last_words_by=ticket.requester)
    revision.say(
        TicketApprovalAnswered,
        approval_id=approval.id,
        task_id=approval.task_id,
        asked_in=approval.asked_in,
        author=ticket.requester,
        verdict=verdict,
        text=words,
        channel=channel,
        assignee=revision.now.assignee(),
    )
    return revision.done()
