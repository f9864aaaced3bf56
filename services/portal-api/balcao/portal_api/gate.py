"""Who is at the door: reads the session of a request, and lets a change pass only when it comes from our own pages."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.datastructures import FormData

from balcao.portal_api.domain import csrf
from balcao.portal_api.domain.access import require_admin, require_desk, require_team
from balcao.portal_api.sign_in import SignedIn, SignIn
from balcao.portal_api.store import Session
from balcao.shared.errors import NotAllowed, NotSignedIn
from balcao.shared.tokens import Acting

COOKIE = "balcao_session"
_VISIT = "balcao_visit"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_in_docs = (
    HTTPBearer(auto_error=False, description="The token from POST /api/v1/sessions."),
    APIKeyCookie(name=COOKIE, auto_error=False, description="Set by the sign-in page; changes also need X-CSRF-Token."),
)


class NotFromOurPages(NotAllowed):
    """The request does not come from a page of ours."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in."""

    session: Session
    by_cookie: bool

    @property
    def acting(self) -> Acting:
        """The person and their roles, as of the last change of their profile."""
        return self.session.acting


class Gate:
    """Tells who makes a request, and sets and takes away the cookie."""

    def __init__(self, sign_in: SignIn, secret: str, public_url: str) -> None:
        self._sign_in = sign_in
        # A key of its own: what proves a form must prove nothing else.
        self._secret = hashlib.sha256(b"csrf" + secret.encode()).hexdigest()
        self._public_url = public_url

    async def visitor(self, request: Request) -> Visitor:
        """The signed-in visitor, for JSON. Raises `NotSignedIn`; for a change by cookie also `NotFromOurPages`."""
        visitor = await self.page_visitor(request)
        if visitor.by_cookie and request.method not in _SAFE:
            self.require_token(request, visitor, request.headers.get("x-csrf-token", ""))
        return visitor

    async def page_visitor(self, request: Request) -> Visitor:
        """The signed-in visitor, for pages: a page that changes something checks its form by `form`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer" or not token:
                raise NotSignedIn("the Authorization header must be `Bearer <token>`")
            return Visitor(await self._sign_in.read(token.strip()), by_cookie=False)
        cookie = request.cookies.get(self._cookie_name(request))
        if not cookie:
            raise NotSignedIn("sign in first")
        return Visitor(await self._sign_in.read(cookie), by_cookie=True)

    async def visitor_or_none(self, request: Request) -> Visitor | None:
        """The visitor when they are signed in."""
        try:
            return await self.page_visitor(request)
        except NotSignedIn:
            return None

    async def form(self, request: Request, visitor: Visitor) -> FormData:
        """The fields of a form of ours. Raises `NotFromOurPages`."""
        self.require_own_origin(request)
        form = await request.form(max_files=20, max_fields=200, max_part_size=1024 * 1024)
        self.require_token(request, visitor, str(form.get("csrf", "")))
        return form

    def require_token(self, request: Request, visitor: Visitor, token: str) -> None:
        """Raise `NotFromOurPages` unless origin and token say that a page of ours sent this."""
        self.require_own_origin(request)
        if not csrf.token_holds(token, self._secret, visitor.session.key):
            raise NotFromOurPages("the form is not from this session; reload the page and try again")

    def token(self, visitor: Visitor) -> str:
        """The hidden field for the forms of a page."""
        return csrf.token_for(self._secret, visitor.session.key)

    # before sign-in there is no session to tie a form to: a cookie of its own stands in for it

    def visit_token(self, request: Request, response: Response) -> str:
        """The hidden field for the sign-in form."""
        visit = request.cookies.get(_VISIT) or secrets.token_urlsafe(18)
        self._set_cookie(request, response, _VISIT, visit, max_age=86400)
        return csrf.token_for(self._secret, f"visit:{visit}")

    def require_visit_token(self, request: Request, token: str) -> None:
        """Raise `NotFromOurPages` unless the sign-in form is the one this browser was given."""
        self.require_own_origin(request)
        visit = request.cookies.get(_VISIT)
        if not visit or not csrf.token_holds(token, self._secret, f"visit:{visit}"):
            raise NotFromOurPages("the sign-in form has expired; try again")

    def welcome(self, request: Request, response: Response, signed_in: SignedIn) -> None:
        """Give the browser its session."""
        # Whether it still holds is decided here, by how it is used.
        age = int(self._sign_in.longest.total_seconds())
        self._set_cookie(request, response, self._cookie_name(request), signed_in.token, max_age=age)

    def farewell(self, request: Request, response: Response) -> None:
        """Take the session from the browser, and what it kept of our pages."""
        name, secure = self._cookie_name(request), self.is_secure(request)
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
        response.headers["clear-site-data"] = '"cache"'

    def address_of(self, request: Request) -> str:
        """The address by which people and programs reach us, without a slash at its end."""
        return (self._public_url or str(request.base_url)).rstrip("/")

    def is_secure(self, request: Request) -> bool:
        """Whether people reach us over TLS."""
        return (self._public_url or str(request.base_url)).startswith("https:")

    def _set_cookie(self, request: Request, response: Response, name: str, value: str, *, max_age: int) -> None:
        secure = self.is_secure(request)
        response.set_cookie(name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="lax")

    def _cookie_name(self, request: Request) -> str:
        return f"__Host-{COOKIE}" if self.is_secure(request) else COOKIE

    def require_own_origin(self, request: Request) -> None:
        """Raise `NotFromOurPages` when the browser says that another site sent this."""
        if not csrf.from_own_pages(request.headers, self._public_url or str(request.base_url)):
            raise NotFromOurPages("the request comes from another site")


class Roles:
    """Dependencies for JSON routes: the visitor, once their role allows it."""

    def __init__(self, gate: Gate) -> None:
        async def anyone(
            request: Request, _: Annotated[object, Depends(_in_docs[0])], __: Annotated[object, Depends(_in_docs[1])]
        ) -> Acting:
            return (await gate.visitor(request)).acting

        async def team(acting: Annotated[Acting, Depends(anyone)]) -> Acting:
            require_team(acting)
            return acting

        async def desk(acting: Annotated[Acting, Depends(anyone)]) -> Acting:
            require_desk(acting)
            return acting

        async def admin(acting: Annotated[Acting, Depends(anyone)]) -> Acting:
            require_admin(acting)
            return acting

        self.anyone = anyone
        """Everybody who is signed in, guests included."""
        self.team = team
        """Agents, producers, admins; to a guest the route does not exist."""
        self.desk = desk
        """Agents and admins."""
        self.admin = admin
        """Administrators."""
