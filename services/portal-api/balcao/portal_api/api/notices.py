"""What somebody of the team was told in the product itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from balcao.portal_api.api.passing import PROBLEMS, After, Limit, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about one's own notices."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    notice_id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,200}$")]

    @router.get("/notices", response_class=Response)
    async def list_notices(acting: team, limit: Limit = 50, after: After = None) -> Response:
        """One's own notices, the latest first: `{items, unread}`."""
        return passed_on(await upstreams.notifier.get("/v1/notices", acting, limit=limit, after=after))

    @router.get("/notices/unread", response_class=Response)
    async def count_unread_notices(acting: team) -> Response:
        """The number at the bell: `{unread}`."""
        return passed_on(await upstreams.notifier.get("/v1/notices/unread", acting))

    @router.post("/notices/read", response_class=Response)
    async def read_all_notices(acting: team) -> Response:
        """Mark all of one's own notices as read; answers how many were not: `{read}`."""
        return passed_on(await upstreams.notifier.post("/v1/notices/read", acting, {}))

    @router.post("/notices/{notice_id}/read", response_class=Response)
    async def read_notice(notice_id: notice_id, acting: team) -> Response:
        """Mark a notice as read."""
        return passed_on(await upstreams.notifier.post(f"/v1/notices/{notice_id}/read", acting, {}))

    return router
