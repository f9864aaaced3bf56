"""The company's logo, which its letters carry."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from balcao.portal_api.api.passing import PROBLEMS, IfMatch, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.portal_api.logos import Logos
from balcao.shared.tokens import Acting


def routes(roles: Roles, upstreams: Upstreams, logos: Logos) -> APIRouter:
    """Routes below /company/logo."""
    router = APIRouter(prefix="/company/logo", responses=PROBLEMS)
    anyone = Annotated[Acting, Depends(roles.anyone)]
    admin = Annotated[Acting, Depends(roles.admin)]

    @router.get("", response_class=Response)
    async def show_logo(acting: anyone, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """The image, for everybody who is signed in; 404 where there is none."""
        return await logos.open(acting.company_id, if_none_match)

    @router.put("", response_class=Response)
    async def put_logo(request: Request, acting: admin, if_match: IfMatch = None, once: Once = None) -> Response:
        """Set the logo: the body is the image, a PNG, JPEG, GIF or WebP of at most 100 KiB and 4,000 pixels a side.

        What it is, its bytes say. Answers the company's settings.
        """
        logo = await logos.keep(await request.body())
        given = {"logo": logo.model_dump()}
        return passed_on(await upstreams.tickets.patch("/v1/company", acting, given, if_match=if_match, once=once))

    @router.delete("", response_class=Response)
    async def drop_logo(acting: admin, if_match: IfMatch = None, once: Once = None) -> Response:
        """Have no logo any more. Answers the company's settings."""
        given = {"logo": None}
        return passed_on(await upstreams.tickets.patch("/v1/company", acting, given, if_match=if_match, once=once))

    return router
