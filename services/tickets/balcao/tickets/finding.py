"""What can be asked of lists and the search: who asks decides what they may find. Decides no filter itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from balcao.shared.clock import now
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting
from balcao.tickets.domain.filters import AnyOf, Filter, Order, Wanted, resolve
from balcao.tickets.domain.saved_views import SavedView
from balcao.tickets.domain.searched import ALL, PUBLIC
from balcao.tickets.domain.terms import parse
from balcao.tickets.domain.ticket import ACTIVE, STAGES
from balcao.tickets.store.directory import Directory
from balcao.tickets.store.lists import Count, Page, TicketLists
from balcao.tickets.store.search import Hits, Search

_NEWEST = 10
MOST_VIEWS_COUNTED = 20
"""Saved views whose tickets are counted at once: those that stand first."""


@dataclass(frozen=True)
class Asked:
    """What a list is asked for."""

    filter: Filter
    order: Order


class TicketFinder:
    """Lists, counts, the search and the numbers of the home page."""

    def __init__(self, lists: TicketLists, search: Search, directory: Directory) -> None:
        self._lists = lists
        self._search = search
        self._directory = directory

    async def page(self, acting: Acting, asked: Asked, *, after: str | None, limit: int) -> Page:
        """A page of a list. A guest has a list of what they asked for and no other (P2)."""
        wanted = await self._wanted(acting, asked.filter)
        return await self._lists.page(acting.company_id, wanted, asked.order, after=after, limit=limit)

    async def count(self, acting: Acting, asked: Asked) -> Count:
        """How many tickets the list has."""
        return await self._lists.count(acting.company_id, await self._wanted(acting, asked.filter))

    async def count_by_stage(self, acting: Acting, asked: Asked) -> tuple[Count, dict[str, int]]:
        """How many tickets the list has, and how many of them are in each stage."""
        wanted = await self._wanted(acting, asked.filter)
        [count], by = await self._lists.counts(acting.company_id, [wanted], ("stage",))
        return count, {stage: by["stage"].get(stage, 0) for stage in STAGES}

    async def page_and_counts(
        self, acting: Acting, asked: Asked, *, after: str | None, limit: int
    ) -> tuple[Page, Count, dict[str, int]]:
        """A page of a list; how many tickets the list has whatever stages it asks for; how many are in each stage."""
        wanted = await self._wanted(acting, asked.filter)
        in_all = await self._wanted(acting, asked.filter.model_copy(update={"stage": ()}))
        page, count, by = await self._lists.page_and_counts(
            acting.company_id, wanted, asked.order, after=after, limit=limit, counted=in_all, by=("stage",)
        )
        return page, count, {stage: by["stage"].get(stage, 0) for stage in STAGES}

    async def rows(
        self, acting: Acting, asked: Asked, numbers: Sequence[int]
    ) -> list[tuple[Document, tuple[str, ...]]]:
        """Some tickets as they are now, each with the fields by which it is not in the list any more; those that there
        are not are left out."""
        wanted = await self._wanted(acting, asked.filter)
        found = await self._lists.rows(acting.company_id, numbers)
        return [(found[number], wanted.failing(found[number])) for number in numbers if number in found]

    async def places(self, acting: Acting, views: Sequence[SavedView]) -> dict[str, Count]:
        """How many tickets there are in each place of the desk, and in saved views by their id."""
        active = tuple(ACTIVE)
        filters = {
            "mine": Filter(status=active, analyst=("me",)),
            "with_me": Filter(status=active, executor=("me",)),
            "triage": Filter(status=active, stage=("triage",)),
            "waiting": Filter(status=("waiting",)),
            "all": Filter(status=active),
            "today": Filter(status=active, executor=("me",), work="today"),
            "overdue": Filter(status=active, executor=("me",), work="overdue"),
            **{view.id: view.content.filter for view in views[:MOST_VIEWS_COUNTED] if not view.content.text},
        }
        lists = [await self._wanted(acting, one) for one in filters.values()]
        counts, _ = await self._lists.counts(acting.company_id, lists, ())
        return dict(zip(filters, counts, strict=True))

    async def search(self, acting: Acting, asked: Asked, text: str, *, after: str | None, limit: int) -> Hits:
        """A page of what is found. A guest finds what they asked for or are in copy of, by its public words (W7)."""
        query = parse(text)
        if acting.is_team:
            wanted, kinds = await self._wanted(acting, asked.filter), ALL
        else:
            mine = AnyOf("party", frozenset({acting.person_id, f"@{acting.address.lower()}"}))
            public = await self._resolved(acting, Filter(status=asked.filter.status))
            wanted, kinds = Wanted((mine, *public.conditions), drafts=False), PUBLIC
        return await self._search.page(acting.company_id, query, wanted, kinds, after=after, limit=limit)

    async def home(self, acting: Acting) -> Document:
        """The numbers of the home page: with me by stage (H9), due today, overdue (W17, R2), and the newest tickets."""
        company_id, active = acting.company_id, tuple(ACTIVE)
        with_me = await self._wanted(acting, Filter(status=active, executor=("me",)))
        due = [
            await self._wanted(acting, Filter(status=active, executor=executor, work=work))
            for executor in (("me",), ())
            for work in ("today", "overdue")
        ]
        (counts, by), newest = await asyncio.gather(
            self._lists.counts(company_id, [with_me, *due], ("stage",)),
            self._lists.page(company_id, Wanted(()), "newest", after=None, limit=_NEWEST),
        )
        stages = by["stage"]
        _, mine_today, mine_overdue, all_today, all_overdue = (one.count for one in counts)
        return {
            "with_me": {"count": sum(stages.values()), "by_stage": {one: stages.get(one, 0) for one in STAGES}},
            "due_today": {"mine": mine_today, "all": all_today},
            "overdue": {"mine": mine_overdue, "all": all_overdue},
            "newest": newest.rows,
        }

    async def _wanted(self, acting: Acting, asked: Filter) -> Wanted:
        if acting.is_team:
            return await self._resolved(acting, asked)
        own = Filter(status=asked.status, requester=(acting.person_id,))
        return Wanted((await self._resolved(acting, own)).conditions, drafts=False)

    async def _resolved(self, acting: Acting, asked: Filter) -> Wanted:
        team = await self._directory.team(acting.company_id)
        return resolve(asked, acting.person_id, team.company.calendar(), now())
