"""What the world outside did during a run and what it was promised: the measure for what must be there at the end."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expected:
    """What must have become of one ticket with tasks."""

    story: str
    stages: tuple[str, ...]
    """Where it may be."""
    status: str
    deliveries: tuple[int, int]
    """Transitions to delivery because production finished: at least, at most."""
    plannings: tuple[int, int]
    """Transitions to planning because all tasks were cancelled."""
    tasks: int
    completions: int


@dataclass(frozen=True)
class Comment:
    """Words an agent wrote; the mark is found nowhere else."""

    number: int
    mark: str
    visible: bool


@dataclass
class Record:
    """Filled by those who act, read by the checks."""

    accepted: Counter[str] = field(default_factory=Counter)
    """250s heard, by Message-ID."""
    handed_over: Counter[str] = field(default_factory=Counter)
    """How often the whole mail was on its way to the server, by Message-ID."""
    delivered: Counter[str] = field(default_factory=Counter)
    """Put into the mailbox that is fetched by IMAP, by Message-ID."""
    smtp: Counter[str] = field(default_factory=Counter)
    """How tries to send a mail ended."""
    http: Counter[str] = field(default_factory=Counter)
    """How tries of requests ended."""
    openings: dict[str, str] = field(default_factory=dict)
    """Message-ID of each mail that opens a ticket → its sender."""
    replies: dict[str, int] = field(default_factory=dict)
    """Message-ID of each answer by mail → number of the ticket that it answers."""
    tickets: dict[int, Expected] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    echoes: Counter[str] = field(default_factory=Counter)
    """Facts that were said a second time, by type."""
    kills: Counter[str] = field(default_factory=Counter)
    mid_conversation: Counter[str] = field(default_factory=Counter)
    """Kills in the middle of a conversation, by who was killed."""
    failed_starts: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """What should not have happened to anybody outside: a refusal for good, a request never answered."""
