"""How companies' mail presents itself, and the key pairs that sign it."""

from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from balcao.notifier.domain.identity import MOST_KEYS, Identity, Key, SelectorTaken
from balcao.notifier.store import IDENTITIES, SIGNING_KEYS
from balcao.shared.errors import NotFound, Stale
from balcao.shared.mongo import Database, Document


class Identities:
    """One document per company that has set something, and one per key."""

    def __init__(self, database: Database) -> None:
        self._identities = database[IDENTITIES]
        self._keys = database[SIGNING_KEYS]

    async def of(self, company_id: str) -> Identity:
        """What a company has set; nothing at version 0."""
        found = await self._identities.find_one({"_id": company_id})
        return Identity.model_validate({**(found or {}), "company_id": company_id})

    async def save(self, identity: Identity, by: str, at: datetime) -> Identity:
        """Keep what was decided on `identity.version`. Raises `Stale` when somebody changed it since."""
        changed = {"version": identity.version + 1, "changed_by": by, "changed_at": at}
        after = identity.model_copy(update=changed)
        values: Document = after.model_dump(exclude={"company_id"})
        try:
            done = await self._identities.update_one(
                {"_id": identity.company_id, "version": identity.version},
                {"$set": values},
                upsert=identity.version == 0,
            )
        except DuplicateKeyError:
            done = None
        if done is None or not (done.modified_count or done.upserted_id):
            raise Stale("somebody changed it meanwhile; look again")
        return after

    async def add_key(self, key: Key) -> None:
        """Keep a new key. Raises `SelectorTaken` when the domain has one of this name, maybe another company's."""
        document = {
            "_id": _key_id(key.domain, key.selector),
            "company_id": key.company_id,
            "domain": key.domain,
            "selector": key.selector,
            "public": key.public,
            "sealed": key.sealed,
            "created_at": key.created_at,
        }
        try:
            await self._keys.insert_one(document)
        except DuplicateKeyError as error:
            raise SelectorTaken("there is a key with this selector", selector=key.selector) from error

    async def keys(self, company_id: str) -> list[Key]:
        """A company's keys, the oldest first."""
        found = await self._keys.find({"company_id": company_id}).limit(MOST_KEYS).to_list(MOST_KEYS)
        return sorted((_key(one) for one in found), key=lambda key: key.created_at)

    async def key(self, company_id: str, domain: str, selector: str) -> Key:
        """One key. Raises `NotFound`."""
        found = await self._keys.find_one({"_id": _key_id(domain, selector), "company_id": company_id})
        if found is None:
            raise NotFound("no such key")
        return _key(found)

    async def delete_key(self, company_id: str, domain: str, selector: str) -> None:
        """Drop a key for good."""
        await self._keys.delete_one({"_id": _key_id(domain, selector), "company_id": company_id})


def _key_id(domain: str, selector: str) -> str:
    return f"{selector}._domainkey.{domain}"


def _key(document: dict[str, Any]) -> Key:
    return Key(
        document["company_id"],
        document["domain"],
        document["selector"],
        document["public"],
        document["sealed"],
        document["created_at"],
    )
