"""Somebody forgot their password (P1): asking for a link, and the page behind it that sets another one."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from balcao.portal_api.domain.accounts import Account
from balcao.portal_api.forgotten_passwords import ForgottenPasswords
from balcao.portal_api.gate import NotFromOurPages
from balcao.portal_api.pages.door import client_of, door_page
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.passwords import UnfitPassword
from balcao.shared.errors import Condition, TooMany
from balcao.shared.events import CompanyProfile

Token = Annotated[str, Query(max_length=2000)]
_MAY_TRY_AGAIN = (UnfitPassword, NotFromOurPages, TooMany)


def routes(shell: Shell, forgotten: ForgottenPasswords) -> APIRouter:
    """Both pages and their forms."""
    router = APIRouter()
    _asking(router, shell, forgotten)
    _setting(router, shell, forgotten)
    return router


def _asking(router: APIRouter, shell: Shell, forgotten: ForgottenPasswords) -> None:
    @router.get("/{company}/password/forgotten")
    async def show(request: Request, company: str) -> Response:
        """The form that asks for an address."""
        found = await shell.company(company)
        possible = await forgotten.can_send(found)
        return door_page(shell, request, found, "forgotten.html", sent_to="", address="", possible=possible)

    @router.post("/{company}/password/forgotten")
    async def ask(
        request: Request,
        company: str,
        address: Annotated[str, Form(max_length=320)] = "",
        csrf: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        """Have a link sent. What is said then is the same for everybody."""
        found, refused = await shell.company(company), None
        try:
            shell.gate.require_visit_token(request, csrf)
            await forgotten.ask(found.slug, address, client_of(request))
        except Condition as error:
            refused = error
        sent_to = "" if refused else address.strip()
        return door_page(
            shell, request, found, "forgotten.html", refused=refused, sent_to=sent_to, address=address, possible=True
        )


def _setting(router: APIRouter, shell: Shell, forgotten: ForgottenPasswords) -> None:
    @router.get("/{company}/password/new")
    async def show_new(request: Request, company: str, token: Token = "") -> Response:
        """The form behind a link, or why the link leads nowhere."""
        found = await shell.company(company)
        try:
            account = await forgotten.look(token, found.slug)
        except Condition as error:
            return _page(shell, request, found, token, refused=error)
        return _page(shell, request, found, token, account=account)

    @router.post("/{company}/password/new")
    async def set_new(
        request: Request,
        company: str,
        token: Annotated[str, Form(max_length=2000)] = "",
        password: Annotated[str, Form(max_length=2000)] = "",
        csrf: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        """Set the password and go in."""
        found = await shell.company(company)
        try:
            shell.gate.require_visit_token(request, csrf)
            signed_in = await forgotten.set(token, password, client_of(request), found.slug)
        except Condition as error:
            return _page(shell, request, found, token, refused=error)
        response = shell.see(await shell.home_of(signed_in.session.acting) or "/")
        shell.gate.welcome(request, response, signed_in)
        return response


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
        "new_password.html",
        refused=refused,
        holds_token=True,
        token=token,
        who=account.name if account else "",
        address=account.addresses[0] if account and account.addresses else "",
        open=refused is None or isinstance(refused, _MAY_TRY_AGAIN),
    )
