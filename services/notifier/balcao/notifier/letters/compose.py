"""From a delivery to the very bytes that go out: headers that thread, and text and HTML in the recipient's language."""

from datetime import datetime
from email.utils import format_datetime

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.domain.identity import Identity, Sender, sender_of
from balcao.notifier.domain.kinds import OUTWARD, Kind
from balcao.notifier.letters import headers
from balcao.notifier.letters.case import NOTHING, Case, Enclosed
from balcao.notifier.letters.html import Page
from balcao.notifier.letters.layout import frame
from balcao.notifier.letters.letter import Letter
from balcao.notifier.letters.look import logo_of, shades_for
from balcao.notifier.letters.mail import Mail
from balcao.notifier.letters.origin import machine_marks, origin_of
from balcao.notifier.letters.writers import WRITERS
from balcao.shared.errors import Refused
from balcao.shared.events import CompanyProfile, SenderRejected, TicketOpened, TicketReplied
from balcao.shared.tokens import ticket_token

_REGULAR = frozenset({Kind.GATHERED, Kind.TODAYS_WORK})


class CompanyHasNoAddress(Refused):
    """The company has no mail address to write from."""


class Composer:
    """Writes mails. The same delivery and company always give the same bytes."""

    def __init__(self, secret: str, public_url: str = "") -> None:
        """`secret` signs reply addresses and Message-IDs; `public_url` is the desk's address for links, or empty."""
        self._secret = secret
        self._public_url = public_url.rstrip("/")
        self._page = Page()

    def compose(
        self, delivery: Delivery, company: CompanyProfile, enclosed: Enclosed = NOTHING, sender: Sender | None = None
    ) -> Mail:
        """The mail for a delivery by mail, under the company's own name and address unless `sender` says otherwise.

        Raises `AddressUnusable` when the recipient has no address that mail can go to, `CompanyHasNoAddress`, and
        `NoPublicUrl` for an invitation that would lead nowhere.
        """
        recipient = delivery.telling.recipient
        to = headers.usable_address(recipient.address or "")
        own = self._own_address(company)
        origin = origin_of(delivery, sender or sender_of(company, Identity(company_id=company.id)), self._secret)
        case = Case(delivery, company, enclosed, self._secret, self._public_url)
        letter = WRITERS[delivery.telling.kind](case)
        written_at = _written_at(delivery)
        message_id = self.message_id(delivery, company)
        fields = [
            f"Date: {format_datetime(written_at)}",
            origin.from_field,
            headers.mailbox("To", recipient.name, to),
            origin.reply_to_field,
            headers.unstructured("Subject", letter.subject),
            f"Message-ID: {message_id}",
            *self._threading(delivery, own),
            *machine_marks(delivery),
            *_list_of(case, own),
        ]
        text, html = self._bodies(letter, case)
        shown = (enclosed.logo,) if enclosed.logo else ()
        raw = frame(fields, text, html, delivery.id.replace("-", ""), (*shown, *enclosed.attachments))
        return Mail(
            sender=origin.return_path,
            recipient=to,
            message_id=message_id,
            written_at=written_at,
            subject=letter.subject,
            text=text,
            html=html,
            raw=raw,
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

    def _bodies(self, letter: Letter, case: Case) -> tuple[str, str]:
        _ = case.say
        ticket = _("Ticket #%(number)s", number=case.number) if case.number else ""
        company, logo = case.company, case.company.logo
        html = self._page.html_of(
            letter,
            lang=case.locale,
            company=case.company_name,
            ticket=ticket,
            shades=shades_for(company),
            logo=logo_of(logo) if logo is not None and case.enclosed.logo is not None else None,
        )
        sender = " · ".join(part for part in (case.company_name, ticket) if part)
        return letter.as_text(sender), html

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


def _written_at(delivery: Delivery) -> datetime:
    """When its author said that it is complete (RFC 5322): for an answer before its undo window, not at its end."""
    fact = delivery.event.data
    return (isinstance(fact, TicketReplied) and fact.written_at) or delivery.event.time


def _list_of(case: Case, own: str) -> tuple[str, ...]:
    """The name under which people sort the team's notices (RFC 2919); nobody outside is on a list.

    What comes regularly or gathered also says where its reader turns it off (RFC 2369). Not by one click (RFC 8058):
    that page asks who they are.
    """
    kind = case.delivery.telling.kind
    if kind in OUTWARD:
        return ()
    name = f"List-Id: <{case.company.slug}.notices.{_domain(own)}>"
    choices = case.desk("profile#notices")
    if kind not in _REGULAR or not choices.isascii() or not choices:
        return (name,)
    return (name, f"List-Unsubscribe: <{choices}>")


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
