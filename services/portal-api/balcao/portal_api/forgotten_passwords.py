"""Forgotten passwords: whoever reads the mail of an account's address may set another one, once, for two hours (P1).

Nothing is said of who has an account: the answer is the same for everybody, and takes the same time.
"""

import asyncio
import time
from datetime import datetime
from typing import Any

import structlog

from balcao.portal_api.clients import Upstream
from balcao.portal_api.companies import Companies
from balcao.portal_api.domain.accounts import Account, fold_address
from balcao.portal_api.domain.invitation import NoPublicUrl
from balcao.portal_api.domain.new_password import (
    NoAddressGiven,
    PasswordLinkBroken,
    PasswordLinkUsed,
    require_good_link,
)
from balcao.portal_api.domain.throttle import PER_FORGETFUL, PER_FORGETTING_CLIENT, PER_PASSWORD_LINK
from balcao.portal_api.passwords import Passwords
from balcao.portal_api.sign_in import SignedIn, SignIn
from balcao.portal_api.store import Store
from balcao.shared import clock, telemetry
from balcao.shared.commit import Committer, Work
from balcao.shared.errors import Unavailable
from balcao.shared.events import CompanyProfile, Envelope, Party, PasswordForgotten
from balcao.shared.ids import new_id
from balcao.shared.tokens import Acting, NewPasswordLink, read_new_password

ANSWERS_AFTER_S = 0.3
"""No answer comes sooner: what it takes to have a mail sent shall not tell that there is somebody to send it to."""

_log = structlog.get_logger()


class ForgottenPasswords:
    """Has links sent, and takes them."""

    def __init__(
        self,
        store: Store,
        committer: Committer,
        companies: Companies,
        passwords: Passwords,
        sign_in: SignIn,
        notifier: Upstream,
        secret: str,
    ) -> None:
        self._store = store
        self._committer = committer
        self._companies = companies
        self._passwords = passwords
        self._sign_in = sign_in
        self._notifier = notifier
        self._secret = secret

    async def can_send(self, company: CompanyProfile) -> bool:
        """Whether a link would lead anywhere. It counts as such while the notifier is away: the mail goes later."""
        nobody = Acting(company_id=company.id, person_id="", name="", address="")
        try:
            return bool((await self._notifier.get("/v1/invitations", nobody)).json()["possible"])
        except Unavailable:
            return True

    async def ask(self, company_slug: str, address: str, client: str) -> None:
        """Have a link sent to this address if it is that of somebody who may sign in at this company.

        Raises `NoAddressGiven`, `TooMany` past the limits per address and per client, and `NoPublicUrl`: all of them
        whoever is meant.
        """
        begun, at, address = time.monotonic(), clock.now(), fold_address(address)
        if "@" not in address:
            raise NoAddressGiven("write the address that we know you by")
        await self._sign_in.throttle(PER_FORGETTING_CLIENT, client, at)
        await self._sign_in.throttle(PER_FORGETFUL, f"{company_slug}\x1f{address}", at)
        company = await self._companies.by_slug(company_slug)
        if company is not None:
            if not await self.can_send(company):
                raise NoPublicUrl("set BALCAO_PUBLIC_URL first: what is sent is a link to that address")
            account = await self._store.account_by_address(company.id, address)
            if account is not None and account.may_sign_in():
                await self._say(account, address, at)
        await asyncio.sleep(max(0.0, begun + ANSWERS_AFTER_S - time.monotonic()))

    async def look(self, token: str, company_slug: str | None = None) -> Account:
        """Whose password a link sets, at this company when one is named.

        Raises `PasswordLinkBroken`, `PasswordLinkUsed` and `PasswordLinkExpired`.
        """
        _, account = await self._found(token, company_slug)
        return account

    async def set(self, token: str, password: str, client: str, company_slug: str | None = None) -> SignedIn:
        """Set the password, end all sessions of its person, and open one. Of two at once one succeeds.

        Raises what `look` raises, `TooMany` past the limit per client, and `UnfitPassword`.
        """
        tries = await self._sign_in.throttle(PER_PASSWORD_LINK, client, clock.now())
        link, account = await self._found(token, company_slug)
        password_hash = await self._passwords.hash(password)
        # Clocks differ: what is written must be later than the link in any case, or it would stay good.
        at = max(clock.now(), link.asked_at)
        if not await self._store.set_forgotten_password(link, password_hash, at):
            raise PasswordLinkUsed("sign in with the password that was set, or ask for another link")
        ended = await self._store.end_sessions_of(account.company_id, account.id)
        await self._store.take_back_try(tries)
        _log.info("account.password_recovered", company_id=account.company_id, person_id=account.id, ended=ended)
        return await self._sign_in.open_for(account, clock.now())

    async def _found(self, token: str, company_slug: str | None) -> tuple[NewPasswordLink, Account]:
        link = read_new_password(token, self._secret)
        if link is None:
            raise PasswordLinkBroken("copy the whole link from the mail, or ask for another one")
        if company_slug is not None:
            company = await self._companies.by_slug(company_slug)
            if company is None or company.id != link.company_id:
                raise PasswordLinkBroken("this link is for another company")
        account = await self._store.account(link.company_id, link.person_id)
        if account is None:
            raise PasswordLinkBroken("there is no such account any more")
        require_good_link(link, account, clock.now())
        return link, account

    async def _say(self, account: Account, address: str, at: datetime) -> None:
        """Say that it was asked for; durable at return."""
        id_ = new_id()
        recipient = Party(person_id=account.id, name=account.name, address=address, locale=account.locale)
        said = Envelope[Any](
            id=id_,
            source="portal-api",
            type=PasswordForgotten.type,
            subject=account.id,
            time=at,
            correlationid=id_,
            causationid=id_,
            companyid=account.company_id,
            traceparent=telemetry.traceparent(),
            data=PasswordForgotten(recipient=recipient),
        )
        await self._committer.save(Work(events=[said]))
        _log.info("password.forgotten", company_id=account.company_id, person_id=account.id)
