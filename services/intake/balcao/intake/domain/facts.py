"""The facts that a mail leads to, for one company."""

from balcao.intake.domain.address import Addressed, Directory
from balcao.intake.domain.bounces import Bounce
from balcao.intake.domain.classify import wants_no_automatic_answer
from balcao.intake.domain.mail import Attachment, Mail, Mailbox
from balcao.intake.domain.reading import MOST_TEXT, Reading
from balcao.shared.events import (
    FileRef,
    MailAutoReplied,
    MailBounced,
    MailHeld,
    MessageReceived,
    Party,
    SenderAuthentication,
    ThreadingEvidence,
)

_MOST_OTHERS = 200
_MOST_AUTOMATIC_TEXT = 10_000


def party(box: Mailbox) -> Party:
    """A mailbox as facts carry people."""
    return Party(name=box.name, address=box.address)


def file_id(message_id: str, part: str) -> str:
    """The id of an attachment inside a stored mail (claim check: it is not stored a second time)."""
    return f"mail:{message_id}/{part}"


def message_received(
    mail_id: str,
    reading: Reading,
    sender: Mailbox,
    to: Addressed,
    evidence: ThreadingEvidence,
    directory: Directory,
    authentication: SenderAuthentication | None,
) -> MessageReceived:
    """A person's mail. The text is cut at 100,000 characters; the raw mail keeps the rest."""
    mail = reading.mail
    text = mail.text[:MOST_TEXT]
    return MessageReceived(
        message_id=mail_id,
        channel="mail",
        company_address=to.address,
        sender=party(sender),
        others=_others(mail, sender, to, directory),
        subject=mail.subject,
        text=text,
        quote_at=reading.quote_at,
        truncated=len(mail.text) > MOST_TEXT,
        has_html=bool(mail.html),
        files=file_refs(mail_id, mail),
        internet_message_id=mail.message_id,
        sent_at=mail.sent_at,
        evidence=evidence,
        directives=reading.directives,
        authentication=authentication,
        wants_no_automatic_answer=wants_no_automatic_answer(mail, sender),
    )


def mail_bounced(
    mail_id: str, bounce: Bounce, ticket_id: str | None, delivery_tag: str | None
) -> tuple[MailBounced, ...]:
    """One fact per address that was not reached."""
    return tuple(
        MailBounced(
            message_id=mail_id,
            recipient=failure.recipient,
            permanent=failure.permanent,
            status=failure.status,
            diagnostic=failure.diagnostic,
            original_message_id=bounce.original_message_id,
            ticket_id=ticket_id,
            delivery_tag=delivery_tag,
        )
        for failure in bounce.failures
    )


def mail_auto_replied(mail_id: str, mail: Mail, sender: Mailbox, evidence: ThreadingEvidence) -> MailAutoReplied:
    """A machine's answer; its text is there to be shown, not worked with."""
    return MailAutoReplied(
        message_id=mail_id,
        sender=party(sender),
        subject=mail.subject,
        text=mail.text[:_MOST_AUTOMATIC_TEXT],
        evidence=evidence,
    )


def mail_held(mail_id: str, reason: str, sender: Mailbox | None, subject: str) -> MailHeld:
    """Kept and not let in; a person decides."""
    return MailHeld(message_id=mail_id, reason=reason, sender=sender.address if sender else None, subject=subject)


def _others(mail: Mail, sender: Mailbox, to: Addressed, directory: Directory) -> tuple[Party, ...]:
    """Who else got the mail: they become watchers (O4), the company itself aside."""
    found: dict[str, Party] = {}
    for box in (*mail.to, *mail.cc):
        if box.address != sender.address and not directory.belongs_to(box.address, to.company):
            found.setdefault(box.address, party(box))
    return tuple(found.values())[:_MOST_OTHERS]


def file_refs(mail_id: str, mail: Mail) -> tuple[FileRef, ...]:
    """The attachments of a stored mail, by their places in it."""
    return tuple(_file(mail_id, attachment) for attachment in mail.attachments)


def _file(mail_id: str, attachment: Attachment) -> FileRef:
    return FileRef(
        file_id=file_id(mail_id, attachment.part),
        name=attachment.name,
        media_type=attachment.media_type,
        size=attachment.size,
        inline=attachment.inline,
        content_id=attachment.content_id,
        encrypted=attachment.encrypted,
    )
