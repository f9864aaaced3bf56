"""Sends out together what was gathered: looks for what is due, shared among replicas by the deliveries' versions."""

from typing import Any

import structlog

from balcao.notifier.domain.gathering import fact_of, id_of
from balcao.notifier.retries import Retries
from balcao.notifier.store.gathering import Gathering
from balcao.shared import telemetry
from balcao.shared.clock import now
from balcao.shared.events import Envelope
from balcao.shared.lookout import Lookout

LOOKS_EVERY_S = 1.0

_log = structlog.get_logger()


class Gatherer:
    """What waits at the end of its window becomes one fact, which is told like any other."""

    def __init__(self, gathering: Gathering, retries: Retries) -> None:
        self._gathering = gathering
        self._retries = retries
        self.lookout = Lookout("gathering", self.work_off, LOOKS_EVERY_S)

    async def work_off(self) -> int:
        """Send out what is due now; returns for how many people."""
        count = 0
        while due := await self._gathering.whose_is_due(now()):
            for whose in due:
                await self._tell(whose)
            count += len(due)
        return count

    async def _tell(self, whose: str) -> None:
        gathered = await self._gathering.of(whose)
        if not gathered:
            return
        if len(gathered) == 1:
            if await self._gathering.let_go(gathered[0]):
                self._retries.wake()
            return
        newest = gathered[-1].event
        id_ = id_of(gathered)
        fact = Envelope[Any](
            id=id_,
            source="notifier",
            type=(data := fact_of(gathered)).type,
            subject=id_,
            time=now(),
            correlationid=newest.correlationid,
            causationid=newest.id,
            companyid=newest.companyid,
            traceparent=telemetry.traceparent(),
            data=data,
        )
        if await self._gathering.tell_together(gathered, fact):
            _log.info("notices.gathered", company_id=newest.companyid, count=len(gathered))
