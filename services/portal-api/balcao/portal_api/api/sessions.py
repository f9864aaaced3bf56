"""Signing in and out by JSON."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from balcao.portal_api.api.passing import PROBLEMS, Body
from balcao.portal_api.gate import Gate, Roles
from balcao.portal_api.sign_in import SignedIn, SignIn
from balcao.shared.tokens import Acting


class Credentials(Body):
    """Who signs in where."""

    company: str = Field(min_length=1, max_length=100, description="The company's name in addresses (slug).")
    address: str = Field(min_length=3, max_length=320, description="An e-mail address of the person.")
    password: str = Field(min_length=1, max_length=1024)


class NewPassword(Body):
    """Another password for oneself."""

    current: str = Field(min_length=1, max_length=1024, description="The one that holds now.")
    new: str = Field(min_length=1, max_length=2000, description="8 to 1,024 characters.")


class Ended(BaseModel):
    """What became of one's other sessions."""

    ended: int = Field(description="How many were ended.")


class Me(BaseModel):
    """The person who is signed in."""

    id: str
    company_id: str
    name: str
    address: str
    roles: list[str] = Field(description="admin, agent, producer; empty for a guest.")
    locale: str | None


class Opened(BaseModel):
    """A session. Send the token as `Authorization: Bearer <token>`."""

    token: str
    person: Me


def routes(gate: Gate, roles: Roles, sign_in: SignIn) -> APIRouter:
    """Routes about the session itself."""
    router = APIRouter(responses={status: PROBLEMS[status] for status in (401, 422)})

    @router.post("/sessions", status_code=201, responses={429: {"description": "Too many tries; see Retry-After."}})
    async def open_session(body: Credentials, request: Request) -> Opened:
        """Sign in with a password.

        401 says only that something is wrong, not what. Tries are limited per address and per client.
        """
        client = request.client.host if request.client else "unknown"
        return opened(await sign_in.open(body.company, body.address, body.password, client))

    @router.delete("/sessions", status_code=204)
    async def end_session(request: Request, _: Annotated[Acting, Depends(roles.anyone)]) -> Response:
        """Sign out: the token is worth nothing from now on."""
        visitor = await gate.page_visitor(request)
        await sign_in.close(visitor.session)
        response = Response(status_code=204)
        if visitor.by_cookie:
            gate.farewell(request, response)
        return response

    @router.delete("/sessions/others")
    async def end_other_sessions(request: Request, _: Annotated[Acting, Depends(roles.anyone)]) -> Ended:
        """Sign out everywhere but here."""
        visitor = await gate.page_visitor(request)
        return Ended(ended=await sign_in.end_others(visitor.session))

    @router.put("/me/password", responses={429: {"description": "Too many tries; see Retry-After."}})
    async def change_password(
        body: NewPassword, request: Request, _: Annotated[Acting, Depends(roles.anyone)]
    ) -> Ended:
        """Change one's own password. All other sessions end; this one goes on.

        422 `wrong-password` when `current` is not the password that holds, `unfit-password` for a new one that does
        not do.
        """
        visitor = await gate.page_visitor(request)
        return Ended(ended=await sign_in.change_password(visitor.session, body.current, body.new))

    @router.get("/me")
    async def me(acting: Annotated[Acting, Depends(roles.anyone)]) -> Me:
        """Who is signed in, with the roles they have now."""
        return _me(acting)

    return router


def opened(signed_in: SignedIn) -> Opened:
    """A session that was just opened, as its client gets it."""
    return Opened(token=signed_in.token, person=_me(signed_in.session.acting))


def _me(acting: Acting) -> Me:
    return Me(
        id=acting.person_id,
        company_id=acting.company_id,
        name=acting.name,
        address=acting.address,
        roles=list(acting.roles),
        locale=acting.locale,
    )
