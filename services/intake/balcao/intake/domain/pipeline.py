"""The steps from raw bytes to facts, in their order: read, classify, find directives, address, thread, say.

The first three need nothing but the bytes (`reading.py`) and may be done in another process; the others are here. Each
does one thing and none of them does I/O. Whatever happens, every company that a mail is for gets exactly one `Taken`
with exactly one outcome: what can't be read is held.
"""

import hashlib
from dataclasses import dataclass, replace

from balcao.intake.domain import evidence, facts
from balcao.intake.domain.address import Addressed, Directory, addressed
from balcao.intake.domain.addresses import every_mailbox, normal_address
from balcao.intake.domain.authentication import authentication
from balcao.intake.domain.bounces import Bounce, with_verp_recipient
from balcao.intake.domain.classify import Automatic, loops
from balcao.intake.domain.limits import LIMITS, Limits
from balcao.intake.domain.mail import Delivery, Mail, Mailbox, Outcome
from balcao.intake.domain.parse import read_headers
from balcao.intake.domain.reading import Reading, Unread, broken, read
from balcao.shared.events import Fact, SenderAuthentication, ThreadingEvidence
from balcao.shared.ids import derived_id

NOBODY = Mailbox("", "")
_MOST_HELD_HEADER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """What becomes of a mail at one company."""

    id: str
    """Follows from company and mail: a second arrival of the same mail has the same one."""
    company_id: str
    outcome: Outcome
    rule: str
    """Which rule led to the outcome."""
    address: str | None
    """The company's address it came to, and by which field."""
    addressed_by: str
    sender: Mailbox
    subject: str
    message_id: str | None
    evidence: ThreadingEvidence
    facts: tuple[Fact, ...]
    reason: str = ""
    """For people, where the outcome needs one."""
    authentication: SenderAuthentication | None = None
    """What our own mail server says of the sender; none when none is trusted, or it says nothing."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The steps with what they need to know."""

    directory: Directory
    secret: str
    """Proves our own reply addresses and Message-IDs."""
    limits: Limits = LIMITS
    trusted_authserv: str = ""
    """Name of the mail server whose word on the sender counts (RFC 8601); empty when there is none."""

    def take(self, raw: bytes, delivery: Delivery) -> tuple[Taken, ...]:
        """What becomes of a mail, once per company it is for; empty when it is for none. Never an error."""
        return self.judge(raw, read(raw, delivery.sender, self.limits), delivery)

    def judge(self, raw: bytes, reading: Reading | Unread, delivery: Delivery) -> tuple[Taken, ...]:
        """The same for a mail that was read before, here or elsewhere."""
        headers = reading.mail.headers if isinstance(reading, Reading) else read_headers(raw, _MOST_HELD_HEADER)
        companies = addressed(delivery, headers, self.directory)
        if isinstance(reading, Unread):
            return tuple(self._unread(raw, to, reading) for to in companies)
        try:
            return tuple(self._judge(reading, delivery, to) for to in companies)
        except Exception as error:  # kept for a person, with what broke
            return tuple(self._unread(raw, to, broken(error)) for to in companies)

    def _judge(self, reading: Reading, delivery: Delivery, to: Addressed) -> Taken:
        mail, nature = reading.mail, reading.nature
        found = evidence.gather(mail, delivery, self.secret)
        mail_id = _mail_id(reading, to)
        sender, sender_rule = self._sender(mail, delivery, to)
        taken = Taken(
            id=mail_id,
            company_id=to.company.id,
            outcome="accepted",
            rule=sender_rule,
            address=to.address,
            addressed_by=to.rule,
            sender=sender or NOBODY,
            subject=mail.subject,
            message_id=mail.message_id,
            evidence=found,
            facts=(),
            authentication=authentication(mail.headers, self.trusted_authserv, sender),
        )
        if self._is_own(mail, to):
            return replace(taken, outcome="rejected", rule="own_mail", reason="a mail of our own came back")
        if isinstance(nature, Bounce):
            ticket_id = evidence.bounced_ticket(nature, mail, delivery, self.secret)
            bounce = with_verp_recipient(nature, delivery.recipients)
            tag = evidence.bounced_delivery(mail, delivery, self.secret)
            said = facts.mail_bounced(mail_id, bounce, ticket_id, tag)
            return replace(taken, outcome="bounced", rule=nature.rule, facts=said)
        if isinstance(nature, Automatic):
            said_by = sender or Mailbox("", delivery.sender or "")
            replied = facts.mail_auto_replied(mail_id, mail, said_by, found)
            return replace(taken, outcome="auto_replied", rule=nature.rule, facts=(replied,))
        if loops(mail):
            return _held(taken, "loop", "it went through too many servers")
        if sender is None:
            return _held(taken, sender_rule, _NO_SENDER[sender_rule])
        received = facts.message_received(mail_id, reading, sender, to, found, self.directory, taken.authentication)
        return replace(taken, facts=(received,))

    def _is_own(self, mail: Mail, to: Addressed) -> bool:
        """Whether the company itself sent the mail: its Message-ID bears our signature, and it is in the company's
        name. One with our signature in another company's name is theirs, with words in it like any other's."""
        if not evidence.is_ours(mail, self.secret):
            return False
        sender = mail.senders[0].address if mail.senders else ""
        if self.directory(sender) is not None:
            return self.directory.belongs_to(sender, to.company)
        # Groups write their own address into From; the Message-ID they leave alone.
        domain = (mail.message_id or "").rpartition("@")[2].rstrip(">").lower()
        return self.directory.has_domain(domain, to.company)

    def _sender(self, mail: Mail, delivery: Delivery, to: Addressed) -> tuple[Mailbox | None, str]:
        """Who wrote it, and by which rule.

        Contact forms and groups write in the company's own name, with the person in Reply-To. Without one it would be
        the company writing to itself, and an answer would come back for ever.
        """
        is_own = self.directory.belongs_to
        answers_to = next((box for box in mail.reply_to if not is_own(box.address, to.company)), None)
        senders = [box for box in mail.senders if "@" in box.address]
        if senders:
            sender = senders[0]
            if not is_own(sender.address, to.company):
                return sender, "from"
            if answers_to is not None:
                return answers_to, "reply_to_of_own_address"
            return None, "own_address"
        if answers_to is not None:
            return answers_to, "reply_to"
        address = normal_address(delivery.sender) if delivery.sender else None
        if address is not None and not is_own(address, to.company):
            return Mailbox("", address), "envelope_sender"
        return None, "no_sender"

    def _unread(self, raw: bytes, to: Addressed, why: Unread) -> Taken:
        """A mail that the pipeline can't get through: held, with as much of its headers as is quick to read."""
        headers = read_headers(raw, _MOST_HELD_HEADER)
        senders = every_mailbox(headers.every("from")[:1])
        mail_id = derived_id("mail", to.company.id, "", hashlib.sha256(raw).hexdigest())
        taken = Taken(
            id=mail_id,
            company_id=to.company.id,
            outcome="held",
            rule=why.rule,
            address=to.address,
            addressed_by=to.rule,
            sender=senders[0] if senders else NOBODY,
            subject=headers.text("subject")[:500],
            message_id=None,
            evidence=ThreadingEvidence(),
            facts=(),
        )
        return _held(taken, why.rule, why.reason)


_NO_SENDER = {
    "no_sender": "it does not say who wrote it",
    "own_address": "it was sent in the company's own name",
}


def _held(taken: Taken, rule: str, reason: str) -> Taken:
    sender = taken.sender if taken.sender.address else None
    said = facts.mail_held(taken.id, reason, sender, taken.subject)
    return replace(taken, outcome="held", rule=rule, reason=reason, facts=(said,))


def _mail_id(reading: Reading, to: Addressed) -> str:
    """The mail's identity at a company: its Message-ID, its sender, subject and body; without a Message-ID all of it.

    The Message-ID alone would lose words: scanners and web forms send different mails under one. What servers add to
    the headers on different ways must not make a second mail, so the other headers don't count.
    """
    mail = reading.mail
    if mail.message_id is None:
        return derived_id("mail", to.company.id, "", reading.raw_digest)
    sender = mail.senders[0].address if mail.senders else ""
    return derived_id("mail", to.company.id, mail.message_id, sender, mail.subject, mail.body_digest)
