"""Letters to the team: what has happened to a ticket, and what it asks of the reader."""

from balcao.notifier.letters.case import Case, name_of
from balcao.notifier.letters.letter import Block, Details, Heading, Letter, Line, Quote
from balcao.notifier.letters.outward import MOST_PREVIEW
from balcao.notifier.letters.titles import title_of
from balcao.notifier.letters.words import excerpt, one_paragraph


def ticket_opened(case: Case) -> Letter:
    """A new ticket is with the analyst."""
    _ = case.say
    opened = _("%(who)s opened a ticket: %(title)s", who=case.requester, title=case.title)
    return _notice(case, _("New ticket with you"), opened, words=case.words)


def requester_replied(case: Case) -> Letter:
    """The requester wrote again (W2)."""
    _ = case.say
    replied = _("%(who)s replied", who=name_of(case.fact.author))
    back = (Line(_("The ticket is back in service.")),) if case.fact.reopened else ()
    return _notice(case, replied, one_paragraph(case.words, MOST_PREVIEW), *back, words=case.words)


def production_finished(case: Case) -> Letter:
    """Production is done: somebody owes the requester an answer (H4, H5)."""
    _ = case.say
    check = _("The ticket is in delivery. Check the result and answer %(who)s.", who=case.requester)
    task = case.fact.task
    rows = ((_("Last task"), one_paragraph(task.title, 300)),) if task else ()
    return _notice(
        case,
        _("Production is done"),
        _("Check the result and answer %(who)s.", who=case.requester),
        Line(check),
        rows=rows,
        why=_("You get this because you are the ticket's analyst or responsible for its delivery."),
    )


def date_reminded(case: Case) -> Letter:
    """The date that was promised is near, or reached (W9)."""
    _ = case.say
    when = case.moment(case.fact.promised_for)
    near, reached = _("The promised date is near"), _("The promised date is reached")
    promised = _("%(who)s was promised an answer for %(when)s.", who=case.requester, when=when)
    return _notice(case, near if case.fact.what == "near" else reached, promised, Line(promised))


def requester_ended(case: Case) -> Letter:
    """The requester ended the ticket themselves (P4)."""
    _ = case.say
    ended = _("%(who)s ended the ticket", who=case.requester)
    needed = _("They need nothing more. You have nothing to do, unless work on it is still under way.")
    return _notice(case, ended, needed, Line(needed))


def message_held(case: Case) -> Letter:
    """Somebody who is no part of a ticket wrote to it: kept until somebody lets it in."""
    _ = case.say
    sender = name_of(case.fact.sender)
    waits = _("A message from %(who)s waits to be let in", who=sender)
    reason = _("It points at your ticket, but its sender is no part of it. Look at it and decide.")
    rows = ((_("Subject"), one_paragraph(case.fact.subject, 300)),) if case.fact.subject.strip() else ()
    return _notice(case, waits, reason, Line(reason), rows=(*rows, (_("From"), sender)))


def sender_held(case: Case) -> Letter:
    """Somebody unknown waits to be let in (O3)."""
    _ = case.say
    sender = name_of(case.fact.sender)
    waits = _("%(who)s waits to be let in", who=sender)
    reason = _("Nobody knows this address yet, and your company decides about each new one.")
    return Letter(
        waits,
        reason,
        (Heading(waits), Details(((_("Subject"), case.title), (_("From"), sender))), Line(reason)),
        _("You get this because you decide who gets in."),
    )


def plain_notice(case: Case) -> Letter:
    """A kind of notice that needs no more words than its title has."""
    _ = case.say
    title = title_of(case.delivery.telling.kind, case.title, name_of(case.delivery.event.actor), case.locale)
    words = excerpt(str(getattr(case.fact, "text", "")))
    blocks: list[Block] = [Heading(one_paragraph(title, 300))]
    if words:
        blocks.append(Quote(words))
    subject = f"[#{case.number}] {case.title}" if case.number else one_paragraph(title, 300)
    why = _("You get this because it is about work of yours.")
    return Letter(subject, one_paragraph(title, MOST_PREVIEW), (*blocks, *case.opening(case.number)), why)


def _notice(
    case: Case,
    heading: str,
    preview: str,
    *lines: Line,
    rows: tuple[tuple[str, str], ...] = (),
    words: str = "",
    why: str = "",
) -> Letter:
    """A notice about a ticket: what happened, to which, what was said, and the way there."""
    _ = case.say
    about = Details(((_("Ticket"), case.title), (_("Requester"), case.requester), *rows))
    blocks: list[Block] = [Heading(heading), about]
    if words:
        blocks.append(Quote(words))
    return Letter(
        f"[#{case.number}] {case.title}",
        preview,
        (*blocks, *lines, *case.opening(case.number)),
        why or _("You get this because you are the ticket's analyst."),
    )
