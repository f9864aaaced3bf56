"""The companies that mail is taken for: in memory for every recipient, from the database when one is not known."""

import asyncio
import contextlib

import structlog

from balcao.intake.domain.address import Directory
from balcao.intake.store import Companies
from balcao.shared.events import CompanyProfile

_REFRESH_EVERY_S = 15.0

_log = structlog.get_logger()


class KnownCompanies:
    """Which addresses belong to whom. Another replica may have heard of a company first, so memory alone never says
    that an address is unknown."""

    def __init__(self, store: Companies) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self._started = 0
        self._finished = 0
        self._refresher: asyncio.Task[None] | None = None
        self.directory = Directory()

    async def learn(self, company: CompanyProfile) -> None:
        """A company was configured; the highest version wins, in whatever order they come."""
        if await self._store.learn(company):
            await self.reload()
            _log.info("company.learned", company_id=company.id, version=company.version)

    async def knows(self, address: str) -> bool:
        """Whether mail to this address is for one of the companies. Raises the driver's errors when nobody can say."""
        if self.directory(address) is None:
            await self.reload()
        return self.directory(address) is not None

    async def reload(self) -> None:
        """Read the companies again; callers that come meanwhile share the next reading."""
        wanted = self._started + 1
        async with self._lock:
            if self._finished >= wanted:
                return
            self._started += 1
            number = self._started
            self.directory = Directory(await self._store.all())
            self._finished = number

    async def start(self) -> None:
        """Read them for the first time, and from then on now and then: an address may have been taken away."""
        await self.reload()
        self._refresher = asyncio.create_task(self._refresh_forever())

    async def stop(self) -> None:
        """Stop reading."""
        if self._refresher is not None:
            self._refresher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._refresher

    async def _refresh_forever(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_EVERY_S)
            try:
                await self.reload()
            except Exception as error:  # the next time, then
                _log.warning("company.refresh_failed", reason=str(error)[:200])
