"""Which news a fact is to whom, and what a page that comes back is sent."""

import asyncio
from typing import Any

import orjson
import pytest

from balcao.portal_api import live as live_module
from balcao.portal_api.domain.live import MOVES, news_of
from balcao.portal_api.domain.public_view import PUBLIC_TYPES
from balcao.portal_api.live import HEARD, MOST_PER_PERSON, MOST_WAITING, Live, Stream
from balcao.shared.errors import TooMany, Unavailable
from balcao.shared.events import FACTS
from balcao.shared.tokens import Acting

GINA = {"person_id": "gina", "name": "Gina", "address": "gina@cliente.test"}
TICKET = {"id": "t12", "number": 12, "version": 7, "title": "Segredo", "requester": GINA, "analyst": None}


def acting(person_id: str, *roles: str, company: str = "agencia", address: str | None = None) -> Acting:
    return Acting(
        company_id=company,
        person_id=person_id,
        name=person_id,
        address=address or f"{person_id}@cliente.test",
        roles=roles,
    )


AGENT, PRODUCER, GUEST = acting("ana", "agent"), acting("paulo", "producer"), acting("gina")
EVERYBODY = (AGENT, PRODUCER, GUEST, acting("hugo"), acting("eva", "admin", "agent", company="outra"))


def event(type_: str, **data: Any) -> dict[str, Any]:
    head = {"id": "e", "type": type_, "time": "2026-11-02T09:00:00Z", "companyid": "agencia"}
    return {**head, "actor": {"person_id": "ana"}, "data": data}


def seen_by(type_: str, **data: Any) -> set[str]:
    news = news_of(type_, event(type_, **data))
    return {one.person_id for one in EVERYBODY if news is not None and news.seen_by(one) is not None}


@pytest.mark.parametrize("type_", sorted(type_ for type_ in FACTS if type_.startswith("ticket.")))
def test_a_ticket_s_facts_reach_the_team_and_the_public_ones_its_requester(type_: str) -> None:
    """P5, W7: by type, and nobody of another company or with another ticket."""
    outside = {"gina"} if type_ in PUBLIC_TYPES | MOVES else set()
    assert seen_by(type_, ticket=TICKET) == {"ana", "paulo"} | outside


def test_only_facts_that_are_public_by_their_type_are_public_live() -> None:
    """W7: two lists that must agree."""
    assert {type_ for type_ in PUBLIC_TYPES if not FACTS[type_].public} == set()
    assert "ticket.noted.v1" not in PUBLIC_TYPES


@pytest.mark.parametrize("type_", sorted(MOVES))
def test_that_a_ticket_moves_is_told_to_its_requester_without_why_or_where_to(type_: str) -> None:
    """P5: the steps on their page go on, and that is all."""
    news = news_of(type_, event(type_, ticket=TICKET, stage="production", reason="follow_up"))
    assert news is not None
    told = {"id": "t12", "number": 12, "version": 7, "what": "ticket.moved", "at": "2026-11-02T09:00:00Z"}
    assert news.public == told


def test_an_answer_reaches_the_watchers_it_went_to() -> None:
    watcher = {"name": "Hugo", "address": "hugo@cliente.test"}
    assert "hugo" in seen_by("ticket.replied.v1", ticket=TICKET, recipients=[watcher])
    assert "hugo" not in seen_by("ticket.noted.v1", ticket=TICKET, recipients=[watcher])


def test_no_words_travel_live_and_a_requester_is_not_told_who_did_it() -> None:
    """Pages fetch what they show by the ordinary way, with its ordinary checks."""
    news = news_of("ticket.replied.v1", event("ticket.replied.v1", ticket=TICKET, text="Olá", author={"name": "Ana"}))
    assert news is not None
    public = {
        "id": "t12",
        "number": 12,
        "version": 7,
        "what": "ticket.replied.v1",
        "at": "2026-11-02T09:00:00Z",
    }
    assert news.seen_by(GUEST) == public
    assert news.seen_by(AGENT) == {**public, "by": "ana"}


def test_tasks_are_the_team_s_held_messages_the_desk_s_and_notices_one_s_own() -> None:
    task = {"id": "k7", "number": 7, "version": 2, "ticket_ids": [f"t{n}" for n in range(400)], "title": "Segredo"}
    assert seen_by("task.completed.v1", task=task) == {"ana", "paulo"}
    assert seen_by("message.held.v1", message_id="m1") == {"ana"}
    assert seen_by("mail.held.v1", message_id="m1") == {"ana"}
    notice = {"notice_id": "n1", "kind": "x", "titles": {}, "at": "2026-11-02T09:00:00Z"}
    assert seen_by("notice.given.v1", person_id="paulo", **notice) == {"paulo"}
    assert seen_by("notices.read.v1", person_id="paulo") == {"paulo"}
    assert seen_by("notice.given.v1", person_id="gina", **notice) == set()
    news = news_of("task.completed.v1", event("task.completed.v1", task=task))
    assert news is not None
    assert len(news.data["ticket_ids"]) == 50


def test_every_fact_that_is_overheard_can_be_read() -> None:
    """One that raises would be noticed only in the log."""
    for fact in HEARD:
        assert fact.type.startswith(("ticket.", "task.")) is ({"ticket", "task"} & set(fact.model_fields) != set())
    assert news_of("task.type_configured.v1", event("task.type_configured.v1", task_type={})) is None


# the streams of a process


async def signed_in(as_: Acting = AGENT) -> Acting | None:
    return as_


def say(live: Live, version: int, type_: str = "ticket.edited.v1") -> None:
    live.heard(type_, orjson.dumps(event(type_, ticket={**TICKET, "version": version})))


