"""What in a mail points at an existing ticket. Intake brings the evidence; `tickets` decides."""

import re
from collections.abc import Iterable

from balcao.intake.domain.addresses import every_mailbox
from balcao.intake.domain.bounces import Bounce
from balcao.intake.domain.mail import Delivery, Mail
from balcao.shared.events import ThreadingEvidence
from balcao.shared.tokens import TICKET_TOKEN, read_ticket_token

DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
_MOST_REFERENCES = 50
_DELIVERY_TAG = re.compile(r"\.([0-9a-f]{8})@", re.IGNORECASE)
_TAG = re.compile(r"\[#(\d{1,9})\]")


def signed_ticket(text: str, secret: str) -> str | None:
    """The ticket that a signed token anywhere in an address or Message-ID names, when its signature holds."""
    for match in TICKET_TOKEN.finditer(text):
        if (ticket_id := read_ticket_token(match[0], secret)) is not None:
            return ticket_id
    return None


def is_ours(mail: Mail, secret: str) -> bool:
    """Whether this installation sent the mail, for whichever company: its own Message-ID carries our signature."""
    return mail.message_id is not None and signed_ticket(mail.message_id, secret) is not None


def gather(mail: Mail, delivery: Delivery, secret: str) -> ThreadingEvidence:
    """All evidence in a mail, strongest first: signed address, our own Message-IDs, other references, subject tag."""
    references = _newest_first(mail)
    tag = _TAG.search(mail.subject)
    return ThreadingEvidence(
        token_ticket_id=_first_signed(_addresses(mail, delivery), secret),
        reference_ticket_id=_first_signed(references, secret),
        references=references[:_MOST_REFERENCES],
        subject_number=int(tag[1]) if tag is not None else None,
    )


def bounced_ticket(bounce: Bounce, mail: Mail, delivery: Delivery, secret: str) -> str | None:
    """The ticket that the mail which bounced was about."""
    original = (bounce.original_message_id,) if bounce.original_message_id else ()
    return _first_signed((*original, *_addresses(mail, delivery), *_newest_first(mail)), secret)


def bounced_delivery(mail: Mail, delivery: Delivery, secret: str) -> str | None:
    """The tag of the very delivery that bounced, from the return path of our mail: `+t.<ticket>.<mac>.<tag>@`."""
    for address in _addresses(mail, delivery):
        for match in TICKET_TOKEN.finditer(address):
            tag = _DELIVERY_TAG.match(address, match.end())
            if tag is not None and read_ticket_token(match[0], secret) is not None:
                return tag[1].lower()
    return None


def _newest_first(mail: Mail) -> tuple[str, ...]:
    """In-Reply-To names the mail that was answered; References run from the oldest to the newest."""
    return tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))


def _addresses(mail: Mail, delivery: Delivery) -> tuple[str, ...]:
    delivered = (box.address for box in every_mailbox(v for name in DELIVERED_TO for v in mail.headers.every(name)))
    return (*delivery.recipients, *delivered, *(box.address for box in (*mail.to, *mail.cc)))


def _first_signed(texts: Iterable[str], secret: str) -> str | None:
    for text in texts:
        if "t." in text.lower() and (ticket_id := signed_ticket(text, secret)) is not None:
            return ticket_id
    return None
