"""Full-text search: the sets of the finding index say where the words are, the texts themselves confirm and show it."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from balcao.shared.mongo import Database, Document
from balcao.shared.timeline import TIMELINE
from balcao.tickets.domain.conditions import BadFilter
from balcao.tickets.domain.filters import Wanted
from balcao.tickets.domain.numbersets import below, newest_first, unpack
from balcao.tickets.domain.searched import Kind, Text, texts_of
from balcao.tickets.domain.terms import Matcher, Piece, Query, Word, snippet
from balcao.tickets.store.finding import Finding, Pending, Sets, blocks_of, shard_of
from balcao.tickets.store.indexing import entries_of
from balcao.tickets.store.lists import TicketLists

MOST_HITS = 50
_MOST_CHECKED = 400
"""Tickets whose text is read for one page: a phrase may be rarer than its words."""

Key = tuple[int, int]
"""Where a hit stands: the title first (0) or not (1), then the newer ticket first (its number, negative)."""
Bits = dict[int, int]


@dataclass(frozen=True)
class Hit:
    """A ticket that was found, and where in it."""

    row: Document
    place: str
    """Which text of the ticket the snippet is from."""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Hits:
    """A page of hits. One may be short, with a next one, when many of the tickets looked at lack a phrase."""

    found: list[Hit]
    next: str | None
    behind: bool = False


class Search:
    """Searches one service's tickets."""

    def __init__(self, database: Database, lists: TicketLists) -> None:
        self._finding = Finding(database)
        self._timeline = database[TIMELINE]
        self._lists = lists

    async def page(
        self,
        company_id: str,
        query: Query,
        wanted: Wanted,
        kinds: Sequence[Kind],
        *,
        after: str | None,
        limit: int,
    ) -> Hits:
        """Tickets that have all words and phrases in texts of these kinds and that the filter lets through.

        Those with all words in the title come first, then the newer. A ticket's number finds it before all others.
        Raises `BadFilter` for an `after` that no page gave.
        """
        limit, begin = max(1, min(limit, MOST_HITS)), _read(after)
        matcher = Matcher(query)
        named = await self._named(company_id, query, wanted, kinds)
        found = [_hit(row, texts, [matcher.look(one.text) for one in texts]) for row, texts in named if begin is None]
        if not query.words:
            return Hits(found, None)
        already = {row["number"] for row, _ in named}
        pending = await self._finding.pending(company_id, with_text=True)
        fresh = await self._fresh(pending, wanted, kinds, matcher, begin)
        keys = _in_order(await self._sets(company_id, query, wanted, kinds, pending), begin)
        hits: list[tuple[Key, Hit]] = [one for one in fresh if -one[0][1] not in already]
        looked, last = 0, None
        while some := list(islice(keys, limit)):
            looked, last = looked + len(some), some[-1]
            hits += await self._confirmed(company_id, some, wanted, kinds, matcher, already)
            if len(hits) + len(found) > limit or looked >= _MOST_CHECKED:
                break
        else:
            last = None
        together = sorted((one for one in hits if last is None or one[0] <= last), key=lambda one: one[0])
        room = limit - len(found)
        if len(together) > room:
            return Hits([*found, *(hit for _, hit in together[:room])], _write(together[room - 1][0]), pending.more)
        next_ = _write(last) if last is not None else None
        return Hits([*found, *(hit for _, hit in together)], next_, pending.more)

    async def _sets(
        self, company_id: str, query: Query, wanted: Wanted, kinds: Sequence[Kind], pending: Pending
    ) -> tuple[Bits, Bits]:
        """Per block the tickets with all words in the title, and those with all words anywhere."""
        blocks = blocks_of(pending.state)
        shards = {word: {shard_of(begins) for begins in word.beginnings()} for word in query.words}
        every = {shard for some in shards.values() for shard in some}
        stored, allowed = await asyncio.gather(
            self._finding.words(company_id, every, blocks), self._lists.matching(company_id, wanted, pending)
        )
        titles: Bits = {}
        anywhere: Bits = {}
        for block, bits in allowed.items():
            in_title = in_any = bits
            for word in query.words:
                mine = [stored[shard, block] for shard in shards[word] if (shard, block) in stored]
                title, anything = _with(word, mine, kinds)
                in_title, in_any = in_title & title, in_any & anything
            titles[block], anywhere[block] = in_title, in_any
        return titles, anywhere

    async def _named(
        self, company_id: str, query: Query, wanted: Wanted, kinds: Sequence[Kind]
    ) -> list[tuple[Document, list[Text]]]:
        """The ticket whose number was typed, whatever else it has."""
        if query.number is None:
            return []
        rows = await self._finding.rows(company_id, [query.number], with_text=True)
        row = rows.get(query.number)
        if row is None or not wanted.lets_through(row):
            return []
        return [(row, await self._texts(row, kinds))]

    async def _fresh(
        self, pending: Pending, wanted: Wanted, kinds: Sequence[Kind], matcher: Matcher, after: Key | None
    ) -> list[tuple[Key, Hit]]:
        """Hits among the tickets the index does not know yet."""
        rows = [row for row in pending.rows.values() if wanted.lets_through(row)]
        return await self._judged(rows, kinds, matcher, after)

    async def _confirmed(
        self,
        company_id: str,
        keys: Sequence[Key],
        wanted: Wanted,
        kinds: Sequence[Kind],
        matcher: Matcher,
        already: set[int],
    ) -> list[tuple[Key, Hit]]:
        numbers = [-key[1] for key in keys if -key[1] not in already]
        rows = await self._finding.rows(company_id, numbers, with_text=True)
        return await self._judged([row for row in rows.values() if wanted.lets_through(row)], kinds, matcher, None)

    async def _judged(
        self, rows: Iterable[Document], kinds: Sequence[Kind], matcher: Matcher, after: Key | None
    ) -> list[tuple[Key, Hit]]:
        """The rows whose texts, as they are now, have every word and phrase."""
        some = list(rows)
        found: list[tuple[Key, Hit]] = []
        for row, texts in zip(some, await asyncio.gather(*(self._texts(row, kinds) for row in some)), strict=True):
            looked = [matcher.look(one.text) for one in texts]
            has = frozenset[int]().union(*(words for words, _ in looked))
            if len(has) < len(matcher.query.words) or not matcher.has_phrases(one.text for one in texts):
                continue
            in_title = texts[0].kind == "t" and len(looked[0][0]) == len(matcher.query.words)
            key = (0 if in_title else 1, -row["number"])
            if after is None or key > after:
                found.append((key, _hit(row, texts, looked)))
        return found

    async def _texts(self, row: Document, kinds: Sequence[Kind]) -> list[Text]:
        entries = await entries_of(self._timeline, row["_id"]) if row.get("entries", 0) > 1 else []
        return [one for one in texts_of(row, entries) if one.kind in kinds]


