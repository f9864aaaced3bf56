"""Lists of tickets, page by page, at a cost that does not grow with the collection.

The lists that are opened most, all that needs somebody and one's own share of it, walk an index of the tickets
themselves. All others are answered by the finding index: sets of tickets meet, the order is walked value by value, and
only the tickets of the page are read. Each ticket shown is checked as it is now, and tickets that the index does not
know yet are looked at one by one, so a list shows what was committed before it was asked for.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from balcao.shared.mongo import Database, Document
from balcao.shared.numbers import Numbers
from balcao.tickets.domain.conditions import BadFilter
from balcao.tickets.domain.filters import NONE, AnyOf, Condition, Order, Wanted, bucket_of, facet, instant
from balcao.tickets.domain.numbersets import below, bits_of, block_of, newest_first, oldest_first, unpack
from balcao.tickets.domain.ticket import ACTIVE, rank_of
from balcao.tickets.store import TICKETS
from balcao.tickets.store.finding import ROW, Finding, Pending, Sets, blocks_of

MOST_ROWS = 100
_MOST_CHECKED = 2_000
_MOST_SORTED = 200
"""Tickets of one day or hour that are put in their exact order; more of them come by their number."""
_BANDS = (76, 51, 26, 1)
"""Lowest priority of each band that has a name (O9): few tickets are in them, so each is one span."""
_BUCKETED: dict[Order, str] = {"updated": "updated", "promised": "promised"}
_KEYS = {order: re.compile(r"\d{1,15}") for order in ("newest", "oldest")}
_KEYS |= {"rank": re.compile(r"\d{1,3}\.\d{1,15}")}
_KEYS |= {order: re.compile(r"(\d{8,10}|~)\.\d{0,15}\.\d{1,15}") for order in _BUCKETED}
_LAST = "~"
"""Behind all buckets: tickets without such an instant."""

Key = tuple[str | int, ...]
_Facets = dict[tuple[str, int], Sets]
"""Of each field and block: value → set."""


@dataclass(frozen=True)
class Page:
    """Some rows in order, and where the next page goes on."""

    rows: list[Document]
    following: str | None
    behind: bool = False
    """Whether the index is so far behind that some changes of the last moments may be missing."""


@dataclass(frozen=True)
class Count:
    """How many tickets a list has."""

    count: int
    behind: bool = False


@dataclass(frozen=True)
class _Matching:
    """What the index says: per block the tickets that belong in a list, and those among them that may."""

    bits: dict[int, int]
    unsure: dict[int, int]
    facets: _Facets


class TicketLists:
    """The lists of one service's tickets."""

    def __init__(self, database: Database, numbers: Numbers) -> None:
        self._tickets = database[TICKETS]
        self._numbers = numbers
        self._finding = Finding(database)

    async def page(self, company_id: str, wanted: Wanted, order: Order, *, after: str | None, limit: int) -> Page:
        """One page. `after` is `next` of the page before. Raises `BadFilter` for one that no page gave."""
        key = read_key(after, order)
        prefix = _prefix(company_id, wanted, order)
        if prefix is not None and order == "newest":
            return await self._walk(company_id, wanted, prefix, order, key, _within(limit))
        pending = await self._finding.pending(company_id)
        facets = await self._facets(company_id, wanted.conditions, pending, _sorted_by(order))
        return await self._page(company_id, wanted, order, key, _within(limit), pending, facets)

    async def page_and_counts(
        self,
        company_id: str,
        wanted: Wanted,
        order: Order,
        *,
        after: str | None,
        limit: int,
        counted: Wanted,
        by: Sequence[str],
    ) -> tuple[Page, Count, dict[str, dict[str, int]]]:
        """`page` of one list and `counts` of another at the same moment: what both ask for is read once."""
        key = read_key(after, order)
        pending = await self._finding.pending(company_id)
        conditions = [*wanted.conditions, *counted.conditions]
        facets = await self._facets(company_id, conditions, pending, (*by, *_sorted_by(order)))
        page, count = await asyncio.gather(
            self._page(company_id, wanted, order, key, _within(limit), pending, facets),
            self._counted(company_id, counted, pending, facets),
        )
        return page, count, {name: _breakdown(counted, pending, facets, name) for name in by}

    async def rows(self, company_id: str, numbers: Sequence[int]) -> dict[int, Document]:
        """Tickets as they are now, by number: at most a page of them."""
        return await self._finding.rows(company_id, numbers[:MOST_ROWS])

    async def count(self, company_id: str, wanted: Wanted) -> Count:
        """How many tickets a list has at this moment."""
        counts, _ = await self.counts(company_id, [wanted], ())
        return counts[0]

    async def counts(
        self, company_id: str, lists: Sequence[Wanted], by: Sequence[str]
    ) -> tuple[list[Count], dict[str, dict[str, int]]]:
        """How many tickets some lists have, and how many of the first have each value of the fields `by` (H9). What
        they ask for in common is read once."""
        pending = await self._finding.pending(company_id)
        facets = await self._facets(company_id, [one for wanted in lists for one in wanted.conditions], pending, by)
        counts = [await self._counted(company_id, wanted, pending, facets) for wanted in lists]
        found = {name: _breakdown(lists[0], pending, facets, name) for name in by}
        return counts, found

    async def _counted(self, company_id: str, wanted: Wanted, pending: Pending, facets: _Facets) -> Count:
        matching = _match(wanted.conditions, pending, facets)
        found = sum(bits.bit_count() for bits in matching.bits.values())
        unsure = [n for block, bits in matching.unsure.items() for n in newest_first(bits, block)][:_MOST_CHECKED]
        rows = await self._finding.rows(company_id, unsure)
        found -= sum(not wanted.lets_through(rows[n]) if n in rows else True for n in unsure)
        found += sum(wanted.lets_through(row) for row in pending.rows.values())
        return Count(found, pending.more)

    async def matching(self, company_id: str, wanted: Wanted, pending: Pending) -> dict[int, int]:
        """The tickets a filter lets through by what the index knows, pending ones aside, per block."""
        return _match(wanted.conditions, pending, await self._facets(company_id, wanted.conditions, pending, ())).bits

    async def _page(
        self,
        company_id: str,
        wanted: Wanted,
        order: Order,
        after: Key | None,
        limit: int,
        pending: Pending,
        facets: _Facets,
    ) -> Page:
        prefix = _prefix(company_id, wanted, order)
        if prefix is not None and (order == "newest" or pending.more):
            # The index is behind: dearer where a band has many tickets, and exact all the same.
            return await self._walk(company_id, wanted, prefix, order, after, limit)
        place = _Place(order)
        matching = _match(wanted.conditions, pending, facets)
        rows: list[Document] = []
        end: Key | None = None
        looked = 0
        async for batch, up_to in self._in_order(company_id, matching, place, after, limit + 1):
            end, looked = up_to, looked + len(batch)
            rows += [row for row in batch if wanted.lets_through(row)]
            if len(rows) > limit or looked >= _MOST_CHECKED:
                break
        else:
            end = None
        # Tickets the index does not know yet take their place among the others. What comes behind the last one looked
        # at belongs on a later page.
        fresh = [row for row in pending.rows.values() if wanted.lets_through(row)]
        fresh = [row for row in fresh if (after is None or place(row) > after) and (end is None or place(row) <= end)]
        together = sorted([*rows, *fresh], key=place)
        if len(together) > limit:
            return Page(together[:limit], write_key(place(together[limit - 1])), pending.more)
        return Page(together, write_key(end) if end is not None else None, pending.more)

    async def _facets(
        self, company_id: str, conditions: Iterable[Condition], pending: Pending, also: Sequence[str]
    ) -> _Facets:
        """What the index has of the fields that are asked for; of the status always: every ticket has one."""
        names = {"status", *(one.field for one in conditions), *also}
        return await self._finding.facets(company_id, names, blocks_of(pending.state))

    async def _in_order(
        self, company_id: str, matching: _Matching, place: "_Place", after: Key | None, step: int
    ) -> AsyncIterator[tuple[list[Document], Key]]:
        """Rows in order from behind a key, and the key up to which everything was given."""
        if place.field is not None:
            async for batch in self._in_buckets(company_id, matching, place, after, step):
                yield batch
            return
        numbers = _by_rank(matching, after) if place.order == "rank" else _by_number(matching, place.order, after)
        while some := list(islice(numbers, step)):
            yield await self._rows(company_id, some), some[-1]

    async def _in_buckets(
        self, company_id: str, matching: _Matching, place: "_Place", after: Key | None, step: int
    ) -> AsyncIterator[tuple[list[Document], Key]]:
        """Rows by an instant: bucket by bucket, exact within each that is not large; those without one at the end."""
        for large, numbers in _groups(matching, place, after, step):
            if large is None:
                if rows := await self._exact(company_id, numbers, place, after):
                    yield rows, place(rows[-1])
                continue
            keys: list[Key] = sorted((large, "", -number) for number in numbers)
            keys = [key for key in keys if after is None or key > after]
            for at in range(0, len(keys), step):
                some = keys[at : at + step]
                yield await self._rows(company_id, some), some[-1]

    async def _exact(self, company_id: str, numbers: list[int], place: "_Place", after: Key | None) -> list[Document]:
        """The tickets of some buckets in their exact order, from behind a key."""
        found = (await self._finding.rows(company_id, numbers)).values()
        return sorted((row for row in found if after is None or place(row) > after), key=place)

    async def _rows(self, company_id: str, keys: list[Key]) -> list[Document]:
        """The tickets of some keys, in their order; a key ends with its ticket's number."""
        numbers = [abs(int(key[-1])) for key in keys]
        found = await self._finding.rows(company_id, numbers)
        return [found[number] for number in numbers if number in found]

    async def _walk(
        self, company_id: str, wanted: Wanted, prefix: Document, order: Order, after: Key | None, limit: int
    ) -> Page:
        """A list that is one prefix of an index of the tickets: spans of it from the top down, nothing but a page."""
        name = "rank" if order == "rank" else "number"
        high = None if after is None else _walk_key(after, order)
        rows: list[Document] = []
        step = limit + 1
        async for low, top in self._spans(company_id, name, high, sparse="requester.person_id" in prefix):
            below_ = top
            while True:
                query = {**prefix, name: {"$gt": low, "$lt": below_}}
                batch = await self._tickets.find(query, dict.fromkeys(ROW, 1)).sort(name, -1).limit(step).to_list(step)
                rows += [row for row in batch if row["company_id"] == company_id and wanted.lets_through(row)]
                if len(rows) > limit:
                    return Page(rows[:limit], write_key(_Place(order)(rows[limit - 1])))
                if len(batch) < step:
                    break
                below_ = batch[-1][name]
        return Page(rows, None)

    async def _spans(
        self, company_id: str, name: str, after: int | None, *, sparse: bool
    ) -> AsyncIterator[tuple[int, int]]:
        """Ranges (both ends excluded) that together cover what comes after a key, from the top down."""
        high = after if after is not None else rank_of(101, 0)
        if name == "rank":
            for priority in _BANDS:
                low = rank_of(priority, 0)
                if low < high:
                    yield low, high
                    high = low + 1
        # What is left has its number as key; no ticket has a higher one than was given out last.
        if high > rank_of(1, 0):
            high = await self._numbers.last(company_id, "ticket") + 1
        width = high if sparse else 100
        while high > 1:
            low = max(0, high - 1 - width)
            yield low, high
            high = low + 1
            width *= 4


