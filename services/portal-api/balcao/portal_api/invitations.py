"""Invitations: a signed link by which a person sets their first password, once (O3).

Nothing of it is kept or logged but that it was used.
"""

from dataclasses import dataclass

import structlog

from balcao.portal_api.clients import Upstream
from balcao.portal_api.companies import Companies
from balcao.portal_api.domain.accounts import Account
from balcao.portal_api.domain.invitation import (
    HasPassword,
    InvitationBroken,
    InvitationUsed,
    NoPublicUrl,
    require_good,
)
from balcao.portal_api.domain.throttle import PER_INVITATION, PER_INVITED
from balcao.portal_api.passwords import Passwords
from balcao.portal_api.sign_in import SignedIn, SignIn
from balcao.portal_api.store import Store
from balcao.shared import clock
from balcao.shared.errors import Unavailable
from balcao.shared.tokens import Acting, Invitation, read_invitation

_log = structlog.get_logger()


@dataclass(frozen=True)
class Invited:
    """A good invitation and whose it is."""

    invitation: Invitation
    account: Account


class Invitations:
    """Reads, accepts and allows invitations."""

    def __init__(
        self, store: Store, companies: Companies, passwords: Passwords, sign_in: SignIn, notifier: Upstream, secret: str
    ) -> None:
        self._store = store
        self._companies = companies
        self._passwords = passwords
        self._sign_in = sign_in
        self._notifier = notifier
        self._secret = secret

    async def look(self, token: str, company_slug: str | None = None) -> Invited:
        """Who is invited by a link, at this company when one is named.

        Raises `InvitationBroken`, `InvitationUsed`, `InvitationExpired`, and `Unavailable` in the moment in which the
        account is not known here yet.
        """
        invitation = read_invitation(token, self._secret)
        if invitation is None:
            raise InvitationBroken("copy the whole link from the mail, or ask for another invitation")
        if company_slug is not None:
            company = await self._companies.by_slug(company_slug)
            if company is None or company.id != invitation.company_id:
                raise InvitationBroken("this invitation is for another company")
        account = await self._store.account(invitation.company_id, invitation.person_id)
        if account is None:
            raise Unavailable("your access is being prepared; try again in a moment")
        require_good(invitation, account, clock.now())
        return Invited(invitation, account)

    async def accept(self, token: str, password: str, client: str, company_slug: str | None = None) -> SignedIn:
        """Set the first password and sign in. Of two at once one succeeds.

        Raises what `look` raises, `TooMany` past the limit per client, and `UnfitPassword`.
        """
        tries = await self._sign_in.throttle(PER_INVITATION, client, clock.now())
        found = await self.look(token, company_slug)
        account, nonce = found.account, found.invitation.nonce
        password_hash = await self._passwords.hash(password)
        at = clock.now()
        if not await self._store.set_first_password(account.company_id, account.id, password_hash, nonce, at):
            raise InvitationUsed("this link has done its work; sign in with the password that was set")
        await self._store.take_back_try(tries)
        _log.info("invitation.accepted", company_id=account.company_id, person_id=account.id)
        return await self._sign_in.open_for(account, at)

    async def require_invitable(self, acting: Acting, person_id: str) -> None:
        """Whether somebody of the team may have this person invited now.

        Raises `NoPublicUrl`, `HasPassword`, and `TooMany` when they were invited again and again.
        """
        if not (await self._notifier.get("/v1/invitations", acting)).json()["possible"]:
            raise NoPublicUrl("set BALCAO_PUBLIC_URL first: an invitation is a link to that address")
        account = await self._store.account(acting.company_id, person_id)
        if account is not None and account.password_hash is not None:
            raise HasPassword("they can sign in already", person_id=person_id)
        await self._sign_in.throttle(PER_INVITED, f"{acting.company_id}\x1f{person_id}", clock.now())
