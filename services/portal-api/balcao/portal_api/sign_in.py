"""Signing in and out, and who a token stands for."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from balcao.portal_api.companies import Companies
from balcao.portal_api.domain.accounts import Account, fold_address
from balcao.portal_api.domain.throttle import PER_ADDRESS, PER_CLIENT, Limit
from balcao.portal_api.passwords import MOST_CHARACTERS, Passwords
from balcao.portal_api.store import Session, Store
from balcao.shared import clock
from balcao.shared.errors import Invalid, NotFound, NotSignedIn, TooMany

_log = structlog.get_logger()
_TOKEN_BYTES = 32
_RENEWED_EVERY = timedelta(days=1)
"""A session in use is written once a day, not with each request."""
_LONGEST = timedelta(days=30)
"""From signing in, however much a session is used; one that is stolen ends too."""


class WrongCredentials(NotSignedIn):
    """E-mail or password is wrong."""


class WrongPassword(Invalid):
    """The password that should be the current one is not."""


@dataclass(frozen=True)
class SignedIn:
    """A session that was just opened. The token exists here and at the client only; the database has its hash."""

    token: str
    session: Session


class SignIn:
    """Opens, reads and ends sessions."""

    def __init__(self, store: Store, companies: Companies, passwords: Passwords, lifetime: timedelta) -> None:
        self._store = store
        self._companies = companies
        self._passwords = passwords
        self.lifetime = lifetime
        """How long a session is good for without being used."""
        self.longest = max(lifetime, _LONGEST)
        """How long it is good for at the most."""

    async def open(self, company_slug: str, address: str, password: str, client: str) -> SignedIn:
        """Sign in with a password.

        Raises `TooMany` (with `retry_after` in seconds) past the limits per address and per client, before the password
        is looked at; `WrongCredentials` for anything that does not fit, without saying what, after the same work.
        """
        at = clock.now()
        address_key = await self.throttle(PER_ADDRESS, f"{company_slug}\x1f{fold_address(address)}", at)
        client_key = await self.throttle(PER_CLIENT, client, at)
        company = await self._companies.by_slug(company_slug)
        account = await self._store.account_by_address(company.id, address) if company else None
        known_hash = account.password_hash if account else None
        matches = await self._passwords.matches(password[: MOST_CHARACTERS + 1], known_hash)
        if not matches or account is None or not account.may_sign_in():
            _log.info("session.refused", company_id=company.id if company else None)
            raise WrongCredentials("company, e-mail or password is wrong")
        await self._store.forget_tries(address_key)
        await self._store.take_back_try(client_key)
        if known_hash is not None and self._passwords.is_outdated(known_hash):
            await self._store.keep_rehashed(account.company_id, account.id, await self._passwords.hash(password))
        return await self.open_for(account, at)

    async def read(self, token: str) -> Session:
        """The session a token stands for, which is in use by that and goes on. Raises `NotSignedIn` for one that is
        unknown, ended or expired."""
        session = await self.read_by_key(_key(token))
        ends = min(clock.now() + self.lifetime, session.opened_at + self.longest)
        if ends - session.expires_at < min(_RENEWED_EVERY, self.lifetime / 2):
            return session
        await self._store.renew_session(session.key, ends)
        return session.model_copy(update={"expires_at": ends})

    async def read_by_key(self, key: str) -> Session:
        """The session that is kept under this key. Raises `NotSignedIn` for one that is unknown, ended or expired."""
        session = await self._store.session(key)
        if session is None or session.expires_at <= clock.now():
            raise NotSignedIn("the session has ended; sign in again")
        return session

    async def close(self, session: Session) -> None:
        """Sign out."""
        await self._store.end_session(session.key)
        _log.info("session.ended", company_id=session.company_id, person_id=session.person_id)

    async def set_password(self, company_slug: str, address: str, password: str) -> int:
        """Give an account a password and end its sessions; returns how many there were.

        Raises `NotFound` while company or account are not known, `Invalid` for a password that does not do.
        """
        company = await self._companies.by_slug(company_slug)
        if company is None:
            raise NotFound(f"no company is called {company_slug!r}")
        account = await self._store.account_by_address(company.id, address)
        if account is None:
            raise NotFound(f"nobody at {company_slug!r} has this address")
        await self._store.set_password(company.id, account.id, await self._passwords.hash(password), clock.now())
        _log.info("account.password_set", company_id=company.id, person_id=account.id)
        return await self._store.end_sessions_of(company.id, account.id)

    async def change_password(self, session: Session, current: str, new: str) -> int:
        """Give the person of this session another password and end their other sessions; returns how many there were.

        Raises `TooMany` (with `retry_after` in seconds) as signing in does, `WrongPassword`, `UnfitPassword`.
        """
        key = await self.throttle(PER_ADDRESS, f"password\x1f{session.person_id}", clock.now())
        account = await self._store.account(session.company_id, session.person_id)
        known_hash = account.password_hash if account else None
        if not await self._passwords.matches(current[: MOST_CHARACTERS + 1], known_hash):
            raise WrongPassword("this is not the current password")
        password_hash = await self._passwords.hash(new)
        await self._store.set_password(session.company_id, session.person_id, password_hash, clock.now())
        await self._store.forget_tries(key)
        _log.info("account.password_changed", company_id=session.company_id, person_id=session.person_id)
        return await self.end_others(session)

    async def others(self, session: Session) -> int:
        """How many other sessions this person has."""
        return await self._store.count_other_sessions(session)

    async def end_others(self, session: Session) -> int:
        """Sign out everywhere but here; returns how many sessions ended."""
        return await self._store.end_other_sessions(session)

    async def open_for(self, account: Account, at: datetime) -> SignedIn:
        """Open a session for somebody who has proven that this account is theirs. Raises `WrongCredentials` when they
        may not come in any more."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        session = Session(
            key=_key(token),
            company_id=account.company_id,
            person_id=account.id,
            person_version=account.version,
            acting=account.acting(),
            opened_at=at,
            expires_at=at + self.lifetime,
        )
        await self._store.add_session(session)
        # Their profile may have changed between reading it and this insert, when there was no session to change yet.
        current = await self._store.account(account.company_id, account.id)
        if current is not None and not current.may_sign_in():
            await self._store.end_session(session.key)
            raise WrongCredentials("company, e-mail or password is wrong")
        if current is not None and current.version > account.version:
            await self._store.refresh_session(session.key, current)
            session = session.model_copy(update={"acting": current.acting(), "person_version": current.version})
        _log.info("session.opened", company_id=account.company_id, person_id=account.id)
        return SignedIn(token, session)

    async def throttle(self, limit: Limit, who: str, at: datetime) -> str:
        """Count this try before it is made, so that many at once can't slip through together; returns its key.

        Raises `TooMany` (with `retry_after` in seconds) past the limit.
        """
        ends = limit.window_ends(at)
        key = f"{limit.kind}:{hashlib.sha256(who.encode()).hexdigest()}:{int(ends.timestamp())}"
        wait = limit.wait_s(await self._store.count_try(key, ends), at)
        if wait is not None:
            _log.warning("session.throttled", kind=limit.kind)
            raise TooMany("too many tries", retry_after=wait)
        return key


def _key(token: str) -> str:
    """What the database keeps of a token: whoever reads the database can't sign in with it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
