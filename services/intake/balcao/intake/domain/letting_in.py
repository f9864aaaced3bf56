"""What a held mail says once a person lets it in: what it would have said at its arrival, had nothing held it."""

from dataclasses import dataclass

from balcao.intake.domain import evidence, facts
from balcao.intake.domain.address import Addressed, Directory
from balcao.intake.domain.authentication import authentication
from balcao.intake.domain.mail import Delivery, Mailbox
from balcao.intake.domain.reading import Reading, Unread
from balcao.shared.errors import Refused
from balcao.shared.events import MessageReceived, Party

ONLY_ITS_HEADER = "too_large"
"""The rule of a mail of which only the header was taken."""


class NobodyToAnswer(Refused):
    """The mail does not say who wrote it, so nobody could be answered."""


@dataclass(frozen=True, slots=True)
class Held:
    """A mail that is held, as the ledger has it."""

    id: str
    rule: str
    sender: Mailbox
    """An empty address where it names nobody, or the company itself."""
    subject: str
    delivery: Delivery
    to: Addressed


def may_be_let_in(rule: str, sender: str) -> bool:
    """Whether a held mail can become a ticket: somebody must have written it. One in the company's own name has a From,
    though the ledger names no sender."""
    return bool(sender) or rule == "own_address"


def let_in(
    held: Held, reading: Reading | Unread, by: Party, directory: Directory, *, secret: str, trusted_authserv: str
) -> MessageReceived:
    """The fact, with who let it in. A mail that can't be read has its sender and subject, and no words.

    Raises `NobodyToAnswer`.
    """
    if isinstance(reading, Unread):
        return _without_words(held, by)
    mail = reading.mail
    sender = held.sender if held.sender.address else next((box for box in mail.senders if "@" in box.address), None)
    if sender is None:
        raise NobodyToAnswer("it does not say who wrote it, so nobody could be answered")
    received = facts.message_received(
        held.id,
        reading,
        sender,
        held.to,
        evidence.gather(mail, held.delivery, secret),
        directory,
        authentication(mail.headers, trusted_authserv, sender),
    )
    return received.model_copy(
        update={"let_in_by": by, "truncated": received.truncated or held.rule == ONLY_ITS_HEADER}
    )


def _without_words(held: Held, by: Party) -> MessageReceived:
    if not held.sender.address:
        raise NobodyToAnswer("it does not say who wrote it, so nobody could be answered")
    return MessageReceived(
        message_id=held.id,
        channel="mail",
        company_address=held.to.address,
        sender=facts.party(held.sender),
        subject=held.subject,
        truncated=True,
        let_in_by=by,
    )
