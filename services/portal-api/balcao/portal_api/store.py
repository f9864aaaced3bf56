"""The gateway's database: accounts, companies, sessions, sign-in tries. The only file that names collections."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pymongo.errors import DuplicateKeyError

from balcao.portal_api.domain.accounts import Account, acting_as, fold_address
from balcao.shared.events import CompanyProfile, PersonProfile
from balcao.shared.mongo import Index, Mongo
from balcao.shared.tokens import Acting, NewPasswordLink

_ACCOUNTS = "accounts"
_COMPANIES = "companies"
_SESSIONS = "sessions"
_TRIES = "sign_in_tries"
_MOST_TEAM = 500

INDEXES = (
    Index.on(_ACCOUNTS, "company_id", "addresses", why="signing in"),
    Index.on(_ACCOUNTS, "company_id", "is_team", "name", why="the team, to choose an executor from"),
    Index.on(_COMPANIES, "slug", why="the company in an address"),
    Index.on(_SESSIONS, "person_id", why="a changed person's sessions change with them"),
    Index.on(_SESSIONS, "expires_at", why="old sessions go away", expire_after_s=0),
    Index.on(_TRIES, "expires_at", why="old counts go away", expire_after_s=0),
)


class Session(BaseModel):
    """A sign-in. It carries who is acting, so that a request needs this one read; `key` is the token's hash."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    company_id: str
    person_id: str
    person_version: int
    acting: Acting
    opened_at: datetime
    expires_at: datetime


