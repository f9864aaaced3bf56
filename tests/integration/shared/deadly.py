"""A process whose handler ends it: `python -m tests.integration.shared.deadly <amqp url> <prefix>`."""

import asyncio
import os
import sys
from typing import Any

from tests.integration.shared.probe import HEAR, ProbeBus


async def live_until_a_message_comes(url: str, prefix: str) -> None:
    """Handle one message by ending at once, as a segmentation fault or the kernel's memory killer would."""
    bus = ProbeBus(url, prefix)

    @bus.on(HEAR)
    async def hear(event: Any) -> None:
        del event
        os._exit(9)

    await bus.start()
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(live_until_a_message_comes(sys.argv[1], sys.argv[2]))
