"""The number beside the bell: worth showing, never worth waiting for."""

import asyncio

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.shared.errors import Unavailable
from balcao.shared.tokens import Acting

_PATIENCE_S = 0.5


async def unread_notices(upstreams: Upstreams, acting: Acting) -> int | None:
    """How many unread notices this person has; none when `notifier` does not say within half a second."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            answer = await upstreams.notifier.get("/v1/notices", acting, limit=1)
    except (TimeoutError, Unavailable, UpstreamRefused):
        return None
    unread = answer.json().get("unread")
    return unread if isinstance(unread, int) else None
