"""From a delivery to the very bytes that go out: headers that thread, and text and HTML in the recipient's language."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from balcao.notifier.domain.audience import OUTWARD, Kind
from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.letters import catalogues, headers
from balcao.notifier.letters.directives import account_of
from balcao.notifier.letters.invitations import invitation_of
from balcao.notifier.letters.layout import Attachment, frame, plain
from balcao.notifier.letters.mail import Mail
from balcao.shared.catalogues import LOCALES, locale_of
from balcao.shared.errors import Refused
from balcao.shared.events import (
    AnyEnvelope,
    CompanyProfile,
    FileRef,
    SenderRejected,
    TicketOpened,
    TicketReminded,
    TicketReplied,
    TicketRequesterReplied,
)
from balcao.shared.tokens import company_address_with_token, ticket_token

MOST_EXCERPT = 2000
_TEMPLATES = Path(__file__).parent / "templates"
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_QUOTE = "margin:8px 0 16px;padding:8px 14px;border-left:3px solid #d1d5db;color:#4b5563"
_CELL = "border:1px solid #d1d5db;padding:4px 8px;text-align:left"
_DRESSED = (
    ("<p>", '<p style="margin:0 0 12px">'),
    ("<blockquote>", f'<blockquote style="{_QUOTE}">'),
    ("<table>", '<table style="border-collapse:collapse;margin:0 0 12px">'),
    ("<td>", f'<td style="{_CELL}">'),
    ("<th>", f'<th style="{_CELL}">'),
    ("<pre>", '<pre style="white-space:pre-wrap;font-family:Consolas,monospace;font-size:13px">'),
    ("<img ", '<img style="max-width:100%;height:auto" '),
)
"""Mail programs know no style sheets: each tag gets its own. Sanitised tags stand there exactly so."""
_WEB_ADDRESS = re.compile(r"\bhttps?://(?:(?!&(?:lt|gt|#34|#39);)[^\s<>])+[^\s<>.,;:!?)\]}&]")
"""In escaped text; what ends a sentence does not belong to the address."""


class CompanyHasNoAddress(Refused):
    """The company has no mail address to write from."""


@dataclass(frozen=True)
class Enclosed:
    """The files of an answer: those that go along, and the names of those that don't (too large, or not ours)."""

    attachments: Sequence[Attachment] = ()
    left_out: Sequence[FileRef] = ()


NOTHING = Enclosed()


