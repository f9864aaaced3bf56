"""Workspaces, projects, tags and saved replies: short lists of a company, read from memory."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from balcao.shared.commit import AlreadyDone, Committer, Conflict, Work
from balcao.shared.errors import Refused
from balcao.shared.mongo import Database
from balcao.shared.records import Records
from balcao.shared.timeline import Cause
from balcao.tickets.domain.conditions import NameIsTaken
from balcao.tickets.domain.items import Item, created, edited

FRESH_S = 2.0
"""How old a list read from memory may be. A change made by this process shows at once."""
MOST_ITEMS = 5_000

ItemT = TypeVar("ItemT", bound=Item)


class TooManyItems(Refused):
    """The list is full."""


class Items(Records[ItemT]):
    """The items of one kind. A company has at most 5,000 of each, archived ones included."""

    def __init__(self, database: Database, committer: Committer, collection: str, kind: type[ItemT]) -> None:
        super().__init__(database, committer, collection=collection, kind=kind, source="tickets", noun=kind.noun)
        self._remembered: dict[str, tuple[float, dict[str, ItemT]]] = {}
        self._reading: dict[str, asyncio.Task[dict[str, ItemT]]] = {}

    async def all(self, company_id: str) -> dict[str, ItemT]:
        """All of a company by id, archived ones too, at most two seconds old."""
        known = self._remembered.get(company_id)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        if company_id not in self._reading:
            self._reading[company_id] = asyncio.create_task(self.read(company_id))
            self._reading[company_id].add_done_callback(lambda _: self._reading.pop(company_id, None))
        return await asyncio.shield(self._reading[company_id])

    def forget(self, company_id: str) -> None:
        """Read anew when asked next."""
        self._remembered.pop(company_id, None)

    async def add(self, item: ItemT, cause: Cause) -> ItemT:
        """Save a new item; one of the same id that is there already stays as it is.

        Raises `NameIsTaken` with the item that has the name, `TooManyItems`, and `Conflict` when something else of it
        is taken.
        """
        self.forget(item.company_id)
        try:
            await self._check_room(item)
            return await self.create(created(item), cause)
        except (NameIsTaken, TooManyItems, AlreadyDone, Conflict) as refused:
            earlier = await self.find(item.company_id, item.id)
            if earlier is not None:
                return earlier
            if isinstance(refused, Conflict):
                await self._check_name(item)  # somebody was quicker with the same name
            raise
        finally:
            self.forget(item.company_id)

    async def edit(
        self,
        company_id: str,
        id_: str,
        values: dict[str, Any],
        cause: Cause,
        *,
        expected_version: int | None = None,
        check: Callable[[ItemT], None] | None = None,
    ) -> ItemT:
        """Give fields other values. Raises `NotFound`, `Stale`, `NameIsTaken`, and whatever `check` raises of the item
        as it is before."""

        def rule(item: ItemT) -> Any:
            if check is not None:
                check(item)
            return edited(item, values)

        async def also(change: Any) -> Work:
            if change.after.key != change.before.key:
                await self._check_name(change.after)
            return Work()

        after = await self.change(company_id, id_, rule, cause, expected_version=expected_version, also=also)
        self.forget(company_id)
        return after

    async def named(self, company_id: str, key: str) -> ItemT | None:
        """The item with this key."""
        return self._read(await self.collection.find_one({"company_id": company_id, "key": key}), company_id)

    async def _check_room(self, item: ItemT) -> None:
        await self._check_name(item)
        if len(await self.all(item.company_id)) >= MOST_ITEMS:
            raise TooManyItems(f"a company has at most {MOST_ITEMS} {item.noun}s; use archived ones again")

    async def _check_name(self, item: ItemT) -> None:
        other = await self.named(item.company_id, item.key)
        if other is not None and other.id != item.id:
            archived = ", archived: restore it or choose another name" if other.archived else ""
            raise NameIsTaken(
                f"there is a {item.noun} called {other.name!r} already{archived}", id=other.id, archived=other.archived
            )

    async def read(self, company_id: str) -> dict[str, ItemT]:
        """All of a company by id, as they are now."""
        found = await self.collection.find({"company_id": company_id}).to_list(MOST_ITEMS + 100)
        items = {one.id: one for document in found if (one := self._read(document, company_id)) is not None}
        self._remembered[company_id] = (time.monotonic(), items)
        return items
