"""Limits on mails, and how a loop of machines is told from a busy person."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from balcao.notifier.allowances import Allowances
from balcao.notifier.domain.kinds import OUTWARD, Kind
from balcao.notifier.domain.rates import Limit, Rates, later, may_loop

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Ledger:
    """What replicas share, as the database keeps it."""

    def __init__(self) -> None:
        self.used: dict[str, int] = defaultdict(int)
        self.asked = 0

    async def draw(self, id_: str, wanted: int, most: int, gone_at: datetime) -> bool:
        del gone_at
        self.asked += 1
        if self.used[id_] + wanted > most:
            return False
        self.used[id_] += wanted
        return True


class Day:
    """A clock that stands until moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def replicas(count: int, ledger: Ledger, clock: Day) -> list[Allowances]:
    return [Allowances(ledger, clock) for _ in range(count)]  # type: ignore[arg-type]


async def granted(allowances: list[Allowances], limit: Limit, asks: int) -> int:
    """How many of so many mails may go, asked of the replicas by turns."""
    return sum([await allowances[n % len(allowances)].take(limit, "zoe") for n in range(asks)])


@pytest.mark.parametrize("most", [1, 2, 3, 7, 20, 100])
@pytest.mark.parametrize("count", [1, 2, 5])
async def test_a_limit_holds_however_many_replicas_there_are(most: int, count: int) -> None:
    went = await granted(replicas(count, Ledger(), Day()), Limit("recipient", most), most * 3 + 50)
    assert went == most


async def test_a_limit_of_which_half_is_free_lets_each_further_replica_add_that_half() -> None:
    loop = Limit("loop", 20, free=10)
    assert await granted(replicas(1, Ledger(), Day()), loop, 200) == 20
    assert 20 <= await granted(replicas(3, Ledger(), Day()), loop, 200) <= 20 + 2 * 10


async def test_what_is_free_costs_no_question_and_blocks_keep_the_others_few() -> None:
    """The path of an acknowledgement must cost no further command."""
    ledger = Ledger()
    await granted(replicas(1, ledger, Day()), Limit("loop", 30, free=15), 15)
    assert ledger.asked == 0
    await granted(replicas(1, ledger, Day()), Limit("company", 1000), 1000)
    assert ledger.asked <= 20


async def test_past_the_limit_nobody_asks_any_more() -> None:
    ledger = Ledger()
    await granted(replicas(1, ledger, Day()), Limit("recipient", 4), 100)
    assert ledger.asked <= 6


async def test_the_next_window_begins_anew() -> None:
    clock, limit = Day(), Limit("recipient", 3)
    allowances = replicas(1, Ledger(), clock)
    assert await granted(allowances, limit, 10) == 3
    clock.now += timedelta(hours=1)
    assert await granted(allowances, limit, 10) == 3


async def test_one_address_does_not_use_up_anothers() -> None:
    (allowances,) = replicas(1, Ledger(), Day())
    limit = Limit("recipient", 1)
    assert [await allowances.take(limit, who) for who in ("zoe", "ivo", "zoe")] == [True, True, False]


def test_what_waits_is_tried_in_the_next_window_and_not_all_at_once() -> None:
    limit = Limit("recipient", 3)
    times = {later(limit, NOON + timedelta(minutes=20), spread) for spread in (0.0, 0.5, 1.0)}
    assert min(times) == NOON + timedelta(hours=1)
    assert max(times) == NOON + timedelta(hours=1, minutes=1)


def test_only_automatic_mails_to_people_outside_can_be_one_side_of_a_loop() -> None:
    """W7: an answer is a person's, and the team's notices go to people whose mails open no tickets."""
    assert {kind for kind in Kind if may_loop(kind)} == OUTWARD - {
        Kind.REPLY,
        Kind.INVITATION,
        Kind.PASSWORD_FORGOTTEN,
    }


def test_nought_means_no_limit() -> None:
    assert Rates.per_hour(company=0, recipient=0, domain=0, loop_mails=0, loop_minutes=10) == Rates()
