"""The page behind a link that lets somebody set a password: an invitation's, or that of a forgotten password."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from balcao.portal_api.domain.accounts import Account
from balcao.portal_api.gate import NotFromOurPages
from balcao.portal_api.pages.door import client_of, door_page
from balcao.portal_api.pages.shell import Shell
from balcao.portal_api.passwords import UnfitPassword
from balcao.portal_api.sign_in import SignedIn
from balcao.shared.errors import Condition, TooMany
from balcao.shared.events import CompanyProfile

_MAY_TRY_AGAIN = (UnfitPassword, NotFromOurPages, TooMany)


@dataclass(frozen=True)
class PasswordByLink:
    """One kind of such links."""

    path: str
    """Behind the company's name, beginning with a slash; the token is its query."""
    template: str
    """Extends password_by_link.html with its own words."""
    look: Callable[[str, str], Awaitable[Account]]
    """Whose password a token sets at a company, by its slug. Raises what stands against it."""
    set_password: Callable[[str, str, str, str], Awaitable[SignedIn]]
    """Token, password, client, slug: sets it and lets them in. Raises as `look`, `TooMany` and `UnfitPassword`."""


def add_password_by_link(router: APIRouter, shell: Shell, kind: PasswordByLink) -> None:
    """Add the page and its form."""

    def page(
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
            kind.template,
            refused=refused,
            holds_token=True,
            link_path=kind.path,
            token=token,
            who=account.name if account else "",
            address=account.addresses[0] if account and account.addresses else "",
            open=refused is None or isinstance(refused, _MAY_TRY_AGAIN),
        )

    @router.get("/{company}" + kind.path)
    async def show(request: Request, company: str, token: Annotated[str, Query(max_length=2000)] = "") -> Response:
        """The form, or why the link leads nowhere."""
        found = await shell.company(company)
        try:
            account = await kind.look(token, found.slug)
        except Condition as error:
            return page(request, found, token, refused=error)
        return page(request, found, token, account=account)

    @router.post("/{company}" + kind.path)
    async def set_password(
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
            signed_in = await kind.set_password(token, password, client_of(request), found.slug)
        except Condition as error:
            return page(request, found, token, refused=error)
        response = shell.see(await shell.home_of(signed_in.session.acting) or "/")
        shell.gate.welcome(request, response, signed_in)
        return response
