"""A replica that is killed in the very moment after it has fired a timer: `… mongo_url amqp_url database_prefix`."""

import asyncio
import os
import signal
import sys
from datetime import timedelta

from balcao.shared.clock import now
from balcao.shared.service import Service
from balcao.shared.timekeeping import Timekeeper
from balcao.shared.timers import Timer, Timers
from balcao.tickets.app import desk_of
from balcao.tickets.domain.timers import KINDS
from tests.integration.tickets.running import settings_for


async def main(mongo_url: str, amqp_url: str, database_prefix: str) -> None:
    """Fire what is due in two hours, and die before it is cleaned up."""
    service = Service("tickets", settings_for(mongo_url, amqp_url, database_prefix))
    desk = desk_of(service)

    async def fire_and_die(timer: Timer) -> None:
        await desk.fire_timer(timer)
        os.kill(os.getpid(), signal.SIGKILL)

    # By the clock of today, so that the lease is one of today: only what is due is moved.
    await service.mongo.db["timers"].update_many({}, {"$set": {"at": now() - timedelta(seconds=1)}})
    await Timekeeper(Timers(service.mongo.db), dict.fromkeys(KINDS, fire_and_die)).look()


asyncio.run(main(*sys.argv[1:]))
