"""The live stream: every open page hears at once what changed, as far as its reader may see it.

Each process of the gateway overhears the facts by itself, so any number of them work side by side. What was said in the
last minutes is remembered, for those who come back; who comes back later, or to a process that missed something, is
told to load anew (`reset`).
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Gauge

from balcao.portal_api.domain.live import News, news_of
from balcao.shared.errors import TooMany, Unavailable
from balcao.shared.events import (
    FACTS,
    Fact,
    MailHeld,
    MessageHeld,
    NoticeGiven,
    NoticesRead,
    PersonRegistered,
    SenderHeld,
    TaskFact,
    TicketFact,
)
from balcao.shared.tokens import Acting

HEARTBEAT_S = 20.0
"""Below the minute after which proxies cut what is silent."""
SENT_WITHIN_S = 10.0
"""For a reader to take one piece."""
MOST_WAITING = 256
"""News that wait for one reader; who is further behind is cut off and comes back."""
MOST_REMEMBERED = 5_000
REMEMBERED_S = 300.0
OVERLAP_S = 5.0
"""Facts reach the processes at slightly different moments: who moves to another one gets this much again."""
MOST_PER_PERSON = 20
SESSION_CHECKED_S = 60.0

OPEN = Gauge("balcao_live_streams", "Pages that hear live what changed.")
CUT_OFF = Counter("balcao_live_cut_off_total", "Live streams ended by us.", ["why"])

_ALSO_HEARD = (MailHeld, MessageHeld, SenderHeld, NoticeGiven, NoticesRead, PersonRegistered)
HEARD: tuple[type[Fact], ...] = (
    *(fact for fact in FACTS.values() if issubclass(fact, TicketFact | TaskFact)),
    *_ALSO_HEARD,
)
"""What is overheard: what pages show, and whose roles may have changed."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class _Remembered:
    at_ms: int
    news: News


class Stream:
    """What one open page hears."""

    def __init__(self, acting: Acting, still_signed_in: Callable[[], Awaitable[Acting | None]]) -> None:
        self.acting = acting
        self._still_signed_in = still_signed_in
        self._checked = time.monotonic()
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING + 1)
        self._is_over = False

    def put(self, piece: bytes) -> None:
        """Have this piece sent. A reader too far behind is cut off instead: they come back where they were."""
        if self._is_over:
            return
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait(piece)
        else:
            self.end("slow_reader")

    def end(self, why: str) -> None:
        """End it; what still waits is dropped."""
        if self._is_over:
            return
        self._is_over = True
        CUT_OFF.labels(why).inc()
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def pieces(self) -> AsyncIterator[bytes]:
        """What to send, as it comes; in silence a heartbeat. Ends when the stream or the session does."""
        yield b"retry: 2000\n\n"
        while True:
            try:
                piece = await asyncio.wait_for(self._waiting.get(), HEARTBEAT_S)
            except TimeoutError:
                piece = heartbeat()
            if piece is None or not await self._may_go_on():
                return
            yield piece

    async def _may_go_on(self) -> bool:
        """Whether the session lives and its roles are as they were; looked up once a minute."""
        if time.monotonic() - self._checked < SESSION_CHECKED_S:
            return True
        self._checked = time.monotonic()
        return await self._still_signed_in() == self.acting


