"""Webhook endpoints of all companies; every query names one, but for the start of the service."""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from balcao.notifier.domain.webhooks import MOST_ENDPOINTS, Endpoint
from balcao.notifier.store import WEBHOOKS
from balcao.shared.commit import Committer, Conflict, Update, Work
from balcao.shared.errors import NotFound, Stale
from balcao.shared.events import AnyEnvelope
from balcao.shared.mongo import Database, Document


class Endpoints:
    """One document per endpoint."""

    def __init__(self, database: Database, committer: Committer) -> None:
        self._webhooks = database[WEBHOOKS]
        self._committer = committer

    async def add(self, endpoint: Endpoint) -> bool:
        """Keep a new endpoint; false when one of that id is there already."""
        try:
            await self._webhooks.insert_one(_document(endpoint))
        except DuplicateKeyError:
            return False
        return True

    async def get(self, company_id: str, id_: str) -> Endpoint:
        """The endpoint. Raises `NotFound`, also for one of another company."""
        found = await self.find(id_)
        if found is None or found.company_id != company_id:
            raise NotFound("no such webhook")
        return found

    async def find(self, id_: str) -> Endpoint | None:
        """The endpoint, whosesoever it is, for the loop that makes the calls."""
        found = await self._webhooks.find_one({"_id": id_})
        return _read(found) if found is not None else None

    async def of(self, company_id: str) -> Sequence[Endpoint]:
        """A company's endpoints, by name."""
        found = await self._webhooks.find({"company_id": company_id}).to_list(MOST_ENDPOINTS * 2)
        return sorted((_read(one) for one in found), key=lambda one: (one.name.casefold(), one.id))

    async def save(self, before: Endpoint, after: Endpoint, *, says: Sequence[AnyEnvelope] = ()) -> Endpoint:
        """Keep a changed endpoint and say what is to be said, both or neither. Raises `Stale`."""
        kept = after.model_copy(update={"version": before.version + 1})
        values = _document(kept)
        del values["_id"]
        update = Update(WEBHOOKS, before.id, before.version, values)
        try:
            await self._committer.save(Work(updates=[update], events=list(says)))
        except Conflict:
            raise Stale("this webhook was changed meanwhile") from None
        return kept

    async def remove(self, company_id: str, id_: str) -> None:
        """Forget an endpoint."""
        await self._webhooks.delete_one({"_id": id_, "company_id": company_id})

    async def wanted_types(self) -> Sequence[str]:
        """All types that any endpoint of any company has chosen."""
        found: list[str] = await self._webhooks.distinct("types")
        return found


def _document(endpoint: Endpoint) -> Document:
    document = endpoint.model_dump()
    document["_id"] = document.pop("id")
    return document


def _read(document: Document) -> Endpoint:
    return Endpoint.model_validate({**document, "id": document["_id"]})