class Store:
    """Reads and writes what the gateway keeps."""

    def __init__(self, mongo: Mongo) -> None:
        self._accounts = mongo.db[_ACCOUNTS]
        self._companies = mongo.db[_COMPANIES]
        self._sessions = mongo.db[_SESSIONS]
        self._tries = mongo.db[_TRIES]

    # people and companies

    async def learn_person(self, company_id: str, person: PersonProfile) -> bool:
        """Keep a person's profile unless a newer one is known; their password stays. Returns whether it was news.

        Their open sessions act as the new profile from now on, so that a role that was taken is gone at once; those of
        somebody who left end.
        """
        fields = {
            "name": person.name,
            "addresses": [fold_address(address) for address in person.addresses],
            "roles": list(person.roles),
            "is_team": bool(person.roles),
            "locale": person.locale,
            "active": person.active,
            "version": person.version,
        }
        news = await self._put_newer(self._accounts, {"_id": person.id, "company_id": company_id}, fields)
        await self._sessions.update_many(
            {"person_id": person.id, "company_id": company_id, "person_version": {"$lt": person.version}},
            {"$set": {"acting": acting_as(company_id, person).model_dump(), "person_version": person.version}},
        )
        known = await self.account(company_id, person.id) if not person.active else None
        if known is not None and not known.may_sign_in():
            await self.end_sessions_of(company_id, person.id)
        return news

    async def learn_company(self, company: CompanyProfile) -> bool:
        """Keep a company's settings unless newer ones are known. Returns whether it was news."""
        return await self._put_newer(self._companies, {"_id": company.id}, company.model_dump(exclude={"id"}))

    async def company_by_slug(self, slug: str) -> CompanyProfile | None:
        """The company with this name in addresses."""
        return _company(await self._companies.find_one({"slug": slug}))

    async def company(self, company_id: str) -> CompanyProfile | None:
        """The company with this id."""
        return _company(await self._companies.find_one({"_id": company_id}))

    async def only_company(self) -> CompanyProfile | None:
        """The company where this installation has just one."""
        found = await self._companies.find({}).limit(2).to_list(2)
        return _company(found[0]) if len(found) == 1 else None

    async def account(self, company_id: str, person_id: str) -> Account | None:
        """The account of a person of this company."""
        return _account(await self._accounts.find_one({"_id": person_id, "company_id": company_id}))

    async def account_by_address(self, company_id: str, address: str) -> Account | None:
        """The account that this address belongs to; of several the one with a password."""
        query = {"company_id": company_id, "addresses": fold_address(address)}
        found = [
            Account.model_validate({**one, "id": one["_id"]}) for one in await self._accounts.find(query).to_list(10)
        ]
        return max(found, key=lambda one: one.password_hash is not None, default=None)

    async def team(self, company_id: str) -> list[Account]:
        """The people of the team by name, at most 500."""
        cursor = self._accounts.find({"company_id": company_id, "is_team": True}).sort("name", 1).limit(_MOST_TEAM)
        return [Account.model_validate({**one, "id": one["_id"]}) for one in await cursor.to_list(_MOST_TEAM)]

    async def with_password(self, company_id: str, person_ids: list[str]) -> set[str]:
        """Those of these people who have a password."""
        query = {"_id": {"$in": person_ids}, "company_id": company_id, "password_hash": {"$ne": None}}
        return {one["_id"] for one in await self._accounts.find(query, {"_id": 1}).to_list(len(person_ids) or 1)}

    async def without_password(self, company_id: str, most: int) -> list[Account]:
        """People who are there and have no password yet: the team first, then guests, each by name."""
        found: list[dict[str, Any]] = []
        for is_team in (True, False):
            query = {"company_id": company_id, "is_team": is_team, "password_hash": None, "active": {"$ne": False}}
            left = most - len(found)
            found += await self._accounts.find(query).sort("name", 1).limit(left).to_list(left) if left else []
        return [Account.model_validate({**one, "id": one["_id"]}) for one in found]

    async def keep_rehashed(self, company_id: str, person_id: str, password_hash: str) -> None:
        """Keep another hash of the same password."""
        await self._accounts.update_one(
            {"_id": person_id, "company_id": company_id}, {"$set": {"password_hash": password_hash}}
        )

    async def set_password(self, company_id: str, person_id: str, password_hash: str, at: datetime) -> None:
        """Give the account another password. Links that were asked for before `at` are spent."""
        changed = {"password_hash": password_hash, "password_set_at": at}
        await self._accounts.update_one({"_id": person_id, "company_id": company_id}, {"$set": changed})

    async def set_forgotten_password(self, link: NewPasswordLink, password_hash: str, at: datetime) -> bool:
        """Give an account another password by this link. False, with nothing changed, when a password was set since
        it was asked for, or when its person left."""
        unspent = {"$or": [{"password_set_at": None}, {"password_set_at": {"$lt": link.asked_at}}]}
        changed = await self._accounts.update_one(
            {"_id": link.person_id, "company_id": link.company_id, "active": {"$ne": False}, **unspent},
            {"$set": {"password_hash": password_hash, "password_set_at": at}},
        )
        return bool(changed.modified_count)

    async def set_first_password(
        self, company_id: str, person_id: str, password_hash: str, invitation: str, at: datetime
    ) -> bool:
        """Give the account its first password by this invitation. False, with nothing changed, when it has one already,
        when this invitation was used before, or when its person left."""
        unused = {"password_hash": None, "invitation": {"$ne": invitation}, "active": {"$ne": False}}
        changed = await self._accounts.update_one(
            {"_id": person_id, "company_id": company_id, **unused},
            {"$set": {"password_hash": password_hash, "invitation": invitation, "password_set_at": at}},
        )
        return bool(changed.modified_count)

    # sessions

    async def add_session(self, session: Session) -> None:
        """Keep a new session."""
        await self._sessions.insert_one({"_id": session.key, **session.model_dump(exclude={"key"})})

    async def session(self, key: str) -> Session | None:
        """The session with this key, whether it has expired or not."""
        found = await self._sessions.find_one({"_id": key})
        return Session.model_validate({**found, "key": key}) if found else None

    async def refresh_session(self, key: str, account: Account) -> None:
        """Let a session act as a newer state of its person."""
        await self._sessions.update_one(
            {"_id": key, "person_version": {"$lt": account.version}},
            {"$set": {"acting": account.acting().model_dump(), "person_version": account.version}},
        )

    async def renew_session(self, key: str, expires_at: datetime) -> None:
        """Let a session end later; one that has been ended meanwhile stays so."""
        await self._sessions.update_one({"_id": key}, {"$max": {"expires_at": expires_at}})

    async def end_session(self, key: str) -> None:
        """Forget a session."""
        await self._sessions.delete_one({"_id": key})

    async def end_sessions_of(self, company_id: str, person_id: str) -> int:
        """Forget all of a person's sessions; returns how many there were."""
        gone = await self._sessions.delete_many({"person_id": person_id, "company_id": company_id})
        return gone.deleted_count

    async def count_other_sessions(self, session: Session) -> int:
        """How many sessions its person has besides this one."""
        return int(await self._sessions.count_documents(_others_of(session)))

    async def end_other_sessions(self, session: Session) -> int:
        """Forget all of its person's sessions but this one; returns how many there were."""
        gone = await self._sessions.delete_many(_others_of(session))
        return gone.deleted_count

    # sign-in tries

    async def count_try(self, key: str, expires_at: datetime) -> int:
        """Count one more try under this key and return how many there have been."""
        change = {"$inc": {"tries": 1}, "$setOnInsert": {"expires_at": expires_at}}
        try:
            await self._tries.update_one({"_id": key}, change, upsert=True)
        except DuplicateKeyError:  # another replica made it at the same moment
            await self._tries.update_one({"_id": key}, change, upsert=True)
        counted = await self._tries.find_one({"_id": key})
        return int(counted["tries"]) if counted else 1

    async def take_back_try(self, key: str) -> None:
        """A try that turned out right does not count."""
        await self._tries.update_one({"_id": key}, {"$inc": {"tries": -1}})

    async def forget_tries(self, key: str) -> None:
        """Start counting anew."""
        await self._tries.delete_one({"_id": key})

    @staticmethod
    async def _put_newer(collection: Any, identity: dict[str, Any], fields: dict[str, Any]) -> bool:
        """Write the fields unless the document has this version or a newer one."""
        older = {**identity, "version": {"$lt": fields["version"]}}
        for _ in range(2):
            try:
                changed = await collection.update_one(older, {"$set": fields}, upsert=True)
            except DuplicateKeyError:
                # It exists and is not older; or another replica has just made it, maybe from an older fact: look again.
                continue
            return bool(changed.modified_count or changed.upserted_id is not None)
        return False


def _others_of(session: Session) -> dict[str, Any]:
    return {"person_id": session.person_id, "company_id": session.company_id, "_id": {"$ne": session.key}}


def _account(found: dict[str, Any] | None) -> Account | None:
    return Account.model_validate({**found, "id": found["_id"]}) if found else None


def _company(found: dict[str, Any] | None) -> CompanyProfile | None:
    return CompanyProfile.model_validate({**found, "id": found["_id"]}) if found else None