def _within(limit: int) -> int:
    return max(1, min(limit, MOST_ROWS))


def _sorted_by(order: Order) -> tuple[str, ...]:
    """The fields of the index that an order is read from."""
    return ("priority",) if order == "rank" else (_BUCKETED[order],) if order in _BUCKETED else ()


def _match(conditions: Sequence[Condition], pending: Pending, facets: _Facets) -> _Matching:
    """Let the sets of all conditions meet, without the tickets that are looked at one by one."""
    bits: dict[int, int] = {}
    unsure: dict[int, int] = {}
    for block in blocks_of(pending.state):
        mine = sure = _union(facets.get(("status", block), {}).values()) & ~_pending_bits(pending, block)
        for one in conditions:
            may, must = _member(one, facets.get((one.field, block), {}))
            mine &= may
            sure &= must
        if mine:
            bits[block] = mine
        if mine & ~sure:
            unsure[block] = mine & ~sure
    return _Matching(bits, unsure, facets)


def _breakdown(wanted: Wanted, pending: Pending, facets: _Facets, name: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for block, bits in _match(wanted.conditions, pending, facets).bits.items():
        for value, raw in facets.get((name, block), {}).items():
            found[value] += (bits & unpack(raw)).bit_count()
    found.update(value for row in pending.rows.values() if wanted.lets_through(row) for value in facet(row, name))
    return {value: count for value, count in found.items() if count}


def read_key(after: str | None, order: Order) -> Key | None:
    """A page's key from its text. Raises `BadFilter`."""
    if after is None:
        return None
    if not _KEYS[order].fullmatch(after):
        raise BadFilter("`after` must be what `next` of the page before said, in the same order")
    *first, number = after.split(".")
    if order in _BUCKETED:
        return (*first, -int(number))
    return (int(number),) if order == "oldest" else (*(-int(one) for one in first), -int(number))


def write_key(key: Key) -> str:
    """A page's key as text."""
    return ".".join(part if isinstance(part, str) else str(abs(part)) for part in key)


def _prefix(company_id: str, wanted: Wanted, order: Order) -> Document | None:
    """The index prefix that alone says which tickets a list has; none when it takes the finding index."""
    given = {one.field: one.values for one in wanted.conditions if isinstance(one, AnyOf)}
    only = {field: next(iter(values)) for field, values in given.items() if len(values) == 1}
    prefix: Document | None = None
    if len(given) != len(wanted.conditions):
        pass
    elif order == "newest" and not given:
        prefix = {"company_id": company_id}
    elif order == "newest" and given.keys() == only.keys() == {"requester"}:
        prefix = {"requester.person_id": only["requester"]}
    elif order == "rank" and given.get("status") == ACTIVE:
        if given.keys() == {"status"}:
            prefix = {"company_id": company_id, "active": True}
        elif given.keys() == {"status", "analyst"} and only.get("analyst", NONE) != NONE:
            prefix = {"analyst.person_id": only["analyst"], "active": True}
    return prefix


def _walk_key(after: Key, order: Order) -> int:
    return rank_of(-int(after[0]), -int(after[1])) if order == "rank" else -int(after[0])


class _Place:
    """A ticket's place in an order, as a key: lower keys come first."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.field = _BUCKETED.get(order)
        self.large: set[str] = set()
        """Buckets with so many tickets that those are in the order of their number."""

    def __call__(self, row: Document) -> Key:
        number: int = row["number"]
        if self.field is not None:
            return self._by_instant(row)
        if self.order == "rank":
            return (-row["priority"], -number)
        return (number,) if self.order == "oldest" else (-number,)

    def turned(self, value: str) -> str:
        """A bucket such that the first in the order is the lowest; turned again it is itself."""
        return value if self.order == "promised" else f"{10 ** len(value) - 1 - int(value):0{len(value)}d}"

    def _by_instant(self, row: Document) -> Key:
        at = instant(row, str(self.field))
        if at is None:
            return (_LAST, "", -row["number"])
        bucket = self.turned(bucket_of(str(self.field), at))
        exact = "" if bucket in self.large else self.turned(f"{round(at.timestamp() * 1000):015d}")
        return (bucket, exact, -row["number"])


def _by_rank(matching: _Matching, after: Key | None) -> Iterator[Key]:
    values = {int(value) for (name, _), sets in matching.facets.items() if name == "priority" for value in sets}
    for priority in sorted(values, reverse=True):
        if after is not None and -priority < int(after[0]):
            continue
        for block in sorted(matching.bits, reverse=True):
            raw = matching.facets.get(("priority", block), {}).get(str(priority))
            bits = matching.bits[block] & (unpack(raw) if raw is not None else 0)
            if after is not None and -priority == int(after[0]):
                bits &= below(-int(after[1]), block)
            for number in newest_first(bits, block):
                yield (-priority, -number)


def _by_number(matching: _Matching, order: Order, after: Key | None) -> Iterator[Key]:
    for block in sorted(matching.bits, reverse=order == "newest"):
        bits = matching.bits[block]
        if order == "newest":
            bits &= below(-int(after[0]), block) if after is not None else -1
            yield from ((-number,) for number in newest_first(bits, block))
        else:
            bits &= ~below(int(after[0]) + 1, block) if after is not None else -1
            yield from ((number,) for number in oldest_first(bits, block))


def _groups(matching: _Matching, place: _Place, after: Key | None, step: int) -> Iterator[tuple[str | None, list[int]]]:
    """A list's buckets in order: small ones together, a large one by itself with its name."""
    field = str(place.field)
    values = {place.turned(value) for (name, _), sets in matching.facets.items() if name == field for value in sets}
    together: list[int] = []
    for value in [*sorted(values), _LAST]:
        if after is not None and value < str(after[0]):
            continue
        numbers = _bucket(matching, field, None if value == _LAST else place.turned(value))
        # A page goes on in the order it began with, though tickets came or went meanwhile.
        begun = after is not None and after[0] == value
        large = value == _LAST or (after[1] == "" if after is not None and begun else len(numbers) > _MOST_SORTED)
        if not large:
            together += numbers
        if together and (large or len(together) >= step):
            yield None, together
            together = []
        if large:
            place.large.add(value)
            yield value, numbers


def _bucket(matching: _Matching, field: str, value: str | None) -> list[int]:
    """The numbers of a list whose instant is in a bucket; with none, those that have no instant."""
    numbers: list[int] = []
    for block, bits in matching.bits.items():
        sets = matching.facets.get((field, block), {})
        mine = bits & (~_union(sets.values()) if value is None else _union(sets[one] for one in sets if one == value))
        numbers += newest_first(mine, block) if mine else ()
    return numbers


def _member(condition: Condition, sets: Sets) -> tuple[int, int]:
    """Which tickets of a block a condition may hold for, and for which of them it surely does."""
    if isinstance(condition, AnyOf):
        bits = _union(sets[value] for value in condition.values if value in sets)
        return bits, bits
    may = must = 0
    for bucket, raw in sets.items():
        covered = condition.covers(bucket)
        if covered is not False:
            may |= unpack(raw)
        if covered:
            must |= unpack(raw)
    return may, must


def _union(raws: Iterable[bytes]) -> int:
    bits = 0
    for raw in raws:
        bits |= unpack(raw)
    return bits


def _pending_bits(pending: Pending, block: int) -> int:
    return bits_of(number for number in pending.rows if block_of(number) == block)
