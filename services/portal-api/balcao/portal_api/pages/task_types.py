"""The types of tasks, to choose from on a ticket's page."""

import asyncio
from typing import Any

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.shared.errors import Unavailable
from balcao.shared.tokens import Acting

_PATIENCE_S = 1.0


async def task_types(upstreams: Upstreams, acting: Acting) -> list[dict[str, Any]]:
    """Those in use. None where production does not say in time: a ticket is worth showing all the same, and a task that
    names no type is of the default one."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return list((await upstreams.workflow.get("/v1/task-types", acting)).json().get("items") or ())
    except (TimeoutError, Unavailable, UpstreamRefused):
        return []