class Composer:
    """Writes mails. The same delivery and company always give the same bytes."""

    def __init__(self, secret: str, public_url: str = "") -> None:
        """`secret` signs reply addresses and Message-IDs; `public_url` is the desk's address for links, or empty."""
        self._secret = secret
        self._public_url = public_url.rstrip("/")
        self._templates = {locale: _templates(locale) for locale in LOCALES}

    def compose(self, delivery: Delivery, company: CompanyProfile, enclosed: Enclosed = NOTHING) -> Mail:
        """The mail for a delivery by mail.

        Raises `AddressUnusable` when the recipient has no address that mail can go to, `CompanyHasNoAddress`, and
        `NoPublicUrl` for an invitation that would lead nowhere.
        """
        recipient, kind = delivery.telling.recipient, delivery.telling.kind
        to = headers.usable_address(recipient.address or "")
        own = self._own_address(company)
        reply_to = self._reply_to(delivery, own)
        subject = self._subject(delivery, company)
        message_id = self.message_id(delivery, company)
        fields = [
            f"Date: {format_datetime(delivery.event.time)}",
            headers.mailbox("From", company.name, own),
            headers.mailbox("To", recipient.name, to),
            headers.mailbox("Reply-To", company.name, reply_to),
            headers.unstructured("Subject", subject),
            f"Message-ID: {message_id}",
            *self._threading(delivery, own),
        ]
        if kind is not Kind.REPLY:
            # RFC 3834, and the header that Exchange heeds: no machine should answer a machine.
            fields += ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"]
        text, html = self._bodies(delivery, company, enclosed)
        raw = frame(fields, text, html, delivery.id.replace("-", ""), enclosed.attachments)
        return Mail(
            sender=reply_to, recipient=to, message_id=message_id, subject=subject, text=text, html=html, raw=raw
        )

    @property
    def can_invite(self) -> bool:
        """Whether there is a public address for links to lead to."""
        return bool(self._public_url)

    def message_id(self, delivery: Delivery, company: CompanyProfile) -> str:
        """`<t.<ticket>.<mac>.<delivery>@domain>`: follows from event and recipient, and names the ticket, signed.

        A repeat is recognisable by it, and an answer finds its ticket even when the reply address was lost.
        """
        # Without a ticket the delivery stands in: our own mail is known by the signature alone.
        about = delivery.about
        token = ticket_token(delivery.id if about.number is None else about.id, self._secret)
        return f"<{token}.{delivery.id.replace('-', '')}@{_domain(self._own_address(company))}>"

    def _reply_to(self, delivery: Delivery, own: str) -> str:
        about = delivery.about
        return own if about.number is None else company_address_with_token(own, about.id, self._secret)

    def _subject(self, delivery: Delivery, company: CompanyProfile) -> str:
        about, gettext = delivery.about, self._gettext(delivery, company)
        if delivery.telling.kind is Kind.INVITATION:
            return gettext("Your access to the portal of %(company)s") % {"company": headers.one_line(company.name)}
        if delivery.telling.kind is Kind.SENDER_REJECTED:
            return gettext("Not accepted: %(title)s") % {"title": headers.one_line(about.title)}
        return f"[#{about.number}] {headers.one_line(about.title)}"

    def _gettext(self, delivery: Delivery, company: CompanyProfile) -> Callable[[str], str]:
        return catalogues.translations(_locale(delivery, company)).gettext

    def _own_address(self, company: CompanyProfile) -> str:
        if not company.addresses:
            raise CompanyHasNoAddress(f"company {company.slug} has no mail address")
        return headers.usable_address(company.addresses[0])

    def _threading(self, delivery: Delivery, own: str) -> list[str]:
        fact = delivery.event.data
        if isinstance(fact, TicketOpened | TicketReplied) and delivery.telling.kind in OUTWARD:
            newest = [fact.threading.in_reply_to] if fact.threading.in_reply_to else []
            fields = (
                headers.message_ids("In-Reply-To", newest),
                headers.message_ids("References", [*fact.threading.references, *newest]),
            )
            return [field for field in fields if field is not None]
        if isinstance(fact, SenderRejected):
            answered = [fact.internet_message_id] if fact.internet_message_id else []
            rejected = (headers.message_ids("In-Reply-To", answered), headers.message_ids("References", answered))
            return [field for field in rejected if field is not None]
        if delivery.about.number is None:
            return []
        # The team's own mails have no mail to answer: a made-up first one keeps those of a ticket together.
        first = f"<{ticket_token(delivery.about.id, self._secret)}.notices@{_domain(own)}>"
        return [f"References: {first}"]

    def _bodies(self, delivery: Delivery, company: CompanyProfile, enclosed: Enclosed) -> tuple[str, str]:
        kind, recipient = delivery.telling.kind, delivery.telling.recipient
        locale = _locale(delivery, company)
        templates, about = self._templates[locale], delivery.about
        context: dict[str, Any] = {
            "lang": locale,
            "company": headers.one_line(company.name),
            "fact": delivery.event.data,
            "number": about.number,
            "title": headers.one_line(about.title),
            "recipient": headers.one_line(recipient.name),
            "requester": _name(about.requester.name, about.requester.address),
            "words": words_of(delivery.event),
            "rich_words": rich_words_of(delivery.event, enclosed.left_out),
            "promised_for": promised_for(delivery.event, company, locale),
            "account": account_of(delivery.event, self._gettext(delivery, company)),
            "invited": invitation_of(delivery, company, locale, self._secret, self._public_url),
            "link": self._link(company, about.number) if about.number and kind not in OUTWARD else "",
            "left_out": [headers.one_line(file.name) for file in enclosed.left_out],
        }
        return templates[f"{kind}.txt"].render(context), templates[f"{kind}.html"].render(context)

    def _link(self, company: CompanyProfile, number: int) -> str:
        """The ticket's page at the desk, for the team."""
        return f"{self._public_url}/{company.slug}/desk/tickets/{number}" if self._public_url else ""


