"""What a ticket is."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.aggregate import Aggregate, Said
from balcao.shared.events import (
    DirectiveTaken,
    FileRef,
    Party,
    Stage,
    Status,
    TaskSnapshot,
    Threading,
    TicketNoted,
    TicketRef,
    TicketReopened,
    TicketReplied,
)
from balcao.tickets.domain.approval import Approval
from balcao.tickets.domain.handing_out import HandedOut, handed_out_after

STAGES: tuple[Stage, ...] = ("triage", "analysis", "planning", "production", "delivery")
KINDS = ("request", "question", "fix", "quote", "improvement")
ACTIVE: frozenset[Status] = frozenset({"draft", "open", "waiting"})
"""Statuses of a ticket that still needs somebody."""
FINAL: frozenset[Status] = frozenset({"closed", "cancelled"})
"""Statuses of a ticket that a requester's words no longer join: they open a new one (W2)."""

Kind = Literal["request", "question", "fix", "quote", "improvement"]
Channel = Literal["mail", "portal", "desk"]
Method = Literal["answered", "no_response", "rejected", "spam", "unknown_sender", "merged", "split"]
Highlight = Literal["reply", "delivery", "undelivered", "wait_over", "promised"]
WaitReason = Literal["more_information", "follow_up", "visit", "split", "case_launched"]

LinkKind = Literal["merged_into", "merged_from", "split_into", "split_from"]

_RANK_OF_ONE_PRIORITY = 10**9


class Wait(BaseModel):
    """Why a waiting ticket waits, and until when at the most (W4)."""

    model_config = ConfigDict(frozen=True)

    reason: WaitReason
    until: datetime | None = None
    """When it comes back at the latest; none where only somebody or something else brings it back."""
    close_if_no_answer: bool = False
    """Whether it is resolved, without response, rather than coming back when the time is reached."""


class Draft(BaseModel):
    """What only a ticket has that was never submitted (O12)."""

    model_config = ConfigDict(frozen=True)

    by: Party
    """Who writes it."""
    kind_chosen: bool = False
    """Whether its type was chosen; the one shown until then is a guess."""


class Words(BaseModel):
    """The timeline entries of the team's last words since the ticket came into service, none where there are none."""

    model_config = ConfigDict(frozen=True)

    note: int | None = None
    mail: int | None = None


class Step(BaseModel):
    """The change of situation that comes with a comment (W8)."""

    model_config = ConfigDict(frozen=True)

    command: Literal["resolve", "wait", "reopen"]
    method: Method = "answered"
    wait: Wait | None = None
    days: int | None = None
    """Of unsent words: the business days to wait as they were typed, which are counted only once the words are sent."""


class Outgoing(BaseModel):
    """A visible answer that was accepted and goes out when its undo window ends; frozen as it was confirmed."""

    model_config = ConfigDict(frozen=True)

    id: str
    author: Party
    text: str
    html: str = ""
    recipients: tuple[Party, ...] = ()
    added: tuple[Party, ...] = ()
    """Of the recipients those whom the author added for this answer."""
    removed: tuple[str, ...] = ()
    """Addresses of watchers whom the author left out of it."""
    files: tuple[FileRef, ...] = ()
    threading: Threading = Threading()
    quoted: str = ""
    quoted_by: Party | None = None
    step: Step | None = None
    begun_on: int
    """The ticket's version it was accepted on."""
    delivers: tuple[str, ...] = ()
    """Ids of the tasks whose deliverables it hands over."""
    accepted_in: Status = "open"
    """The ticket's status when it was accepted."""
    accepted_at: datetime
    goes_out_at: datetime
    highlight: Highlight | None = None
    """What accepting it took away, to be given back when it is undone."""


class Production(BaseModel):
    """Where all linked tasks together stand, and how many rounds of work on them have begun (H5)."""

    model_config = ConfigDict(frozen=True)

    state: Literal["none", "under_way", "finished", "abandoned"] = "none"
    rounds: int = 0


class Link(BaseModel):
    """Another ticket this one came from or went to (W13, W14), as it was called then."""

    model_config = ConfigDict(frozen=True)

    kind: LinkKind
    id: str
    number: int
    title: str


class Moved(BaseModel):
    """Where a message went that came to the wrong ticket, and by which operation."""

    model_config = ConfigDict(frozen=True)

    id: str
    number: int
    operation_id: str


