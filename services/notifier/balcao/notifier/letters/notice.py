"""How a notice to the team is laid out: what happened, to what, what was said, and the way there."""

from balcao.notifier.letters.case import Case
from balcao.notifier.letters.letter import Action, Block, Details, Heading, Letter, Line, Quote
from balcao.notifier.letters.words import excerpt, one_paragraph
from balcao.shared.catalogues import N_

MOST_PREVIEW = 110
MOST_VALUE = 300
"""Characters of a title or reason in a row."""

ANALYST = N_("You get this because you are the ticket's analyst.")
ANALYST_OR_ASSIGNEE = N_("You get this because you are the ticket's analyst or responsible for its stage.")
ASSIGNEE = N_("You get this because you are responsible for the ticket's stage.")
AUTHOR = N_("You get this because you wrote the answer.")
FORMER_ANALYST = N_("You get this because you were the ticket's analyst until now.")
PRODUCER = N_("You get this because you do this task.")
FORMER_PRODUCER = N_("You get this because you did this task until now.")
MENTIONED = N_("You get this because somebody called you by name.")
DECIDER = N_("You get this because you decide who gets in.")
KEEPER = N_("You get this because you keep this connection.")

_STAGES = {
    "triage": N_("Triage"),
    "analysis": N_("Analysis"),
    "planning": N_("Planning"),
    "production": N_("Production"),
    "delivery": N_("Delivery"),
}

Row = tuple[str, str]


def stage_name(case: Case, stage: str) -> str:
    """A stage in the company's words, else in ours."""
    own = case.company.policies.stage_words.get(case.locale, {}).get(stage)
    return value(own) if own else case.gettext(_STAGES[stage])


def value(text: str) -> str:
    """Somebody's words as the value of a row."""
    return one_paragraph(text, MOST_VALUE)


def about_ticket(
    case: Case, heading: str, *lines: str, why: str = ANALYST, rows: tuple[Row, ...] = (), words: str = ""
) -> Letter:
    """A notice about a ticket. `why` is one of the reasons above; the first line is the preview, where there is one."""
    _ = case.say
    about: tuple[Row, ...] = ((_("Ticket"), case.title), (_("Requester"), case.requester))
    link = case.desk(f"tickets/{case.number}")
    blocks = _blocks(heading, (*about, *rows), words, lines, Action(_("Open the ticket"), link))
    return Letter(f"[#{case.number}] {case.title}", _preview(heading, words, lines), blocks, case.gettext(why))


def about_task(
    case: Case, heading: str, *lines: str, why: str = PRODUCER, rows: tuple[Row, ...] = (), words: str = ""
) -> Letter:
    """A notice about a task, laid out like one about a ticket."""
    _ = case.say
    task = case.fact.task
    about: list[Row] = [(_("Task"), case.title)]
    if task.due is not None:
        about.append((_("Due"), case.day(task.due)))
    link = case.desk(f"tasks/{task.number}")
    blocks = _blocks(heading, (*about, *rows), words, lines, Action(_("Open the task"), link))
    # Not "[#7]": an answer's subject would be read as the number of a ticket.
    subject = _("Task %(number)s: %(title)s", number=task.number, title=case.title)
    return Letter(subject, _preview(heading, words, lines), blocks, case.gettext(why))


def _blocks(
    heading: str, rows: tuple[Row, ...], words: str, lines: tuple[str, ...], action: Action
) -> tuple[Block, ...]:
    blocks: list[Block] = [Heading(heading), Details(tuple(row for row in rows if row[1]))]
    if words:
        blocks.append(Quote(excerpt(words)))
    blocks += [Line(line) for line in lines]
    if action.link:
        blocks.append(action)
    return tuple(blocks)


def _preview(heading: str, words: str, lines: tuple[str, ...]) -> str:
    return one_paragraph(words or (lines[0] if lines else heading), MOST_PREVIEW)
