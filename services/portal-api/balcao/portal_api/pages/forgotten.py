"""Somebody forgot their password (P1): asking for a link, and the page behind it that sets another one."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from balcao.portal_api.forgotten_passwords import ForgottenPasswords
from balcao.portal_api.pages.door import client_of, door_page
from balcao.portal_api.pages.password_by_link import PasswordByLink, add_password_by_link
from balcao.portal_api.pages.shell import Shell
from balcao.shared.errors import Condition


def routes(shell: Shell, forgotten: ForgottenPasswords) -> APIRouter:
    """Both pages and their forms."""
    router = APIRouter()
    _asking(router, shell, forgotten)
    behind_link = PasswordByLink("/password/new", "new_password.html", forgotten.look, forgotten.set)
    add_password_by_link(router, shell, behind_link)
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
