"""Where a mail says it comes from, where answers and failures go, and what tells machines not to answer it."""

from dataclasses import dataclass

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.domain.identity import Sender
from balcao.notifier.domain.kinds import Kind
from balcao.notifier.letters import headers
from balcao.shared.events import SenderRejected, TicketOpened
from balcao.shared.tokens import company_address_with_token

TAG_LENGTH = 8
"""Characters of a delivery's id in the return path: enough to tell the mails about one ticket apart."""
_MOST_LOCAL = 64


@dataclass(frozen=True)
class Origin:
    """One mail's header fields of this kind, and its envelope sender."""

    from_field: str
    reply_to_field: str
    return_path: str


def origin_of(delivery: Delivery, sender: Sender, secret: str) -> Origin:
    """From, Reply-To and return path of a mail. Raises `AddressUnusable`."""
    own = headers.usable_address(sender.from_address)
    reply_to = headers.usable_address(sender.reply_address)
    if delivery.about.number is not None:
        reply_to = company_address_with_token(reply_to, delivery.about.id, secret)
    return Origin(
        headers.mailbox("From", sender.name, own),
        headers.mailbox("Reply-To", sender.name, reply_to),
        return_path(delivery, headers.usable_address(sender.return_address), secret),
    )


def return_path(delivery: Delivery, address: str, secret: str) -> str:
    """Where reports of failure go: signed, it names the ticket and, where there is room, the very delivery (VERP).

    A mail about no ticket names the delivery alone.
    """
    about = delivery.about
    if about.number is None:
        return company_address_with_token(address, delivery.id, secret)
    local, _, domain = company_address_with_token(address, about.id, secret).partition("@")
    tagged = f"{local}.{delivery.id[:TAG_LENGTH]}"
    return f"{tagged if len(tagged) <= _MOST_LOCAL else local}@{domain}"


def machine_marks(delivery: Delivery) -> tuple[str, ...]:
    """What keeps machines from answering a mail that no person wrote (RFC 3834); nothing for an answer.

    `auto-replied` is for what answers a mail. `Precedence` and the field that Exchange heeds are for those machines
    that look at nothing else.
    """
    if delivery.telling.kind is Kind.REPLY:
        return ()
    fact = delivery.event.data
    answers_mail = (isinstance(fact, TicketOpened) and fact.channel == "mail") or isinstance(fact, SenderRejected)
    is_receipt = delivery.telling.kind in (Kind.ACKNOWLEDGEMENT, Kind.SENDER_REJECTED)
    how = "auto-replied" if answers_mail and is_receipt else "auto-generated"
    return (f"Auto-Submitted: {how}", "Precedence: bulk", "X-Auto-Response-Suppress: All")
