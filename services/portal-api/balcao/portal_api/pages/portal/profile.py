"""Who one is here: name and language, appearance, password, the way out."""

from fastapi import APIRouter, Request, Response

from balcao.portal_api import language as languages
from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, Unavailable

_MOST_NAME = 200
_YEAR_S = 365 * 24 * 3600


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """The page, and its form for guests; those of the team have theirs at the desk."""
    router = APIRouter()

    @router.get("/{company}/my/profile")
    async def show(request: Request, company: str) -> Response:
        """One's own profile."""
        return await _page(shell, upstreams, await shell.place(request, company))

    @router.post("/{company}/my/profile")
    async def change(request: Request, company: str) -> Response:
        """Change one's name, and the language of the pages and mails one gets."""
        place = await shell.place(request, company)
        form = await shell.gate.form(request, place.visitor)
        name, locale = " ".join(str(form.get("name", "")).split())[:_MOST_NAME], str(form.get("locale", ""))
        locale = locale if locale in languages.LANGUAGES else shell.words(place).code
        try:
            await upstreams.tickets.patch("/v1/me", as_requester(place.acting), {"name": name, "locale": locale})
        except (UpstreamRefused, Unavailable) as error:
            return await _page(shell, upstreams, place, error, name)
        response = shell.see(place.my("/profile", saved=1))
        # What was chosen in this browser before would go on winning over the profile.
        secure = shell.gate.is_secure(request)
        response.set_cookie(
            languages.COOKIE, locale, max_age=_YEAR_S, path="/", secure=secure, samesite="lax", httponly=True
        )
        return response

    return router


async def _page(
    shell: Shell, upstreams: Upstreams, place: Place, error: Condition | None = None, typed: str | None = None
) -> Response:
    try:
        profile = (await upstreams.tickets.get("/v1/me", as_requester(place.acting))).json()
    except (UpstreamRefused, Unavailable):
        profile = {}
    query = place.request.query_params
    return shell.page(
        place,
        "portal_profile.html",
        status=status_for(error) if error else 200,
        name=typed if typed is not None else profile.get("name") or place.acting.name,
        refused=refusal(shell.words(place), error) if error else None,
        saved=query.get("saved") == "1",
        has_new_password=query.get("password") == "changed",
        has_left_elsewhere="ended" in query,
    )
