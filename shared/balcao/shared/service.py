"""The life of a service process: starts in any order, waits for its servers and says so, ends gracefully on SIGTERM."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
import uvicorn
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from balcao.shared import telemetry
from balcao.shared.bus import BROKER_AWAY, Bus
from balcao.shared.commit import Committer
from balcao.shared.http import create_app
from balcao.shared.mongo import DATABASE_AWAY, Index, Mongo
from balcao.shared.outbox import OUTBOX, Relay
from balcao.shared.settings import ServiceSettings

_log = structlog.get_logger()
Step = Callable[[], Awaitable[None]]

OUTBOX_INDEXES = (Index.on(OUTBOX, "at", why="the sweeper takes the oldest first"),)


class Service:
    """One process: its database, bus, outbox and HTTP server, started and stopped in the right order.

    `app` wiring adds routes to `http`, handlers to `bus`, and steps for what is its own.
    """

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        *,
        indexes: tuple[Index, ...] = (),
        bus: Bus | None = None,
        most_body_bytes: int = 1024 * 1024,
    ) -> None:
        self.name = name
        self.settings = settings
        self.mongo = Mongo(settings.mongo_url, settings.database_prefix + name.replace("-", "_"))
        self.bus = bus or Bus(settings.amqp_url, service=name, prefetch=settings.prefetch)
        self.relay = Relay(self.mongo.db, self.bus)
        self.committer = Committer(self.mongo, self.relay)
        self.http: FastAPI = create_app(f"Balcão {name}", ready=self.missing, most_body_bytes=most_body_bytes)
        self.http.state.service_secret = settings.service_secret.get_secret_value()
        self.http.router.lifespan_context = self._lifespan
        self._indexes = (*indexes, *OUTBOX_INDEXES)
        self._before_handlers: list[Step] = []
        self._after_start: list[Step] = []
        self._before_stop: list[Step] = []
        self._when_leaving: list[Step] = []
        self._waiting_for: str | None = "start"
        self._starting: asyncio.Task[None] | None = None

    def before_handlers(self, step: Step) -> Step:
        """Do this at start, when database and broker are there and before any message is handled.

        Done again from its beginning when one of them goes away meanwhile.
        """
        self._before_handlers.append(step)
        return step

    def after_start(self, step: Step) -> Step:
        """Do this at start, after the handlers run (open doors such as SMTP)."""
        self._after_start.append(step)
        return step

    def before_stop(self, step: Step) -> Step:
        """Do this first when the process ends (close doors)."""
        self._before_stop.append(step)
        return step

    def when_leaving(self, step: Step) -> Step:
        """Do this as soon as the process is asked to end: let go of connections that would never end by themselves."""
        self._when_leaving.append(step)
        return step

    async def leave(self) -> None:
        """Let go of endless connections, before the server waits for the others to finish."""
        for step in self._when_leaving:
            await step()

    async def missing(self) -> dict[str, str]:
        """What this process still waits for, part → reason. Empty when it can do its work."""
        if self._waiting_for is not None:
            return {self._waiting_for: "starting"}
        missing: dict[str, str] = {}
        if not self.bus.is_up():
            missing["broker"] = "not connected"
        if not await self.mongo.is_up():
            missing["database"] = "does not answer"
        return missing

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        telemetry.set_up(self.name, self.settings)
        config = uvicorn.Config(
            self.http,
            host=self.settings.http_host,
            port=self.settings.http_port,
            loop="uvloop",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=10,
            server_header=False,
        )
        _log.info("service.starting", port=self.settings.http_port)
        # uvicorn ends the process by the very signal that stopped it, which supervisors take for a crash.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        _Server(config, self).run()

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        self._starting = asyncio.create_task(self._start())
        self._starting.add_done_callback(_end_process_on_error)
        try:
            yield
        finally:
            await self._stop()

    async def _start(self) -> None:
        while True:
            try:
                await self._prepare()
                break
            except (*DATABASE_AWAY, *BROKER_AWAY) as error:
                _log.warning("start.server_went_away", waiting_for=self._waiting_for, reason=str(error)[:200])
                await asyncio.sleep(0.3)
        self.relay.start()
        await self.bus.start()
        for step in self._after_start:
            await step()
        _know_routes(self.http)
        self._waiting_for = None
        _keep_for_good()
        _log.info("service.ready")

    async def _prepare(self) -> None:
        """All that comes before the first message; begun again from the start when a server goes meanwhile."""
        self._waiting_for = "database"
        await self.mongo.wait_until_up()
        await self.mongo.create_indexes(self._indexes)
        self._waiting_for = "broker"
        await self.bus.connect_only()
        for step in self._before_handlers:
            await step()

    async def _stop(self) -> None:
        """Doors first, then handlers, then what they still had to say."""
        _log.info("service.stopping")
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
        for step in self._before_stop:
            await step()
        await self.bus.stop()
        await self.relay.stop()
        await self.bus.disconnect()
        self.mongo.close()
        telemetry.shut_down()
        _log.info("service.stopped")


class _Server(uvicorn.Server):
    """uvicorn waits for all connections before it ends the application: those that never end are told beforehand."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._service.leave()
        await super().shutdown(sockets)


def _leave(number: int, frame: object) -> None:
    raise SystemExit(0)


def _know_routes(app: FastAPI) -> None:
    """Have FastAPI work out its routes now: it would do so for the first request of each, and take a while."""
    for _ in iter_route_contexts(app.routes):
        pass


def _keep_for_good() -> None:
    """Spare the collector all that the modules hold: looking through it took tens of milliseconds, in the middle of
    somebody's request."""
    gc.collect()
    gc.freeze()


def _end_process_on_error(task: asyncio.Task[None]) -> None:
    """A start that failed for good must not leave a process that looks alive."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("service.start_failed", exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)