def _hit(row: Document, texts: Sequence[Text], looked: Sequence[tuple[frozenset[int], list[tuple[int, int]]]]) -> Hit:
    """The text with most of the words; the title, which is shown anyway, only where no other has any."""
    best = max(range(len(texts)), key=lambda place: (len(looked[place][0]), -place) if place else (0, 1))
    return Hit(row, texts[best].place, snippet(texts[best].text, looked[best][1]))


def _with(word: Word, shards: Sequence[Sets], kinds: Sequence[Kind]) -> tuple[int, int]:
    """The tickets of a block that have a word in the title, and that have it anywhere."""
    title = anywhere = 0
    for sets in shards:
        for term, raw in sets.items():
            if term[0] in kinds and word.matches(term[1:]):
                bits = unpack(raw)
                anywhere |= bits
                if term[0] == "t":
                    title |= bits
    return title, anywhere


def _in_order(found: tuple[Bits, Bits], after: Key | None) -> Iterator[Key]:
    titles, anywhere = found
    for tier in (0, 1):
        if after is not None and tier < after[0]:
            continue
        for block in sorted(anywhere, reverse=True):
            bits = titles[block] if tier == 0 else anywhere[block] & ~titles[block]
            if after is not None and tier == after[0]:
                bits &= below(-after[1], block)
            for number in newest_first(bits, block):
                yield (tier, -number)


def _read(after: str | None) -> Key | None:
    if after is None:
        return None
    tier, _, number = after.partition(".")
    if tier not in ("0", "1") or not number.isdigit():
        raise BadFilter("`after` must be what `next` of the page before said")
    return int(tier), -int(number)


def _write(key: Key) -> str:
    return f"{key[0]}.{-key[1]}"
