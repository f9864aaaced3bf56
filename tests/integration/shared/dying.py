"""A process that dies between commit and publish: `… dying <mongo url> <database> <amqp url> <prefix>`.

One commit with two facts is said; at the second one the process ends.
"""

import asyncio
import os
import sys

from balcao.shared.commit import Committer, Work
from balcao.shared.events import AnyEnvelope
from balcao.shared.mongo import Mongo
from balcao.shared.outbox import OUTBOX, Relay
from tests.integration.shared.probe import ProbeBus, registered


class DyingBus(ProbeBus):
    """Ends the process instead of saying anything, once told."""

    deadly = False

    async def publish(self, event: AnyEnvelope, body: bytes | None = None) -> None:
        """Say it or die."""
        if self.deadly:
            os._exit(9)
        await super().publish(event, body)


async def die(mongo_url: str, database: str, amqp_url: str, prefix: str) -> None:
    """Two commits; the second one is durable and never said."""
    mongo, bus = Mongo(mongo_url, database), DyingBus(amqp_url, prefix)
    await bus.connect_only()
    committer = Committer(mongo, Relay(mongo.db, bus))
    await committer.save(Work(events=[registered(), registered()]))
    while await mongo.db[OUTBOX].count_documents({}):
        await asyncio.sleep(0.01)
    bus.deadly = True
    await committer.save(Work(events=[registered(), registered()]))
    await asyncio.sleep(10)


if __name__ == "__main__":
    asyncio.run(die(*sys.argv[1:5]))
