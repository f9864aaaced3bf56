"""The page behind an invitation's link: a new guest sets a password and is in (O3)."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from balcao.portal_api.domain.accounts import Account
from balcao.portal_api.gate import NotFromOurPages
from balcao.portal_api.invitations import Invitations
from balcao.portal_api.pages.door import client_of, door_page
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.passwords import UnfitPassword
from balcao.shared.errors import Condition, TooMany
from balcao.shared.events import CompanyProfile

Token = Annotated[str, Query(max_length=2000)]
_MAY_TRY_AGAIN = (UnfitPassword, NotFromOurPages, TooMany)


def routes(shell: Shell, invitations: Invitations) -> APIRouter:
    """The page and its form."""
    router = APIRouter()

    @router.get("/{company}/invitation")
    async def show(request: Request, company: str, token: Token = "") -> Response:
        """The form, or why the link leads nowhere."""
        found = await shell.company(company)
        try:
            invited = await invitations.look(token, found.slug)
        except Condition as error:
            return _page(shell, request, found, token, refused=error)
        return _page(shell, request, found, token, account=invited.account)

    @router.post("/{company}/invitation")
    async def accept(
        request: Request,
        company: str,
        token: Annotated[str, Form(max_length=2000)] = "",
        password: Annotated[str, Form(max_length=2000)] = "",
        csrf: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        """Set the password and go on to one's requests."""
        found = await shell.company(company)
        try:
            shell.gate.require_visit_token(request, csrf)
            signed_in = await invitations.accept(token, password, client_of(request), found.slug)
        except Condition as error:
            return _page(shell, request, found, token, refused=error)
        response = shell.see(await shell.home_of(signed_in.session.acting) or "/")
        shell.gate.welcome(request, response, signed_in)
        return response

    return router


def _page(
    shell: Shell,
    request: Request,
    company: CompanyProfile,
    token: str,
    *,
    account: Account | None = None,
    refused: Condition | None = None,
) -> Response:
    return door_page(
        shell,
        request,
        company,
        "invitation.html",
        refused=refused,
        holds_token=True,
        token=token,
        who=account.name if account else "",
        address=account.addresses[0] if account and account.addresses else "",
        open=refused is None or isinstance(refused, _MAY_TRY_AGAIN),
    )
