"""Facts about requesters' words as they come in, whatever the channel. Said by `intake`."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from balcao.shared.events.envelope import Contract, Fact, FileRef, Party


class ThreadingEvidence(Contract):
    """What in a message points at an existing ticket. `tickets` decides; the evidence is kept and shown."""

    token_ticket_id: str | None = Field(default=None, description="From a signed reply address whose signature held.")
    reference_ticket_id: str | None = Field(
        default=None, description="From one of our own signed Message-IDs in In-Reply-To or References."
    )
    references: tuple[str, ...] = Field(
        default=(), description="Message-IDs from In-Reply-To and References, newest first."
    )
    subject_number: int | None = Field(default=None, description="From a [#123] tag in the subject.")


class MailDirective(Contract):
    """Something that a mail asks for by `[kind:value]` in its body or `#workspace` in its subject (O7).

    Intake says what was written and understood; `tickets` resolves names and decides. The list is in the order of
    their weight: body before subject (O8).
    """

    kind: Literal["workspace", "analyst", "priority", "type"]
    place: Literal["body", "subject"]
    given: str = Field(description="As it was written, at most 200 characters.")
    value: str | None = Field(
        default=None,
        description="workspace: its id or name without accents and capitals; analyst: address; priority: 0 to 100; "
        "type: request, question, fix, quote or improvement.",
    )
    ignored: str | None = Field(
        default=None,
        description="Why it can't be followed: empty, no_address, no_whole_number, out_of_range, unknown_type or "
        "repeated.",
    )


class SenderAuthentication(Contract):
    """What the company's own mail server found out about the sender (RFC 8601)."""

    by: str = Field(description="Name of the server that checked (authserv-id).")
    dmarc: str | None = None
    dkim: str | None = None
    spf: str | None = None
    authenticated: bool = Field(description="Whether somebody vouched for the very domain that the mail is from.")


class MessageReceived(Fact):
    """A person wrote to the company, by mail or through the portal. Said once the message is stored durably."""

    type = "message.received.v1"

    message_id: str = Field(description="Intake's id of the stored message.")
    channel: Literal["mail", "portal"]
    company_address: str | None = Field(default=None, description="The company's address it came to (mail).")
    sender: Party
    others: tuple[Party, ...] = Field(
        default=(), description="People in To and Cc, without the company's own addresses."
    )
    subject: str = ""
    kind: Literal["request", "question", "fix", "quote", "improvement"] | None = Field(
        default=None, description="What its author chose on the portal (P3, O10); a mail says it by a directive."
    )
    text: str = Field(default="", description="Complete text, quotes included; cut at 100,000 characters.")
    quote_at: int | None = Field(default=None, description="Offset in `text` where quoted text or signature begins.")
    truncated: bool = False
    has_html: bool = False
    files: tuple[FileRef, ...] = ()
    internet_message_id: str | None = Field(default=None, description="Message-ID header with its angle brackets.")
    sent_at: datetime | None = Field(default=None, description="From the Date header.")
    evidence: ThreadingEvidence = ThreadingEvidence()
    directives: tuple[MailDirective, ...] = Field(
        default=(), description="What the mail asks for, those that weigh more first (O7, O8)."
    )
    authentication: SenderAuthentication | None = Field(
        default=None, description="None where no server is trusted to know, or it said nothing."
    )
    let_in_by: Party | None = Field(
        default=None,
        description="Who of the team let it in, of a mail that intake had held: nobody asks again whether its sender "
        "may come in.",
    )
    wants_no_automatic_answer: bool = Field(
        default=False,
        description="It came by a list or in bulk, asks for none, or from an address that nobody reads: people answer, "
        "programs don't.",
    )


class MailBounced(Fact):
    """A mail of ours could not be delivered, says a delivery report."""

    type = "mail.bounced.v1"

    message_id: str
    recipient: str | None = Field(default=None, description="The address that failed.")
    permanent: bool = True
    status: str | None = Field(default=None, description="RFC 3463 status code.")
    diagnostic: str = ""
    original_message_id: str | None = Field(default=None, description="Message-ID of the mail that bounced.")
    ticket_id: str | None = None
    delivery_tag: str | None = Field(
        default=None, description="Which delivery it was, from the return path: the beginning of its id."
    )


class MailAutoReplied(Fact):
    """A machine answered (vacation notice): attached to the ticket, never reopens it, never gets an answer."""

    type = "mail.auto_replied.v1"

    message_id: str
    sender: Party
    subject: str = ""
    text: str = ""
    evidence: ThreadingEvidence = ThreadingEvidence()


class MailHeld(Fact):
    """A mail was kept but not let in: it can't be read, or policy holds it. A person decides."""

    type = "mail.held.v1"

    message_id: str
    reason: str
    sender: str | None = None
    subject: str = ""


class MailDecisionAsked(Fact):
    """Intake holds a mail, and these people of the team are asked to decide about it. Said by `tickets`, which knows
    them."""

    type = "mail.decision_asked.v1"

    message_id: str = Field(description="Intake's id of the stored mail.")
    sender: str | None = Field(default=None, description="Address; none of a mail that does not say who wrote it.")
    subject: str = ""
    deciders: tuple[Party, ...] = Field(default=(), description="Who of the team is told.")
