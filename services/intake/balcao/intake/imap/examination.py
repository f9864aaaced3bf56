"""What is wrong with mailboxes, and how they stand in words. Pure: for the doctor and for operators."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from balcao.intake.imap.standing import TROUBLES, Standing
from balcao.intake.ledger import Problem

IN_TROUBLE_AFTER = timedelta(minutes=5)
"""A server that restarts is no problem yet."""


def problems(standings: Sequence[Standing], fetched: Collection[str], at: datetime) -> list[Problem]:
    """Mailboxes that are to be `fetched` and are in trouble, that nobody fetches, or with mails that can't be taken."""
    ours = [one for one in standings if one.name in fetched]
    known = {one.name for one in ours}
    troubled = [one.name for one in ours if _is_in_trouble(one, at)]
    untended = [one.name for one in ours if one.name not in troubled and not _is_tended(one, at)]
    untended += [name for name in sorted(fetched) if name not in known]
    left = {one.name: len(one.position.left) for one in ours if one.position is not None and one.position.left}
    found = [
        Problem("mailbox_in_trouble", len(troubled), tuple(troubled)),
        Problem("mailbox_untended", len(untended), tuple(untended)),
        Problem("mails_left", sum(left.values()), tuple(left)),
    ]
    return [one for one in found if one.count]


def in_words(standing: Standing, at: datetime) -> str:
    """One line for an operator."""
    condition = standing.condition
    if condition is None:
        return f"mailbox {standing.name}: never fetched"
    words = [f"mailbox {standing.name}: {condition.state} since {condition.since:%Y-%m-%d %H:%M} UTC"]
    if condition.reason:
        words.append(condition.reason)
    if condition.retry_at is not None:
        words.append(f"next try at {condition.retry_at:%H:%M:%S} UTC")
    if condition.behind:
        words.append(f"{condition.behind} mails wait")
    if standing.position is not None and standing.position.left:
        words.append(f"{len(standing.position.left)} mails can't be taken")
    if condition.warning:
        words.append(f"not marked: {condition.warning}")
    if not _is_tended(standing, at):
        words.append("no replica has it")
    return "; ".join(words)


def _is_in_trouble(standing: Standing, at: datetime) -> bool:
    condition = standing.condition
    return condition is not None and condition.state in TROUBLES and at - condition.since > IN_TROUBLE_AFTER


def _is_tended(standing: Standing, at: datetime) -> bool:
    """Whether somebody has it, or has let go of it until the next try a moment ago."""
    condition = standing.condition
    waited_for = condition.retry_at if condition is not None and condition.retry_at is not None else None
    return standing.leased_until > at.timestamp() or (waited_for is not None and at - waited_for < IN_TROUBLE_AFTER)
