"""Facts about how somebody gets in: what a mail's directives came to, who is kept out, and who is invited (O3, O7, O8).

Said by `tickets`.
"""

from typing import Literal

from pydantic import Field

from balcao.shared.events.directory import PersonProfile
from balcao.shared.events.envelope import Contract, Fact, Party


class DirectiveTaken(Contract):
    """What became of one thing that a mail asked for (O8). The requester sees it: they wrote it."""

    kind: Literal["workspace", "analyst", "priority", "type"]
    place: Literal["body", "subject"]
    given: str = Field(description="As it was written, at most 200 characters.")
    meant: str | None = Field(
        default=None,
        description="What it came to when it was followed: the workspace's name, the analyst's address, the priority, "
        "or the type's name (request, question, fix, quote, improvement).",
    )
    ignored: str | None = Field(
        default=None,
        description="Why it was not followed: empty, no_address, no_whole_number, out_of_range, unknown_type, "
        "repeated, unknown_workspace, archived_workspace, ambiguous, not_at_the_desk, overruled, only_when_opening, "
        "sender_not_proven or ticket_is_over.",
    )


class SenderHeld(Fact):
    """Somebody unknown wrote, and the company wants a person to decide whether they may come in (O3)."""

    type = "sender.held.v1"

    message_id: str = Field(description="Intake's id of the stored message.")
    sender: Party
    subject: str = ""
    rule: Literal["unknown_sender", "sender_not_proven", "sender_not_answerable"]
    deciders: tuple[Party, ...] = Field(default=(), description="Who of the team is told.")


class SenderRejected(Fact):
    """Somebody unknown wrote to a company that takes requests from people it knows only: they are told so (O3).

    Public, since it is said to them; it belongs to no ticket.
    """

    type = "sender.rejected.v1"
    public = True

    message_id: str = Field(description="Intake's id of the stored message.")
    sender: Party
    subject: str = ""
    internet_message_id: str | None = Field(default=None, description="What the answer answers to.")


class PersonInvited(Fact):
    """Somebody of the team invites a person to set a password (O3). Public, since it is said to that person."""

    type = "person.invited.v1"
    public = True

    person: PersonProfile
