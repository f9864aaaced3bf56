"""Forgotten passwords by JSON: having a link sent, and setting another password by its token (P1)."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body
from balcao.portal_api.api.sessions import Opened, opened
from balcao.portal_api.forgotten_passwords import ForgottenPasswords

Responses = dict[int | str, dict[str, Any]]


class Forgotten(Body):
    """Who can't sign in where."""

    company: str = Field(min_length=1, max_length=100, description="The company's name in addresses (slug).")
    address: str = Field(min_length=3, max_length=320, description="An e-mail address of the person.")


class AnotherPassword(Body):
    """The token of a link, and the password that its reader chooses."""

    token: str = Field(min_length=1, max_length=2000, description="What stands behind `token=` in the link.")
    password: str = Field(min_length=1, max_length=2000, description="8 to 1,024 characters.")


def routes(forgotten: ForgottenPasswords) -> APIRouter:
    """Routes about forgotten passwords; nobody is signed in at them."""
    router = APIRouter(responses={status: PROBLEMS[status] for status in (409, 422)})
    throttled: Responses = {429: {"description": "Too many tries; see Retry-After."}}

    @router.post("/passwords/forgotten", status_code=202, response_class=Response, responses=throttled)
    async def ask_for_link(body: Forgotten, request: Request) -> Response:
        """Have a link to a new password sent, if this address is that of somebody who may sign in there.

        The answer is the same whether or not it is. 409 `no-public-url` where links would lead nowhere.
        """
        await forgotten.ask(body.company, body.address, _client(request))
        return Response(status_code=202)

    @router.post("/passwords", status_code=201, responses=throttled)
    async def set_by_link(body: AnotherPassword, request: Request) -> Opened:
        """Set another password by a link, and sign in. It works once, for two hours; all other sessions end.

        422 `password-link-broken`, 409 `password-link-used` or `password-link-expired`.
        """
        return opened(await forgotten.set(body.token, body.password, _client(request)))

    return router


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"