def words_of(event: AnyEnvelope) -> str:
    """What was said, as the mail shows it: an answer whole, others' words without what they quote and not too long."""
    match event.data:
        case TicketReplied(text=text):
            return plain(text).strip()
        case TicketRequesterReplied(text=text, quote_at=quote_at):
            text = text[:quote_at]
        case TicketOpened(excerpt=text):
            pass
        case _:
            return ""
    shown = plain(text).strip()
    return shown if len(shown) <= MOST_EXCERPT else shown[:MOST_EXCERPT].rstrip() + " […]"


def promised_for(event: AnyEnvelope, company: CompanyProfile, locale: str) -> str:
    """The promised date that a reminder is about, by the company's clock; empty in all other letters (W9)."""
    if not isinstance(event.data, TicketReminded):
        return ""
    local, words = event.data.promised_for.astimezone(ZoneInfo(company.time_zone)), locale.replace("-", "_")
    return f"{format_date(local, 'long', locale=words)}, {format_time(local, 'HH:mm', locale=words)}"


def rich_words_of(event: AnyEnvelope, left_out: Sequence[FileRef] = ()) -> Markup:
    """An answer as the HTML it was written in, dressed for mail programs; empty where it is plain text only.

    `tickets` has sanitised it: the tags are few, and none brings a style. An image that does not go along is not shown.
    """
    if not isinstance(event.data, TicketReplied) or not event.data.html:
        return Markup("")
    html = event.data.html
    for file in left_out:
        if file.content_id:
            html = re.sub(rf'<img [^>]*src="cid:{re.escape(file.content_id)}"[^>]*>', "", html)
    for plain_tag, dressed in _DRESSED:
        html = html.replace(plain_tag, dressed)
    return Markup(html)  # noqa: S704 - sanitised where it came in


def _locale(delivery: Delivery, company: CompanyProfile) -> str:
    return locale_of(delivery.telling.recipient.locale, company.locale)


def _name(name: str, address: str | None) -> str:
    return headers.one_line(name) or headers.one_line(address or "")


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _templates(locale: str) -> dict[str, Template]:
    """All templates in one language, compiled: the first mail need not wait, and a broken one shows at start."""
    return {
        name: environment.get_template(name)
        for environment in (_environment(locale, html=True), _environment(locale, html=False))
        for name in environment.list_templates()
        if name.endswith(".html") is environment.autoescape
    }


def _environment(locale: str, *, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=html,  # noqa: S701 - plain text knows no markup; what is HTML is escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    gettext = catalogues.translations(locale).gettext

    def sentence(source: str, **values: str | int) -> str:
        """A translated sentence. Written out, because what Jinja brings costs as much as the rest of a mail."""
        if html:
            return Markup(gettext(source) % {name: escape(value) for name, value in values.items()})  # noqa: S704
        return gettext(source) % values

    environment.globals["_"] = sentence
    environment.filters["paragraphs"] = _paragraphs
    environment.filters["quoted"] = _quoted
    environment.filters["oneline"] = headers.one_line
    environment.filters["name"] = lambda party: _name(party.name, party.address)
    return environment


def _paragraphs(text: str, style: str) -> Markup:
    """Plain text as HTML paragraphs: blank lines part them, line ends stay, web addresses become links."""
    escaped = str(escape(plain(text).strip()))
    if "://" in escaped:
        escaped = _WEB_ADDRESS.sub(r'<a href="\g<0>" rel="noopener">\g<0></a>', escaped)
    paragraphs = [part.replace("\n", "<br>\n") for part in _BLANK_LINES.split(escaped) if part]
    return Markup("".join(f'<p style="{style}">{part}</p>\n' for part in paragraphs))  # noqa: S704 - escaped above


def _quoted(text: str) -> str:
    """Text as mail programs quote it."""
    return "\n".join(f"> {line}".rstrip() for line in plain(text).strip().split("\n"))
