"""What stands beside every page of the desk: the bell's number and one's saved views. Worth showing, never worth
waiting for."""

import asyncio
from typing import Any

from balcao.portal_api.clients import Upstream, UpstreamRefused, Upstreams
from balcao.shared.errors import Unavailable
from balcao.shared.tokens import Acting

_PATIENCE_S = 0.5


async def beside(upstreams: Upstreams, acting: Acting) -> dict[str, Any]:
    """`unread` (how many notices; none when `notifier` does not say within half a second) and `views`, for `page`."""
    notices, views = await asyncio.gather(
        _asked(upstreams.notifier, "/v1/notices", acting, limit=1), _asked(upstreams.tickets, "/v1/views", acting)
    )
    unread = notices.get("unread")
    return {"unread": unread if isinstance(unread, int) else None, "views": views.get("items") or []}


async def _asked(service: Upstream, path: str, acting: Acting, **query: Any) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            answer: dict[str, Any] = (await service.get(path, acting, **query)).json()
            return answer
    except (TimeoutError, Unavailable, UpstreamRefused):
        return {}
