"""The life of a ticket: every legal transition in one table, shared by the rules, the documentation and the tests."""

from dataclasses import dataclass
from typing import Literal

from balcao.shared.events import Status

Command = Literal[
    "open",
    "draft",
    "submit",
    "take",
    "give_back",
    "wait",
    "wait_over",
    "no_answer",
    "reply",
    "resolve",
    "close",
    "end",
    "window_over",
    "cancel",
    "reopen",
]
Who = Literal["team", "requester", "clock"]
Only = Literal["", "never submitted", "submitted"]

STATUSES: tuple[Status, ...] = ("draft", "open", "waiting", "resolved", "closed", "cancelled")


@dataclass(frozen=True)
class Transition:
    """One row: a command, by whom, leads from a status to a status. `before` is none where a ticket begins."""

    command: Command
    before: Status | None
    after: Status
    who: tuple[Who, ...]
    rule: str
    """Id of the rule in docs/features.md."""
    when: str = ""
    """What must hold besides, in words."""
    only: Only = ""
    """The part of `when` that tells two rows of one command and status apart."""


def _rows(
    command: Command, before: str, after: Status, who: str, rule: str, when: str = "", only: Only = ""
) -> tuple[Transition, ...]:
    """One row for each status named before the arrow; `-` is the beginning."""
    by: tuple[Who, ...] = tuple(who.split())  # type: ignore[arg-type]
    statuses: tuple[Status | None, ...] = tuple(None if one == "-" else one for one in before.split())  # type: ignore[misc]
    return tuple(Transition(command, one, after, by, rule, when, only) for one in statuses)


_NO_MAIL = "as spam or of an unknown sender; no mail goes out"

TRANSITIONS: tuple[Transition, ...] = (
    *_rows("open", "-", "open", "team requester", "O1", "by mail, portal or at the desk"),
    *_rows("draft", "-", "draft", "team", "O12", "almost nothing is needed"),
    *_rows("submit", "draft", "open", "team", "O12", "title, description, type and requester are there"),
    *_rows("resolve", "draft", "resolved", "team", "O12", "as for submitting, which it does in the same step"),
    *_rows("cancel", "draft", "cancelled", "team", "O12", "the draft is discarded"),
    *_rows("take", "open", "open", "team", "W3", "to do → in progress; the first update takes it by itself"),
    *_rows("give_back", "open", "open", "team", "W3", "in progress → to do: un-assigned, or rejected by a robot"),
    *_rows("give_back", "waiting", "waiting", "team", "W3", "it will come back to do"),
    *_rows("wait", "open waiting", "waiting", "team", "W4", "the reason's date or days are given"),
    *_rows("wait_over", "waiting", "open", "clock", "W4", "the time is reached; comes back highlighted"),
    *_rows("no_answer", "waiting", "resolved", "clock", "W4", "the time is reached and “close if no answer” is ticked"),
    *_rows(
        "reply", "open waiting resolved", "open", "requester", "W2", "within the feedback window, where there is one"
    ),
    *_rows("resolve", "open waiting", "resolved", "team", "W5", "the words the company asks for are there"),
    *_rows("close", "open waiting", "closed", "team", "W5", _NO_MAIL),
    *_rows("end", "open waiting", "resolved", "requester", "P4", "solved"),
    *_rows("end", "resolved", "resolved", "requester", "P4", "solved already: nothing changes"),
    *_rows("window_over", "resolved", "closed", "clock", "W6", "the feedback window has passed"),
    *_rows("cancel", "open waiting", "cancelled", "team requester", "W1", "a requester: not needed any more (P4)"),
    *_rows("reopen", "waiting resolved", "open", "team", "W1"),
    *_rows("reopen", "cancelled", "open", "team", "W1", "it was submitted once", "submitted"),
    *_rows("reopen", "cancelled", "draft", "team", "O12", "a draft that was discarded", "never submitted"),
)
"""All of it. What is not here is refused by a named condition that lists what is possible."""


def target(command: Command, before: Status, *, never_submitted: bool = False) -> Status | None:
    """Where a command leads, or none when it is not legal there."""
    wanted: Only = "never submitted" if never_submitted else "submitted"
    for row in TRANSITIONS:
        if row.command == command and row.before == before and row.only in ("", wanted):
            return row.after
    return None


def possible(before: Status, who: Who = "team") -> list[str]:
    """What somebody may do to a ticket in this status, by name."""
    return sorted({row.command for row in TRANSITIONS if row.before == before and who in row.who})
