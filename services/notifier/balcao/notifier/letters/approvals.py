"""Letters about approvals: the question to the requester with its link, and the answer to whoever waits for it."""

from balcao.notifier.letters import headers
from balcao.notifier.letters.case import Case, name_of
from balcao.notifier.letters.letter import Action, Block, Heading, Letter, Line, Points, Said
from balcao.notifier.letters.notice import about_task, about_ticket
from balcao.notifier.letters.outward import greeting
from balcao.shared.tokens import ApprovalLink, sign_approval


def approval_asked(case: Case) -> Letter:
    """The requester is asked whether the work may go on like this. The link leads to a page with two buttons: opening
    it decides nothing, since mail programs open links too."""
    _ = case.say
    fact = case.fact
    heading = _("Please look at this and approve it")
    about = _('We need your approval for "%(title)s" (#%(number)s).', title=case.title, number=case.number or 0)
    blocks: list[Block] = [Heading(heading), Line(greeting(case)), Line(about)]
    if fact.text:
        blocks.append(Line(fact.text))
    if fact.handover:
        blocks.append(Said(fact.handover))
    shown = [headers.one_line(f"{link.title}: {link.url}" if link.title else link.url) for link in fact.links]
    shown += [headers.one_line(file.name) for file in fact.files]
    if shown:
        blocks.append(Points(_("What there is to look at:"), tuple(shown)))
    link = approval_link(case)
    if link:
        until = _("The link is yours alone and good until %(day)s.", day=case.day(fact.expires_at))
        blocks += [Action(_("See it, approve it or ask for changes"), link), Line(until)]
    else:
        blocks.append(Line(_("Tell us on our portal, or just reply to this message.")))
    why = _("Automatic message from %(company)s.", company=case.company_name)
    return Letter(f"[#{case.number}] {case.title}", heading, tuple(blocks), why)


def approval_link(case: Case) -> str:
    """The signed link to the page; empty where the company's pages have no public address."""
    fact, recipient = case.fact, case.delivery.telling.recipient
    if not case.public_url or recipient.person_id is None:
        return ""
    token = sign_approval(
        ApprovalLink(
            company_id=case.delivery.event.companyid,
            person_id=recipient.person_id,
            ticket_id=fact.ticket.id,
            approval_id=fact.approval_id,
            expires_at=fact.expires_at,
        ),
        case.secret,
    )
    return f"{case.public_url}/{case.company.slug}/approval?token={token}"


def approval_answered(case: Case) -> Letter:
    """The requester approved, or asked for changes: for the ticket's analyst and assignee."""
    return about_ticket(case, _verdict(case), words=case.fact.text)


def task_approval_answered(case: Case) -> Letter:
    """The same, for whoever works on the task."""
    return about_task(case, _verdict(case), words=case.fact.comment)


def _verdict(case: Case) -> str:
    _ = case.say
    if case.fact.verdict == "changes":
        return _("%(who)s asks for changes", who=name_of(case.fact.author))
    return _("%(who)s approved it", who=name_of(case.fact.author))
