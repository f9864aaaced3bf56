"""A hostile mail costs a process, never the service."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable

import psutil
import pytest

from balcao.intake.domain.reading import Reading, Unread, read, read_if_ordinary
from balcao.intake.readers import ReaderDied, Readers, TookTooLong
from tests.unit.intake.builders import a_file, a_mail, a_multipart, a_part
from tests.unit.intake.tnef_builder import a_file as a_tnef_file
from tests.unit.intake.tnef_builder import a_tnef

COMMAND = (sys.executable, "-m", "tests.unit.intake.hanging_reader")
LONG = "x" * 100_000
"""More words than an ordinary mail has."""


def a_long_mail(what: str = "nothing") -> bytes:
    return a_mail(LONG, X_Test=what)


def children() -> set[int]:
    return {one.pid for one in psutil.Process(os.getpid()).children()}


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    one = Readers(1, 3.0, COMMAND)
    yield one
    await one.stop()


async def test_an_ordinary_mail_needs_no_other_process(readers: Readers) -> None:
    before = children()
    assert isinstance(await readers.read(a_mail(), "dora@cliente.test"), Reading)
    assert children() == before


async def test_any_other_mail_is_read_by_another_process_to_the_same_end(readers: Readers) -> None:
    raw = a_long_mail()
    before = children()
    there = await readers.read(raw, "dora@cliente.test")
    assert len(children() - before) == 1
    here = read(raw, "dora@cliente.test")
    assert isinstance(there, Reading)
    assert isinstance(here, Reading)
    assert (there.mail.text, there.mail.senders, there.nature) == (here.mail.text, here.mail.senders, here.nature)
    assert there.mail.headers.text("subject") == "Banner de Natal"


async def test_a_mail_that_takes_too_long_is_unread_and_its_process_replaced(readers: Readers) -> None:
    before = children()
    begun = time.monotonic()
    found = await readers.read(a_long_mail("hang"), None)
    assert isinstance(found, Unread)
    assert found.rule == "limit_time"
    assert time.monotonic() - begun < 30
    assert children() == before
    assert isinstance(await readers.read(a_long_mail(), None), Reading)


async def test_a_mail_that_ends_its_process_twice_is_unread(readers: Readers) -> None:
    found = await readers.read(a_long_mail("die"), None)
    assert isinstance(found, Unread)
    assert found.rule == "broke_reader"
    assert isinstance(await readers.read(a_long_mail(), None), Reading)


async def test_nothing_runs_that_an_answer_brings_along(readers: Readers) -> None:
    found = await readers.read(a_long_mail("lie"), None)
    assert isinstance(found, Unread)
    assert found.rule == "broke_reader"
    assert isinstance(await readers.read(a_long_mail(), None), Reading)


async def test_what_a_reader_prints_is_no_answer(readers: Readers) -> None:
    assert isinstance(await readers.read(a_long_mail("print"), None), Reading)


async def test_what_a_reader_can_not_tell_is_unread(readers: Readers) -> None:
    found = await readers.read(a_long_mail("lambda"), None)
    assert isinstance(found, Unread)
    assert found.rule == "unreadable"


async def test_who_gives_up_waiting_leaves_no_answer_for_the_next(readers: Readers) -> None:
    await readers.read(a_long_mail(), None)
    waiting = asyncio.ensure_future(readers.read(a_long_mail("hang"), None))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    found = await readers.read(a_mail(LONG, Subject="outra"), None)
    assert isinstance(found, Reading)
    assert found.mail.subject == "outra"


async def test_a_file_of_a_hostile_mail_is_asked_for_within_the_limit_too(readers: Readers) -> None:
    with pytest.raises(TookTooLong):
        await readers.extract(a_long_mail("hang"), "1")
    with pytest.raises(ReaderDied):
        await readers.extract(a_long_mail("die"), "1")


async def test_at_the_end_no_process_is_left() -> None:
    before = children()
    readers = Readers(2, 20.0, COMMAND)
    await readers.start()
    await asyncio.gather(*(readers.read(a_long_mail(), None) for _ in range(4)))
    assert 1 <= len(children() - before) <= 2
    await readers.stop()
    assert children() == before


async def test_a_reader_knows_none_of_the_services_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALCAO_SERVICE_SECRET", "not for readers")
    before = children()
    readers = Readers(1, 20.0)
    await readers.start()
    try:
        (pid,) = children() - before
        assert not [name for name in psutil.Process(pid).environ() if name.startswith("BALCAO_")]
    finally:
        await readers.stop()


FIGURES: dict[str, Callable[[], bytes]] = {
    "words": lambda: a_mail(LONG),
    "html": lambda: a_multipart(a_part("<td>" * 20_000, "Content-Type: text/html")),
    "parts": lambda: a_multipart(*[a_part("x") for _ in range(60)]),
    "fields": lambda: a_mail(**{f"X-{number}": "x" for number in range(400)}),
    "header": lambda: a_mail(Subject="x" * 30_000),
    "winmail": lambda: a_multipart(a_file(a_tnef(a_tnef_file("a.txt", b"x")), "winmail.dat", "application/ms-tnef")),
    "bytes": lambda: a_multipart(a_file(b"x" * 600_000)),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_what_may_cost_time_is_not_ordinary(make: Callable[[], bytes]) -> None:
    assert read_if_ordinary(make(), None) is None


def test_an_attachment_does_not_make_a_mail_less_ordinary() -> None:
    assert isinstance(read_if_ordinary(a_multipart(a_part("olá"), a_file(b"x" * 300_000)), None), Reading)
