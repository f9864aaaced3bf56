"""Saved views: a small collection, read whole per company."""

from balcao.shared.errors import Refused, Stale
from balcao.shared.mongo import Database, Document
from balcao.tickets.domain.conditions import UnknownView
from balcao.tickets.domain.saved_views import MOST_VIEWS, SavedView, ViewContent
from balcao.tickets.store import VIEWS

_MOST_READ = 20_000


class TooManyViews(Refused):
    """There are too many saved views."""


class Views:
    """The saved views of one service."""

    def __init__(self, database: Database) -> None:
        self._views = database[VIEWS]

    async def of(self, company_id: str, person_id: str) -> list[SavedView]:
        """One's own views and the shared ones, by their place, then their name."""
        found = [_read(one) async for one in self._views.find({"company_id": company_id}).limit(_MOST_READ)]
        mine = (view for view in found if view.is_seen_by(person_id))
        return sorted(mine, key=lambda view: (view.content.place, view.content.name.casefold(), view.id))

    async def get(self, company_id: str, person_id: str, view_id: str) -> SavedView:
        """A view that somebody has. Raises `UnknownView`."""
        document = await self._views.find_one({"_id": view_id})
        view = _read(document) if document is not None else None
        if view is None or view.company_id != company_id or not view.is_seen_by(person_id):
            raise UnknownView("no such saved view")
        return view

    async def add(self, view: SavedView) -> SavedView:
        """Keep a new view; one of this id that is there already stays as it is. Raises `TooManyViews`."""
        known = await self._views.find_one({"_id": view.id})
        if known is not None:
            return _read(known)
        mine = [one for one in await self.of(view.company_id, view.owner_id) if one.owner_id == view.owner_id]
        if len(mine) >= MOST_VIEWS:
            raise TooManyViews(f"one person may keep {MOST_VIEWS} views; delete some first")
        document = {"_id": view.id, **view.model_dump(mode="json", exclude={"id"})}
        await self._views.replace_one({"_id": view.id}, document, upsert=True)
        return view

    async def change(self, view: SavedView, content: ViewContent, expected: int | None) -> SavedView:
        """Give a view other content. Raises `Stale` when it is not of the expected version, or changes meanwhile."""
        after = view.model_copy(update={"content": content, "version": view.version + 1})
        if expected is None or expected == view.version:
            document = after.model_dump(mode="json", exclude={"id"})
            result = await self._views.replace_one({"_id": view.id, "version": view.version}, document)
            if result.matched_count == 1:
                return after
        raise Stale("this view was changed meanwhile", current_version=view.version)

    async def delete(self, view: SavedView, expected: int | None) -> None:
        """Delete a view. Raises `Stale` as `change` does."""
        if expected is None or expected == view.version:
            result = await self._views.delete_one({"_id": view.id, "version": view.version})
            if result.deleted_count == 1:
                return
        raise Stale("this view was changed meanwhile", current_version=view.version)


def _read(document: Document) -> SavedView:
    return SavedView.model_validate({**document, "id": document["_id"]})
