"""What a ticket is."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.aggregate import Aggregate
from balcao.shared.events import FileRef, Party, Stage, Status, TaskSnapshot, Threading, TicketRef

STAGES: tuple[Stage, ...] = ("triage", "analysis", "planning", "production", "delivery")
KINDS = ("request", "question", "fix", "quote", "improvement")
ACTIVE: frozenset[Status] = frozenset({"draft", "open", "waiting"})
"""Statuses of a ticket that still needs somebody."""
FINAL: frozenset[Status] = frozenset({"closed", "cancelled"})
"""Statuses of a ticket that a requester's words no longer join: they open a new one (W2)."""

Kind = Literal["request", "question", "fix", "quote", "improvement"]
Channel = Literal["mail", "portal", "desk"]
Method = Literal["answered", "no_response", "rejected", "spam", "unknown_sender", "merged", "split"]
Highlight = Literal["reply", "delivery", "undelivered"]
WaitReason = Literal["more_information", "follow_up", "visit", "split", "case_launched"]

_RANK_OF_ONE_PRIORITY = 10**9


class Wait(BaseModel):
    """Why a waiting ticket waits, and until when at the most (W4)."""

    model_config = ConfigDict(frozen=True)

    reason: WaitReason
    until: datetime | None = None


class Production(BaseModel):
    """Where all linked tasks together stand, and how many rounds of work on them have begun (H5)."""

    model_config = ConfigDict(frozen=True)

    state: Literal["none", "under_way", "finished", "abandoned"] = "none"
    rounds: int = 0


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
    promised_for: datetime | None = None
    channel: Channel
    requested: str = ""
    requested_quote_at: int | None = None
    requested_files: tuple[FileRef, ...] = ()
    action_plan: str = ""
    tasks: tuple[TaskSnapshot, ...] = ()
    production: Production = Production()
    """What the stage has followed so far: out of service the tasks go on, and the stage catches up at the return."""
    wait: Wait | None = None
    resolution: Method | None = None
    resolved_at: datetime | None = None
    highlight: Highlight | None = None
    """Why it wants to be looked at: somebody answered, production finished, or a mail of ours did not arrive."""
    message_ids: tuple[str, ...] = ()
    """Message-IDs of the requester's own mails: an answer to one of them belongs here."""
    threading: Threading = Threading()
    last_words: str = ""
    """What the requester said last, to quote below an answer."""
    opening_rule: str = ""
    """Why the message that opened it did so rather than join another ticket."""
    related_ticket_id: str | None = None
    opened_at: datetime
    updated_at: datetime
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

    def is_open_to(self, person_id: str, address: str) -> bool:
        """Whether a guest may see it: as its requester, by whichever of their addresses, or as one who gets copies."""
        if self.requester.person_id == person_id:
            return True
        return any(party.address == address.lower() for party in (self.requester, *self.watchers))


def rank_of(priority: int, number: int) -> int:
    """The place in the list: higher priority first, then the newer ticket (O9)."""
    return priority * _RANK_OF_ONE_PRIORITY + number