class Ticket(Aggregate):
    """One request, from the first words to its resolution."""

    number: int
    title: str
    status: Status = "open"
    progress: Literal["todo", "in_progress"] | None = "todo"
    stage: Stage = "triage"
    stage_assignees: dict[Stage, Party] = Field(default_factory=dict)
    requester: Party
    watchers: tuple[Party, ...] = ()
    analyst: Party | None = None
    kind: Kind = "request"
    priority: int = 0
    workspace_id: str | None = None
    project_id: str | None = None
    tags: tuple[str, ...] = ()
    """Ids of its tags, in the order they were put on (O14)."""
    promised_for: datetime | None = None
    due: datetime | None = None
    """When the team has to have done something about it (W16); for the team only."""
    channel: Channel
    requested: str = ""
    requested_html: str = ""
    """The same as sanitised HTML, images as `cid:` of its files; empty where it came as plain text."""
    requested_quote_at: int | None = None
    requested_files: tuple[FileRef, ...] = ()
    directives: tuple[DirectiveTaken, ...] = ()
    """What the mail that opened it asked for by directives, and what came of it (O8)."""
    action_plan: str = ""
    tasks: tuple[TaskSnapshot, ...] = ()
    production: Production = Production()
    """What the stage has followed so far: out of service the tasks go on, and the stage catches up at the return."""
    approvals: tuple[Approval, ...] = ()
    """Questions to the requester whether work may go on like this, the latest last."""
    handed_out: tuple[HandedOut, ...] = ()
    """What became of what production handed over (H4)."""
    wait: Wait | None = None
    resolution: Method | None = None
    resolved_at: datetime | None = None
    reply_until: datetime | None = None
    """End of the feedback window of a resolved ticket, where its company has one (W6)."""
    resolution_entry: int | None = None
    """The timeline entry that counted as the words of the resolution: it gets the green tick (W5)."""
    words: Words = Words()
    remind_at: datetime | None = None
    """When its analyst is reminded of the promised date (W9)."""
    draft: Draft | None = None
    """Set until it is submitted; whoever is not of the team doesn't see it before that (O12)."""
    highlight: Highlight | None = None
    """Why it wants to be looked at: somebody answered, production finished, or a mail of ours did not arrive."""
    message_ids: tuple[str, ...] = ()
    """Message-IDs of mails that were written here, by whomever: an answer to one of them belongs here."""
    threading: Threading = Threading()
    last_words: str = ""
    """What was said last from outside, to quote below an answer."""
    last_words_by: Party | None = None
    """Who said so: the requester or somebody in copy; none where it was typed at the desk."""
    outgoing: tuple[Outgoing, ...] = ()
    """Visible answers in their undo window. Nobody outside the team knows of them."""
    opening_rule: str = ""
    """Why the message that opened it did so rather than join another ticket."""
    related_ticket_id: str | None = None
    links: tuple[Link, ...] = ()
    """Tickets it was merged with or split from; each link is on both tickets."""
    merged_into: str | None = None
    """The ticket that took it in: what comes for this one goes there (W2, W13)."""
    moved_messages: dict[str, Moved] = Field(default_factory=dict)
    """Requesters' messages that are another ticket's now, by the number of their entry here."""
    moved_tasks: dict[str, str] = Field(default_factory=dict)
    """Tasks that a split took along, with the ticket that has them now: production may still name this one (W14)."""
    left_tasks: tuple[str, ...] = ()
    """Tasks it was taken off: production may still name it for a moment."""
    inherited_tasks: dict[str, str] = Field(default_factory=dict)
    """Tasks it has by a merge, with the merged ticket whose they are: undoing the merge gives them back (W13, W15)."""
    opened_at: datetime
    updated_at: datetime
    told_at: datetime | None = None
    """When something last happened that its requester may know of; none while that is its opening (P5)."""
    active: bool = True
    """Derived from status; with `rank` the order of the desk's list."""
    rank: int = 0

    @property
    def highlighted(self) -> bool:
        """Whether it wants to be looked at."""
        return self.highlight is not None

    def about(self) -> dict[str, Any]:
        """Each fact carries the ticket as it is afterwards."""
        return {"ticket": self.ref()}

    def ref(self) -> TicketRef:
        """The ticket as facts carry it."""
        return TicketRef(
            id=self.id,
            number=self.number,
            version=self.version,
            title=self.title,
            status=self.status,
            stage=self.stage,
            requester=self.requester,
            analyst=self.analyst,
        )

    def follows(self, said: tuple[Said, ...]) -> dict[str, Any]:
        """The team's last words, and what was handed out with them, whoever's rule said them."""
        return {"words": self.words_after(said), "handed_out": handed_out_after(self.handed_out, self.tasks, said)}

    def words_after(self, said: tuple[Said, ...]) -> Words:
        """The team's last words after all that a change says (W5). A ticket taken up again begins anew."""
        words = self.words
        for one in said:
            if one.fact is TicketReplied:
                words = words.model_copy(update={"mail": one.n})
            elif one.fact is TicketNoted:
                words = words.model_copy(update={"note": one.n})
            elif one.fact is TicketReopened and one.data["before"] != "waiting":
                words = Words()
        return words

    def assignee(self, stage: Stage | None = None) -> Party | None:
        """Who acts in a stage (the current one when none is named); the analyst where the stage has nobody (H7)."""
        return self.stage_assignees.get(stage or self.stage) or self.analyst

    def task(self, task_id: str) -> TaskSnapshot | None:
        """The linked task of that id."""
        return next((task for task in self.tasks if task.id == task_id), None)

    def is_part(self, address: str | None) -> bool:
        """Whether somebody with this address is a party of the ticket: requester, watcher, analyst or assignee."""
        if not address:
            return False
        parties = (self.requester, self.analyst, *self.watchers, *self.stage_assignees.values())
        return any(party is not None and party.address == address.lower() for party in parties)

    def is_requester(self, person_id: str, address: str) -> bool:
        """Whether somebody asked for it, by whichever of their addresses."""
        return self.requester.person_id == person_id or self.requester.address == address.lower()

    def is_open_to(self, person_id: str, address: str) -> bool:
        """Whether a guest may see it: as its requester, by whichever of their addresses, or as one who gets copies.

        A draft is the team's own until it is submitted (O12).
        """
        if self.draft is not None:
            return False
        if self.requester.person_id == person_id:
            return True
        return any(party.address == address.lower() for party in (self.requester, *self.watchers))


def rank_of(priority: int, number: int) -> int:
    """The place in the list: higher priority first, then the newer ticket (O9)."""
    return priority * _RANK_OF_ONE_PRIORITY + number
