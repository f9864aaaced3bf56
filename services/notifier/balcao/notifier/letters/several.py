"""Letters about several things at once: what happened within a short time, and the work of the day."""

from collections.abc import Sequence
from datetime import date

from balcao.notifier.domain.kinds import Kind
from balcao.notifier.letters import headers
from balcao.notifier.letters.case import Case
from balcao.notifier.letters.letter import Action, Block, Heading, Item, Letter, Line, Work, WorkList
from balcao.notifier.letters.notice import MOST_PREVIEW
from balcao.notifier.letters.titles import title_of
from balcao.notifier.letters.words import one_paragraph
from balcao.shared.events import AgendaDrawn, AgendaTicket, GatheredNotice

MOST_ITEMS = 50
"""Notices in one letter; what is beyond waits at the desk."""


def gathered(case: Case) -> Letter:
    """What happened within a short time, in its order."""
    _ = case.say
    items = [_item(case, one) for one in case.fact.items[:MOST_ITEMS]]
    heading = _("%(count)s things happened", count=len(case.fact.items)) if len(items) > 1 else items[0].title
    blocks: list[Block] = [Heading(heading), *items]
    more = len(case.fact.items) - len(items)
    if more:
        blocks.append(Line(_("And %(count)s more: you find them at the desk.", count=more)))
    titles = "; ".join(one.title for one in items)
    why = _("You get this because they are about work of yours, and came shortly one after the other.")
    subject = f"{heading}: {items[0].title}" if len(items) > 1 else heading
    return Letter(headers.one_line(subject), one_paragraph(titles, MOST_PREVIEW), tuple(blocks), why)


def todays_work(case: Case) -> Letter:
    """The work of a person's day: what is late, what is due, and what has no date (W17)."""
    _ = case.say
    fact: AgendaDrawn = case.fact
    counted = (
        (_("overdue: %(count)s", count=fact.overdue_count), fact.overdue_count),
        (_("due today: %(count)s", count=fact.today_count), fact.today_count),
        (_("without a date: %(count)s", count=fact.without_date_count), fact.without_date_count),
    )
    counts = ", ".join(words for words, count in counted if count)
    day = case.calendar_day(date.fromisoformat(fact.day))
    blocks: list[Block] = [Heading(_("Your work of today")), Line(day)]
    blocks += _list(case, _("Overdue"), fact.overdue, fact.overdue_count)
    blocks += _list(case, _("Due today"), fact.today, fact.today_count, at_time=True)
    blocks += _list(case, _("Without a date"), fact.without_date, fact.without_date_count)
    link = case.desk("tickets?analyst=me")
    if link:
        blocks.append(Action(_("Open my tickets"), link))
    why = _("You get this each business day on which something is to be done.")
    return Letter(_("Work of today: %(counts)s", counts=counts), counts, tuple(blocks), why)


def _item(case: Case, one: GatheredNotice) -> Item:
    _ = case.say
    title, who = headers.one_line(one.title), headers.one_line(one.who)
    sentence = title_of(Kind(one.kind), title, who, case.locale)
    when = case.time(one.at)
    if one.ticket_number is not None:
        where, link = _("Ticket #%(number)s", number=one.ticket_number), case.desk(f"tickets/{one.ticket_number}")
    elif one.task_number is not None:
        where, link = _("Task %(number)s", number=one.task_number), case.desk(f"tasks/{one.task_number}")
    else:
        where, link = "", ""
    return Item(sentence, (" · ".join(part for part in (where, when) if part),), link=link)


def _list(
    case: Case, caption: str, tickets: Sequence[AgendaTicket], count: int, *, at_time: bool = False
) -> tuple[WorkList, ...]:
    _ = case.say
    if not tickets:
        return ()
    rows = tuple(
        Work(
            f"#{one.number} {headers.one_line(one.title)}",
            case.desk(f"tickets/{one.number}"),
            when="" if one.due is None else case.time(one.due) if at_time else case.short_day(one.due),
        )
        for one in tickets
    )
    rest = _("And %(count)s more.", count=count - len(rows)) if count > len(rows) else ""
    return (WorkList(caption, (_("Ticket"), _("Due")), rows, rest),)
