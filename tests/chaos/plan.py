"""What a chaos run will do, drawn from its seed: mails, what becomes of their tickets, and who is killed when."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tests.bench.mails import Sample, samples
from tests.chaos.outside import IMAP, MOMENTS
from tests.support.desk_company import ADDRESS
from tests.support.wire import Side

TARGETS = ("tickets", "broker", "intake", "database", "notifier", "catcher", "workflow", "portal-api", IMAP)
"""Everything that is killed. The catcher stands for whatever mail server the product hands its mails to; the last one
is the server whose mailbox it fetches."""

TASK_STORIES = (
    "completed",
    "two_tasks",
    "reopened",
    "hurried",
    "cancelled",
    "one_cancelled",
    "approved",
    "taken_up_again",
    "ticket_cancelled",
)
Fate = Literal["left_alone", "answered_by_requester", "resolved"] | str
"""What becomes of a ticket: one of the task stories, or one of these."""


@dataclass(frozen=True)
class Opening:
    """A mail that opens a ticket, and what becomes of that."""

    mail: Sample
    fate: Fate
    answer_lost: Literal["", "before", "after"] = ""
    """The sender's connection breaks at its first try: before the server can have answered, or just after."""
    by: Literal["smtp", "imap"] = "smtp"
    """Whether it is sent to us or lies in a mailbox that we fetch."""


@dataclass(frozen=True)
class Kill:
    """Who is killed how long after the beat began, and for how long it stays dead, in seconds."""

    target: str
    after_s: float
    dead_s: float
    moment: tuple[Side, bytes] | None = None
    """What is being said when it dies, where it is a server that we talk to."""


@dataclass(frozen=True)
class Beat:
    """A burst of mails, and a kill in the middle of it."""

    openings: Sequence[Opening]
    kill: Kill | None
    pause_s: float


def beats(mails: int, kills: int, seed: int, targets: Sequence[str] = TARGETS) -> list[Beat]:
    """The whole run. Of `mails`, a fifth are answers that requesters write to mails they get; the rest is here."""
    chance = random.Random(seed)
    openings = _openings(mails, chance, seed)
    victims = _victims(kills, chance, targets)
    parts = len(victims) + 1  # the last burst meets nobody's death
    return [
        Beat(
            _coming_by(
                openings[place * len(openings) // parts : (place + 1) * len(openings) // parts],
                victims[place : place + 1],
            ),
            _kill(victims[place], chance) if place < len(victims) else None,
            chance.uniform(0.5, 3.0),
        )
        for place in range(parts)
    ]


def _coming_by(openings: Sequence[Opening], victim: Sequence[str]) -> list[Opening]:
    """Every third lies in the mailbox; all of them while its server dies, so that there is something to talk of."""
    often = 1 if IMAP in victim else 3
    return [
        replace(one, by="imap") if not one.answer_lost and place % often == 0 else one
        for place, one in enumerate(openings)
    ]


def _kill(target: str, chance: random.Random) -> Kill:
    moment = chance.choice(MOMENTS[target]) if target in MOMENTS else None
    return Kill(target, chance.uniform(0.05, 1.0), chance.uniform(0.3, 3.0), moment)


def replies_among(mails: int) -> int:
    """How many of the mails are answers to mails of ours."""
    return mails // 5


def _openings(mails: int, chance: random.Random, seed: int) -> list[Opening]:
    answers = replies_among(mails)
    resolved = max(1, answers // 3)
    count = mails - answers
    with_tasks = max(len(TASK_STORIES), int(count * 0.3))
    fates: list[Fate] = [TASK_STORIES[place % len(TASK_STORIES)] for place in range(with_tasks)]
    fates += ["resolved"] * resolved + ["answered_by_requester"] * (answers - resolved)
    if len(fates) > count:
        raise ValueError(f"{mails} mails are too few: {len(fates)} tickets have a part to play")
    fates += ["left_alone"] * (count - len(fates))
    chance.shuffle(fates)
    losses = ["before", "after"] * max(1, count // 24)
    losses += [""] * (count - len(losses))
    chance.shuffle(losses)
    mails_out = samples(count, ADDRESS, seed=seed, run=f"chaos.{seed}.")
    return [Opening(*parts) for parts in zip(mails_out, fates, losses, strict=True)]  # type: ignore[arg-type]


def _victims(kills: int, chance: random.Random, targets: Sequence[str]) -> list[str]:
    """Every target as often as the others, in an order of chance."""
    victims: list[str] = []
    while len(victims) < kills:
        round_ = list(targets)
        chance.shuffle(round_)
        victims += round_
    return victims[:kills]
