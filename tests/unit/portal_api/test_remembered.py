"""What rarely changes is remembered: nobody waits for it twice, and nothing old is shown for long."""

import asyncio

import pytest

from balcao.portal_api.pages.directory import BEARABLE, FRESH_S, Remembered


class _Asked:
    def __init__(self) -> None:
        self.now = 100.0
        self.times = 0
        self.fails = False
        self.known: Remembered[str, int] = Remembered(lambda answer: answer != 3, lambda: self.now)

    async def ask(self) -> int:
        self.times += 1
        answer = self.times
        await asyncio.sleep(0)
        if self.fails:
            raise ConnectionError("away")
        return answer

    async def of(self, key: str = "a") -> int:
        return await self.known.of(key, self.ask)


async def test_those_who_ask_at_once_share_one_question() -> None:
    asked = _Asked()
    assert list(await asyncio.gather(asked.of(), asked.of(), asked.of("b"))) == [1, 1, 2]
    assert await asked.of() == 1


async def test_a_stale_answer_is_given_while_the_next_one_is_fetched_and_an_old_one_is_not() -> None:
    asked = _Asked()
    await asked.of()
    asked.now += FRESH_S
    assert await asked.of() == 1
    while asked.times < 2 or await asked.of() == 1:
        await asyncio.sleep(0)
    assert await asked.of() == 2
    asked.now += BEARABLE * FRESH_S
    assert await asked.of() == 3


async def test_what_fails_or_says_nothing_is_asked_for_again() -> None:
    asked = _Asked()
    asked.fails = True
    with pytest.raises(ConnectionError):
        await asked.of()
    asked.fails = False
    assert await asked.of() == 2
    asked.now += BEARABLE * FRESH_S
    assert await asked.of() == 3
    assert await asked.of() == 4, "3 was not worth remembering"


async def test_what_is_forgotten_is_asked_for_anew_also_when_it_was_being_asked_for() -> None:
    """Else whoever has just made a tag looks at a list that does not know it."""
    asked = _Asked()
    assert await asked.of("b") == 1
    before = asyncio.create_task(asked.of())
    while asked.times < 2:
        await asyncio.sleep(0)
    asked.known.forget(lambda key: key == "a")
    after = asyncio.create_task(asked.of())
    assert (await before, await after) == (2, 3)
    asked.known = Remembered(lambda _: True, lambda: asked.now)
    before = asyncio.create_task(asked.of())
    while asked.times < 4:
        await asyncio.sleep(0)
    asked.known.forget(lambda _: True)
    assert await before == 4
    assert await asked.of() == 5, "4 was asked for before it was forgotten"
    assert await asked.of() == 5