async def taken(stream: Stream) -> list[tuple[str, Any]]:
    """Name and version of the events that wait for this reader now."""
    found = []
    async with asyncio.timeout(5):
        stream._waiting.put_nowait(None)  # to stop reading
        async for piece in stream.pieces():
            fields = dict(line.split(": ", 1) for line in piece.decode().splitlines() if ": " in line)
            if "event" in fields:
                found.append((fields["event"], orjson.loads(fields["data"]).get("version")))
    return found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time in milliseconds, for the test to set."""
    at = [1_000_000]
    monkeypatch.setattr(live_module, "now_ms", lambda: at[0])
    return at


async def test_who_comes_back_in_time_gets_what_was_said_meanwhile(clock: list[int]) -> None:
    live = Live(most_streams=10)
    clock[0] += 60_000
    say(live, 1)
    clock[0] += 10_000
    left_at = clock[0]
    clock[0] += 1_000
    say(live, 2)
    say(live, 3)
    assert await taken(live.join(AGENT, signed_in, str(left_at))) == [("ticket", 2), ("ticket", 3)]
    assert await taken(live.join(GUEST, signed_in, str(left_at))) == []


async def test_facts_that_reached_another_process_a_little_earlier_are_not_lost(clock: list[int]) -> None:
    """Who moves over from a process that was behind gets the last seconds again; twice is harmless, missing is not."""
    live = Live(most_streams=10)
    clock[0] += 60_000
    say(live, 1)
    clock[0] += 3_000
    assert await taken(live.join(AGENT, signed_in, str(clock[0]))) == [("ticket", 1)]


@pytest.mark.parametrize("last_id", ["0", "nonsense", "9" * 30, "-5", ""])
async def test_who_comes_back_too_late_or_with_nonsense_loads_anew(clock: list[int], last_id: str) -> None:
    live = Live(most_streams=10)
    clock[0] += 60_000
    assert await taken(live.join(AGENT, signed_in, last_id)) == [("reset", None)]


async def test_what_is_forgotten_is_not_taken_for_nothing(clock: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """More was said than is remembered: then it must not look as if nothing was."""
    monkeypatch.setattr(live_module, "MOST_REMEMBERED", 3)
    live = Live(most_streams=10)
    clock[0] += 60_000
    left_at = clock[0]
    for version in range(1, 7):
        clock[0] += 10_000
        say(live, version)
    assert await taken(live.join(AGENT, signed_in, str(left_at))) == [("reset", None)]
    assert await taken(live.join(AGENT, signed_in, str(clock[0]))) == [("ticket", 6)]


async def test_what_may_have_been_missed_is_said_to_all(clock: list[int]) -> None:
    live = Live(most_streams=10)
    clock[0] += 60_000
    stream, left_at = live.join(AGENT, signed_in, None), clock[0]
    clock[0] += 60_000
    live.missed()
    assert await taken(stream) == [("reset", None)]
    assert await taken(live.join(AGENT, signed_in, str(left_at))) == [("reset", None)]


async def test_a_reader_who_takes_nothing_is_cut_off_and_the_others_go_on() -> None:
    """Bounded: what waits for one reader never grows past the limit."""
    live = Live(most_streams=10)
    slow = live.join(AGENT, signed_in, None)
    for version in range(MOST_WAITING * 3):
        say(live, version)
    assert slow._waiting.qsize() == 1
    assert await asyncio.wait_for(slow._waiting.get(), 1) is None
    quick = live.join(PRODUCER, lambda: signed_in(PRODUCER), None)
    say(live, 1)
    assert await taken(quick) == [("ticket", 1)]


async def test_a_changed_person_comes_back_with_what_they_may_see_now() -> None:
    live = Live(most_streams=10)
    changed, other = live.join(AGENT, signed_in, None), live.join(PRODUCER, signed_in, None)
    live.heard("person.registered.v1", orjson.dumps(event("person.registered.v1", person={"id": "ana"})))
    assert [piece async for piece in changed.pieces()] == [b"retry: 2000\n\n"]
    assert not other._is_over


async def test_a_stream_ends_with_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked up again and again: roles may be gone, and the session too."""
    monkeypatch.setattr(live_module, "SESSION_CHECKED_S", 0.0)
    for now in (None, acting("ana")):
        live = Live(most_streams=10)

        async def changed(now: Acting | None = now) -> Acting | None:
            return now

        stream = live.join(AGENT, changed, None)
        say(live, 1)
        assert [piece async for piece in stream.pieces()] == [b"retry: 2000\n\n"]


async def test_silence_is_broken_by_a_heartbeat_that_moves_the_place_on(
    monkeypatch: pytest.MonkeyPatch, clock: list[int]
) -> None:
    """Or who heard nothing for long would come back to a place that nobody remembers."""
    monkeypatch.setattr(live_module, "HEARTBEAT_S", 0.01)
    pieces = Live(most_streams=1).join(AGENT, signed_in, None).pieces()
    first = [await anext(pieces), await anext(pieces)]
    clock[0] += 5
    assert [*first, await anext(pieces)] == [b"retry: 2000\n\n", b":\nid: 1000000\n\n", b":\nid: 1000005\n\n"]


async def test_there_are_limits_for_a_person_and_for_the_process_and_leaving_makes_room() -> None:
    live = Live(most_streams=MOST_PER_PERSON + 1)
    streams = [live.join(AGENT, signed_in, None) for _ in range(MOST_PER_PERSON)]
    with pytest.raises(TooMany):
        live.join(AGENT, signed_in, None)
    live.join(PRODUCER, signed_in, None)
    with pytest.raises(Unavailable):
        live.join(GUEST, signed_in, None)
    live.leave(streams[0])
    live.leave(streams[0])
    live.join(AGENT, signed_in, None)
    with pytest.raises(Unavailable):
        live.join(GUEST, signed_in, None)
