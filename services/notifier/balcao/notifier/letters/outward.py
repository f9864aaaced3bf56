"""Letters to requesters and watchers: what they asked for, what they are answered, and how they get in."""

from balcao.notifier.letters import headers
from balcao.notifier.letters.case import Case, name_of
from balcao.notifier.letters.directives import account_of
from balcao.notifier.letters.invitations import invitation_of
from balcao.notifier.letters.letter import (
    Action,
    Block,
    Heading,
    Letter,
    Line,
    Points,
    Quote,
    Said,
    Signature,
)
from balcao.notifier.letters.notice import MOST_PREVIEW
from balcao.notifier.letters.words import MOST_HTML, MOST_QUOTED, history, one_paragraph
from balcao.shared.events import Party


def acknowledgement(case: Case) -> Letter:
    """Somebody's request has arrived: its number, what came of directives (O8), and for newcomers the way in (O3)."""
    _ = case.say
    received = _("We have received your request; its number is #%(number)s.", number=case.number or 0)
    blocks: list[Block] = [
        Heading(_("We have received your request")),
        Line(greeting(case)),
        Line(
            _(
                'Your request "%(title)s" is now ticket #%(number)s. Our team will answer you by this e-mail address.',
                title=case.title,
                number=case.number or 0,
            )
        ),
        Line(_("To add something, just reply to this message.")),
    ]
    account = account_of(case.delivery.event, case.gettext)
    if account.followed:
        blocks.append(Points(_("As you asked:"), account.followed))
    if account.ignored:
        blocks.append(Points(_("What we could not follow, and why:"), account.ignored))
    invited = invitation_of(case.delivery, case.company, case.day, case.secret, case.public_url)
    if invited.link:
        sentence = _(
            "You can also follow your request on our portal. Set a password first: the link is yours alone and works "
            "once, until %(day)s.",
            day=invited.until,
        )
        blocks += [Line(sentence), Action(_("Set a password"), invited.link)]
    if case.words:
        blocks.append(Quote(case.words, _("What you sent us:")))
    return Letter(_subject(case), received, tuple(blocks), automatic(case))


def reply(case: Case) -> Letter:
    """The team's answer, with the requester's own words below it (W7)."""
    _ = case.say
    rich = case.rich_words
    blocks: list[Block] = [Said(case.words, rich), Signature(name_of(case.fact.author), case.company_name)]
    if case.enclosed.left_out:
        names = ", ".join(one.name for one in case.enclosed.left_out)
        blocks.append(Line(_("Files that did not fit in this e-mail, ask us for them: %(names)s", names=names)))
    quoted = history(case.fact.quoted, min(MOST_QUOTED, MOST_HTML - max(len(rich), len(case.words))))
    if quoted:
        blocks.append(Quote(quoted, _quoted_from(case)))
    return Letter(
        _subject(case),
        one_paragraph(case.words, MOST_PREVIEW),
        tuple(blocks),
        _("To continue, just reply to this message."),
    )


def _quoted_from(case: Case) -> str:
    """Whose words stand below an answer. A name is said only where the reader may know it: the requester's, or of
    somebody who gets the same answer."""
    _ = case.say
    author, reader = case.fact.quoted_by, case.delivery.telling.recipient
    if author is not None and _same_address(author, reader):
        return _("You wrote:")
    known = any(_same_address(author, one) for one in (case.fact.ticket.requester, *case.fact.recipients))
    if author is not None and known and headers.one_line(author.name):
        return _("%(who)s wrote:", who=headers.one_line(author.name))
    return _("Earlier in this conversation:")


def _same_address(one: Party | None, other: Party) -> bool:
    return one is not None and bool(one.address) and (one.address or "").casefold() == (other.address or "").casefold()


def request_merged(case: Case) -> Letter:
    """A request goes on together with another one (W13)."""
    _ = case.say
    into = case.fact.into.number
    heading = _("Your request goes on in #%(into)s.", into=into)
    together = _(
        'Your request "%(title)s" (#%(number)s) goes on together with request #%(into)s, of which you get copies from '
        "now on.",
        title=case.title,
        number=case.number or 0,
        into=into,
    )
    nothing = _("You need not do anything: what you answer to either of them reaches us.")
    blocks = (Heading(heading), Line(greeting(case)), Line(together), Line(nothing))
    return Letter(_subject(case), heading, blocks, automatic(case))


def sender_rejected(case: Case) -> Letter:
    """Somebody unknown can't come in, and is told so (O3)."""
    _ = case.say
    reached = _(
        'Your message "%(title)s" has reached us, but it was not turned into a request: %(company)s takes requests by '
        "e-mail only from people it knows.",
        title=case.title,
        company=case.company_name,
    )
    ask = _(
        "Please ask your contact at %(company)s to register your address, and write again.", company=case.company_name
    )
    heading = _("Your message was not accepted")
    blocks = (Heading(heading), Line(greeting(case)), Line(reached), Line(ask))
    return Letter(_("Not accepted: %(title)s", title=case.title), heading, blocks, automatic(case))


def invitation(case: Case) -> Letter:
    """The way into the portal (O3, P1). Raises `NoPublicUrl`."""
    _ = case.say
    invited = invitation_of(case.delivery, case.company, case.day, case.secret, case.public_url)
    invites = _(
        "%(company)s invites you to its portal, where you can follow your requests and write new ones.",
        company=case.company_name,
    )
    password = _("Set a password first. The link is yours alone and works once, until %(day)s:", day=invited.until)
    blocks = (
        Heading(_("Your access to the portal")),
        Line(greeting(case)),
        Line(invites),
        Line(password),
        Action(_("Set a password"), invited.link),
    )
    subject = _("Your access to the portal of %(company)s", company=case.company_name)
    return Letter(subject, _("Set a password and follow your requests."), blocks, automatic(case))


def greeting(case: Case) -> str:
    """How a letter to somebody begins."""
    _ = case.say
    return _("Hello, %(name)s.", name=case.recipient) if case.recipient else _("Hello.")


def _subject(case: Case) -> str:
    return f"[#{case.number}] {case.title}"


def automatic(case: Case) -> str:
    """The last line of a letter that no person wrote."""
    _ = case.say
    return _("Automatic message from %(company)s.", company=case.company_name)
