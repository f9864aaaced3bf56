"""The way in and out: sign-in page, sign-out, language and theme."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from balcao.portal_api import language as languages
from balcao.portal_api.domain.local_path import local_path
from balcao.portal_api.pages.door import client_of, door_page
from balcao.portal_api.pages.shell import THEME_COOKIE, THEMES, Shell
from balcao.portal_api.sign_in import SignIn
from balcao.shared.errors import Condition, NotSignedIn
from balcao.shared.events import CompanyProfile

_YEAR_S = 365 * 24 * 3600


def routes(shell: Shell, sign_in: SignIn) -> APIRouter:
    """Pages about the session."""
    router = APIRouter()
    _doors(router, shell)
    _forms(router, shell, sign_in)
    _preferences(router, shell)
    return router


def _doors(router: APIRouter, shell: Shell) -> None:
    @router.get("/")
    async def start(request: Request, company: Annotated[str | None, Query(max_length=100)] = None) -> Response:
        """Where somebody goes who knows only the host: home, or the sign-in page of their company."""
        visitor = await shell.gate.visitor_or_none(request)
        if visitor is not None and (home := await shell.home(visitor)):
            return shell.see(home)
        found = await shell.companies.by_slug(company.strip().lower()) if company else await shell.companies.only_one()
        if found is not None:
            return shell.see(f"/{found.slug}/sign-in")
        return shell.open_page(request, None, "which_company.html", wanted=company, status=404 if company else 200)

    @router.get("/{company}")
    @router.get("/{company}/my")
    async def home(request: Request, company: str) -> Response:
        """A company's front door."""
        place = await shell.place(request, company)
        if request.url.path.endswith("/my"):
            return shell.see(place.my("/tickets"))
        return shell.see(await shell.home(place.visitor) or "/")

    @router.get("/{company}/sign-in")
    async def show(
        request: Request, company: str, next_: Annotated[str | None, Query(alias="next")] = None, ended: str = ""
    ) -> Response:
        """The sign-in form."""
        found = await shell.company(company)
        return _form(shell, request, next_, company=found, ended=bool(ended))


def _forms(router: APIRouter, shell: Shell, sign_in: SignIn) -> None:
    @router.post("/{company}/sign-in")
    async def enter(
        request: Request,
        company: str,
        address: Annotated[str, Form(max_length=320)] = "",
        password: Annotated[str, Form(max_length=1024)] = "",
        csrf: Annotated[str, Form(max_length=200)] = "",
        next_: Annotated[str | None, Form(alias="next")] = None,
    ) -> Response:
        """Sign in and go on to the page that was wanted."""
        found = await shell.company(company)
        try:
            shell.gate.require_visit_token(request, csrf)
            signed_in = await sign_in.open(found.slug, address, password, client_of(request))
        except Condition as error:
            return _form(shell, request, next_, company=found, refused=error, address=address)
        home = await shell.home_of(signed_in.session.acting)
        response = shell.see(local_path(next_) or home or "/")
        shell.gate.welcome(request, response, signed_in)
        return response

    @router.post("/{company}/sign-out")
    async def leave(request: Request, company: str) -> Response:
        """Sign out."""
        response = shell.see(f"/{company}/sign-in?out=1")
        try:
            visitor = await shell.gate.page_visitor(request)
        except NotSignedIn:
            return response
        await shell.gate.form(request, visitor)
        await sign_in.close(visitor.session)
        shell.gate.farewell(request, response)
        return response


def _preferences(router: APIRouter, shell: Shell) -> None:
    @router.post("/language")
    async def speak(
        request: Request,
        language: Annotated[str, Form(max_length=20)] = "",
        back: Annotated[str | None, Form(max_length=4000)] = None,
    ) -> Response:
        """Choose this browser's language before signing in; the page comes again in it."""
        shell.gate.require_own_origin(request)
        response = shell.see(local_path(back) or "/")
        if language in languages.LANGUAGES:
            _keep(shell, request, response, languages.COOKIE, language)
        return response

    @router.post("/{company}/preferences")
    async def prefer(request: Request, company: str) -> Response:
        """Choose language and theme for this browser."""
        place = await shell.place(request, company)
        form = await shell.gate.form(request, place.visitor)
        response = shell.see(local_path(str(form.get("back", ""))) or place.root)
        for cookie, value, known in (
            (languages.COOKIE, str(form.get("language", "")), tuple(languages.LANGUAGES)),
            (THEME_COOKIE, str(form.get("theme", "")), THEMES),
        ):
            if value in known:
                _keep(shell, request, response, cookie, value)
            elif value == "auto":
                secure = shell.gate.is_secure(request)
                response.delete_cookie(cookie, path="/", secure=secure, httponly=True, samesite="lax")
        return response


def _keep(shell: Shell, request: Request, response: Response, cookie: str, value: str) -> None:
    """Let this browser remember a choice for a year."""
    secure = shell.gate.is_secure(request)
    response.set_cookie(cookie, value, max_age=_YEAR_S, path="/", secure=secure, samesite="lax", httponly=True)


def _form(
    shell: Shell,
    request: Request,
    wanted: str | None,
    *,
    company: CompanyProfile,
    refused: Condition | None = None,
    address: str = "",
    ended: bool = False,
) -> Response:
    return door_page(
        shell,
        request,
        company,
        "sign_in.html",
        refused=refused,
        next=local_path(wanted) or "",
        address=address,
        ended=ended,
    )