class Live:
    """All open pages of this process, and what was said lately."""

    def __init__(self, *, most_streams: int) -> None:
        self._most_streams = most_streams
        self._streams: defaultdict[str, set[Stream]] = defaultdict(set)
        self._count = 0
        self._remembered: deque[_Remembered] = deque()
        self._complete_since_ms = now_ms()
        self._leaving = False

    def join(
        self, acting: Acting, still_signed_in: Callable[[], Awaitable[Acting | None]], last_id: str | None
    ) -> Stream:
        """A stream for this person, from after `last_id` on where that is given.

        Raises `TooMany` for one page too many of theirs, `Unavailable` when this process has as many as it takes or is
        about to end.
        """
        own = sum(one.acting.person_id == acting.person_id for one in self._streams.get(acting.company_id, ()))
        if own >= MOST_PER_PERSON:
            raise TooMany(f"more than {MOST_PER_PERSON} pages are open", retry_after=30)
        if self._count >= self._most_streams or self._leaving:
            raise Unavailable("no more live pages here now; load again when you need what is new")
        stream = Stream(acting, still_signed_in)
        if last_id is None:
            stream.put(heartbeat())
        else:
            self._catch_up(stream, last_id)
        self._streams[acting.company_id].add(stream)
        self._count += 1
        OPEN.inc()
        return stream

    def leave(self, stream: Stream) -> None:
        """The page is gone."""
        streams = self._streams[stream.acting.company_id]
        if stream in streams:
            streams.remove(stream)
            self._count -= 1
            OPEN.dec()
        if not streams:
            del self._streams[stream.acting.company_id]

    def heard(self, type_: str, body: bytes) -> None:
        """A fact was said."""
        event = orjson.loads(body)
        if type_ == "person.registered.v1":
            self._let_come_back(str(event["companyid"]), str(event["data"]["person"]["id"]))
            return
        news = news_of(type_, event)
        if news is None:
            return
        self._remember(_Remembered(at_ms := now_ms(), news))
        self._tell(news, at_ms)

    def presence_changed(self, company_id: str, number: int) -> None:
        """Who of the team is at a ticket is not what it was. Nothing to catch up with: who comes back asks anew."""
        self._tell(News(company_id, "presence", {"number": number}), now_ms())

    def _tell(self, news: News, at_ms: int) -> None:
        pieces: dict[int, bytes] = {}
        for stream in self._streams.get(news.company_id, ()):
            seen = news.seen_by(stream.acting)
            if seen is not None:
                # One piece for all who see the same.
                stream.put(pieces.get(id(seen)) or pieces.setdefault(id(seen), piece_of(news.name, at_ms, seen)))

    def missed(self) -> None:
        """Something may have been said unheard: whoever looks on loads anew."""
        self._remembered.clear()
        self._complete_since_ms = now_ms()
        for streams in self._streams.values():
            for stream in streams:
                stream.put(piece_of("reset", self._complete_since_ms, {}))

    async def close(self) -> None:
        """End all streams, and take no more."""
        self._leaving = True
        for streams in list(self._streams.values()):
            for stream in list(streams):
                stream.end("leaving")

    def _let_come_back(self, company_id: str, person_id: str) -> None:
        """A person's roles may have changed: their pages come back at once, with what they may see now."""
        for stream in self._streams.get(company_id, ()):
            if stream.acting.person_id == person_id:
                stream.end("person_changed")

    def _catch_up(self, stream: Stream, last_id: str) -> None:
        since = int(last_id) - int(OVERLAP_S * 1000) if last_id.isascii() and last_id.isdigit() else -1
        if since < self._complete_since_ms or since > now_ms():
            stream.put(piece_of("reset", now_ms(), {}))
            return
        pieces = [
            piece_of(one.news.name, one.at_ms, seen)
            for one in self._remembered
            if one.at_ms >= since and (seen := one.news.seen_by(stream.acting)) is not None
        ]
        if len(pieces) >= MOST_WAITING:
            pieces = [piece_of("reset", now_ms(), {})]
        for piece in pieces:
            stream.put(piece)

    def _remember(self, one: _Remembered) -> None:
        self._remembered.append(one)
        oldest_ms = one.at_ms - int(REMEMBERED_S * 1000)
        while len(self._remembered) > MOST_REMEMBERED or self._remembered[0].at_ms < oldest_ms:
            self._complete_since_ms = self._remembered.popleft().at_ms + 1


def piece_of(name: str, at_ms: int, data: Mapping[str, Any]) -> bytes:
    """One event as Server-Sent Events write it. Its id is when this process heard it: that means something to all."""
    return b"event: %b\nid: %d\ndata: %b\n\n" % (name.encode(), at_ms, orjson.dumps(data))


def heartbeat() -> bytes:
    """Keeps the connection, and moves on where its reader would come back to, without an event."""
    return b":\nid: %d\n\n" % now_ms()


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
