"""The page behind an invitation's link: a new guest sets a password and is in (O3)."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from balcao.portal_api.domain.accounts import Account
from balcao.portal_api.gate import NotFromOurPages
from balcao.portal_api.invitations import Invitations
from balcao.portal_api.pages.shell import Shell, refusal
from balcao.portal_api.passwords import LEAST_CHARACTERS, MOST_CHARACTERS, UnfitPassword
from balcao.portal_api.problems import status_for
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
        client = request.client.host if request.client else "unknown"
        try:
            shell.gate.require_visit_token(request, csrf)
            signed_in = await invitations.accept(token, password, client, found.slug)
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
    holder = Response()
    csrf = shell.gate.visit_token(request, holder)
    page = shell.open_page(
        request,
        company,
        "invitation.html",
        status=status_for(refused) if refused else 200,
        csrf=csrf,
        token=token,
        refused=refusal(shell.language(request, None, company), refused) if refused else None,
        who=account.name if account else "",
        address=account.addresses[0] if account and account.addresses else "",
        open=refused is None or isinstance(refused, _MAY_TRY_AGAIN),
        least=LEAST_CHARACTERS,
        most=MOST_CHARACTERS,
    )
    page.headers.append("set-cookie", holder.headers["set-cookie"])
    # The address holds the token: it goes into no cache, and to no other page.
    page.headers["cache-control"] = "no-store"
    # Not `no-referrer`: browsers then hide the origin of the page's own forms, and the door refuses them.
    page.headers["referrer-policy"] = "strict-origin"
    if isinstance(refused, TooMany) and "retry_after" in refused.details:
        page.headers["retry-after"] = str(refused.details["retry_after"])
    return page
