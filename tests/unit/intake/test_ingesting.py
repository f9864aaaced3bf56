"""Taking in files goes on past what is broken, and ends in words when it is stopped or the database is away."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from pymongo.errors import AutoReconnect
from rich.console import Console
from rich.progress import Progress

from balcao.intake import ingesting
from balcao.intake.domain.mail import Delivery
from balcao.intake.mail_files import Found
from balcao.intake.reception import Kept, Reception
from tests.unit.intake.builders import a_mail

MANY = 200


class Box(Reception):
    """Keeps what is handed in; `meanwhile` is done first, with the number of the mail."""

    def __init__(self, meanwhile: Callable[[int], None] = lambda _: None) -> None:
        self.kept = 0
        self.asked = 0
        self._meanwhile = meanwhile

    async def receive(self, raw: bytes, delivery: Delivery) -> tuple[Kept, ...]:
        """Keep a mail."""
        self.asked += 1
        self._meanwhile(self.asked)
        self.kept += 1
        return (Kept(str(self.kept), "agencia", "accepted"),)


def many() -> Iterator[Found]:
    """Mails, one after the other."""
    for number in range(MANY):
        yield Found(f"{number}.eml", a_mail(f"{number}\r\n"), 10)


async def take(box: Box) -> ingesting._Tally:
    """Take all of them in."""
    with Progress(console=Console(quiet=True)) as progress:
        taking = ingesting._Taking(box, "", progress, MANY * 10)
        await taking.take_all(many())
    return taking.tally


async def test_one_that_breaks_something_is_named_and_the_rest_is_taken() -> None:
    def breaks(number: int) -> None:
        if number == 7:
            raise RuntimeError("a bug")

    tally = await take(Box(breaks))
    assert tally.outcomes == {"accepted": MANY - 1}
    ((name, why),) = tally.failed
    assert name.endswith(".eml")
    assert why == "RuntimeError: a bug"
    assert f"failed: {name}" in tally.text()


async def test_stopped_it_finishes_what_it_began_and_says_how_to_go_on() -> None:
    def stops(number: int) -> None:
        if number == 20:
            os.kill(os.getpid(), signal.SIGTERM)

    box = Box(stops)
    tally = await take(box)
    assert 20 <= tally.outcomes["accepted"] == box.asked < MANY
    assert tally.text().endswith("ingest: stopped; run it again to go on, nothing will be there twice\n")


async def test_a_database_that_is_back_soon_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingesting, "_REST_S", 0.001)

    def away_at_first(number: int) -> None:
        if number < 5:
            raise AutoReconnect("away")

    assert (await take(Box(away_at_first))).outcomes == {"accepted": MANY}


async def test_a_database_that_stays_away_ends_it_and_no_mail_counts_as_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingesting, "_REST_S", 0.001)

    def away(_: int) -> None:
        raise AutoReconnect("away")

    tally = await take(Box(away))
    assert (tally.outcomes.total(), tally.failed) == (0, [])
    assert "the database does not answer (AutoReconnect)" in tally.text()
