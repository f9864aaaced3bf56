"""The page behind an invitation's link: a new guest sets a password and is in (O3)."""

from fastapi import APIRouter

from balcao.portal_api.domain.accounts import Account
from balcao.portal_api.invitations import Invitations
from balcao.portal_api.pages.password_by_link import PasswordByLink, add_password_by_link
from balcao.portal_api.pages.shell import Shell


def routes(shell: Shell, invitations: Invitations) -> APIRouter:
    """The page and its form."""
    router = APIRouter()

    async def look(token: str, company_slug: str) -> Account:
        return (await invitations.look(token, company_slug)).account

    add_password_by_link(router, shell, PasswordByLink("/invitation", "invitation.html", look, invitations.accept))
    return router
