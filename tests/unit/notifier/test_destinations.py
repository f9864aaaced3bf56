"""Turns to send by recipient domain: one that refuses or is slow holds up no other."""

import asyncio
from itertools import pairwise

import pytest

from balcao.notifier.destinations import RESTS_S, SLOW_AFTER_S, Destinations, DestinationWaits, Turn

ZOE, IVO, OTHER = "zoe@cliente.example", "ivo@CLIENTE.example", "eva@outra.example"


class Clock:
    """A clock that stands until moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def destinations(clock: Clock) -> Destinations:
    """Over four connections."""
    return Destinations(4, clock)


async def refuse(destinations: Destinations, times: int, clock: Clock) -> None:
    """Have a domain refuse so many mails in a row, each at the first moment it may be tried."""
    for _ in range(times):
        clock.now += max(RESTS_S) * 2
        (await destinations.enter(ZOE)).leave("refused_for_now")


async def test_one_refusal_is_that_mails_own_affair(destinations: Destinations, clock: Clock) -> None:
    await refuse(destinations, 1, clock)
    (await destinations.enter(IVO)).leave("taken")


async def test_from_the_second_refusal_in_a_row_on_the_domain_rests_and_others_do_not(
    destinations: Destinations, clock: Clock
) -> None:
    await refuse(destinations, 2, clock)
    with pytest.raises(DestinationWaits) as waits:
        await destinations.enter(IVO)
    assert RESTS_S[0] * 0.8 <= waits.value.wait_s <= RESTS_S[0] * 1.2 * 1.2
    (await destinations.enter(OTHER)).leave("taken")


async def test_it_rests_longer_each_time_and_at_the_most_a_quarter_of_an_hour(
    destinations: Destinations, clock: Clock
) -> None:
    longest = []
    for times in range(2, 9):
        await refuse(destinations, 1 if times > 2 else 2, clock)
        with pytest.raises(DestinationWaits) as waits:
            await destinations.enter(ZOE)
        longest.append(waits.value.wait_s)
    for before, after in pairwise(longest[:5]):
        assert after > before * 2
    assert max(longest) <= RESTS_S[-1] * 1.2 * 1.2


async def test_mails_that_were_on_their_way_together_do_not_make_a_rest_longer(
    destinations: Destinations, clock: Clock
) -> None:
    turns = [await destinations.enter(ZOE) for _ in range(3)]
    for turn in turns:
        turn.leave("refused_for_now")
    clock.now += RESTS_S[0] * 1.2
    (await destinations.enter(ZOE)).leave("taken")


async def test_after_a_rest_one_mail_tries_and_its_success_lets_the_others_in(
    destinations: Destinations, clock: Clock
) -> None:
    await refuse(destinations, 2, clock)
    clock.now += RESTS_S[0] * 2
    first = await destinations.enter(ZOE)
    second = asyncio.create_task(destinations.enter(IVO))
    await asyncio.sleep(0)
    assert not second.done()
    first.leave("taken")
    turns = [await second, await destinations.enter(ZOE), await destinations.enter(ZOE)]
    for turn in turns:
        turn.leave("taken")


async def test_when_the_first_after_a_rest_is_refused_those_behind_it_wait_on(
    destinations: Destinations, clock: Clock
) -> None:
    await refuse(destinations, 2, clock)
    clock.now += RESTS_S[0] * 2
    first = await destinations.enter(ZOE)
    others = [asyncio.create_task(destinations.enter(IVO)) for _ in range(3)]
    await asyncio.sleep(0)
    first.leave("refused_for_now")
    for other in others:
        with pytest.raises(DestinationWaits):
            await other


async def test_one_connection_is_always_left_to_other_domains(destinations: Destinations) -> None:
    turns = [await destinations.enter(ZOE) for _ in range(3)]
    fourth = asyncio.create_task(destinations.enter(IVO))
    await asyncio.sleep(0)
    assert not fourth.done()
    (await destinations.enter(OTHER)).leave("taken")
    turns[0].leave("taken")
    (await fourth).leave("taken")


async def test_a_slow_domain_gets_one_turn_at_a_time_and_turns_the_others_away(
    destinations: Destinations, clock: Clock
) -> None:
    turns = [await destinations.enter(ZOE) for _ in range(3)]
    clock.now += SLOW_AFTER_S
    waits = []
    for _ in range(3):
        with pytest.raises(DestinationWaits) as turned_away:
            await destinations.enter(IVO)
        waits.append(turned_away.value.wait_s)
    # One behind the other, or they would all come back at once to be turned away again.
    assert waits == sorted(waits)
    assert waits[1] - waits[0] >= 1
    for turn in turns:
        turn.leave("taken")
    one = await destinations.enter(ZOE)
    with pytest.raises(DestinationWaits):
        await destinations.enter(IVO)
    one.leave("taken")
    # That one was quick: it is slow no more.
    for turn in [await destinations.enter(ZOE) for _ in range(3)]:
        turn.leave("taken")


async def test_slow_domains_together_get_half_of_the_connections(destinations: Destinations, clock: Clock) -> None:
    held: list[Turn] = [await destinations.enter(f"x@{name}.example") for name in "abc"]
    clock.now += SLOW_AFTER_S
    for turn in held:
        turn.leave("taken")
    slow = [await destinations.enter("x@a.example"), await destinations.enter("x@b.example")]
    with pytest.raises(DestinationWaits):
        await destinations.enter("x@c.example")
    (await destinations.enter(OTHER)).leave("taken")
    for turn in slow:
        turn.leave("taken")


async def test_whoever_gives_up_waiting_leaves_the_place_to_the_next(destinations: Destinations) -> None:
    turns = [await destinations.enter(ZOE) for _ in range(3)]
    gone, stays = (asyncio.create_task(destinations.enter(IVO)) for _ in range(2))
    await asyncio.sleep(0)
    turns[0].leave("taken")
    gone.cancel()  # at the very moment at which it was its turn
    (await asyncio.wait_for(stays, 5)).leave("taken")
    assert gone.cancelled() or gone.done()
    for turn in turns[1:]:
        turn.leave("taken")
