"""Access to MongoDB: the one place that creates a client. Nothing outside the store modules touches the driver."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from prometheus_client import Counter
from pymongo import ASCENDING, monitoring
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Document]

COMMANDS = Counter("balcao_database_commands_total", "Commands sent to the database.", ["command"])

DATABASE_AWAY = (ConnectionFailure,)
"""What is raised when the database goes while it is being talked to, or is not there; it comes back."""

_log = structlog.get_logger()
_OTHER_OPTIONS = frozenset({85, 86})
"""IndexOptionsConflict and IndexKeySpecsConflict: there is one on these fields, but not the one that is wanted."""
_QUIET = frozenset({"hello", "isMaster", "ping", "endSessions", "killCursors"})


@dataclass(frozen=True)
class Index:
    """An index a service needs. `why` names the query it serves, for docs and reviewers."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    why: str
    unique: bool = False
    partial: Document | None = None
    expire_after_s: int | None = None

    @classmethod
    def on(cls, collection: str, *fields: str, why: str, **options: Any) -> "Index":
        """An index on these fields; a leading minus means descending."""
        keys = tuple((field.removeprefix("-"), -1 if field.startswith("-") else ASCENDING) for field in fields)
        return cls(collection, keys, why, **options)


class Mongo:
    """One service's database. Writes are acknowledged by a majority and journaled: nothing acknowledged is lost."""

    def __init__(self, url: str, database: str) -> None:
        self.client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url,
            w="majority",
            journal=True,
            tz_aware=True,
            uuidRepresentation="standard",
            serverSelectionTimeoutMS=3000,
            connectTimeoutMS=3000,
            socketTimeoutMS=20000,
            retryWrites=True,
            appname=f"balcao:{database}",
            event_listeners=[_CommandWatch()],
        )
        self.db: Database = self.client.get_database(database, codec_options=CodecOptions(tz_aware=True))

    async def wait_until_up(self) -> None:
        """Return once the server answers, saying meanwhile what is waited for."""
        waited = 0
        while True:
            try:
                await self.client.admin.command("ping")
                return
            except PyMongoError as error:
                if waited % 10 == 0:
                    _log.warning("start.waiting_for_database", reason=str(error)[:200])
                waited += 1
                await asyncio.sleep(0.3)

    async def is_up(self) -> bool:
        """Whether the server answers now."""
        try:
            await asyncio.wait_for(self.client.admin.command("ping"), 2)
        except (PyMongoError, TimeoutError):
            return False
        return True

    async def create_indexes(self, indexes: Sequence[Index]) -> None:
        """Create what is missing, anew where an older version of the service made it with other options.

        Safe to run from several replicas at once.
        """
        existing = set(await self.db.list_collection_names())
        for collection in {index.collection for index in indexes} - existing:
            # Made beforehand: a collection cannot everywhere be created inside a transaction.
            try:
                await self.db.create_collection(collection)
            except PyMongoError as error:
                if getattr(error, "code", None) != 48:  # NamespaceExists: another replica was quicker
                    raise
        for index in indexes:
            if index.keys == (("_id", 1),):
                continue
            options: Document = {"unique": index.unique}
            if index.partial is not None:
                options["partialFilterExpression"] = index.partial
            if index.expire_after_s is not None:
                options["expireAfterSeconds"] = index.expire_after_s
            try:
                await self.db[index.collection].create_index(list(index.keys), **options)
            except OperationFailure as error:
                if error.code not in _OTHER_OPTIONS:
                    raise
                await self._create_anew(index, options)

    async def _create_anew(self, index: Index, options: Document) -> None:
        _log.warning("index.created_anew", collection=index.collection, keys=[key for key, _ in index.keys])
        with suppress(OperationFailure):  # another replica dropped it
            await self.db[index.collection].drop_index(list(index.keys))
        await self.db[index.collection].create_index(list(index.keys), **options)

    def close(self) -> None:
        """Close all connections."""
        self.client.close()


class _CommandWatch(monitoring.CommandListener):
    """Counts commands, and makes each a step of the trace when the trace is recorded."""

    def __init__(self) -> None:
        self._spans: dict[int, Span] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in _QUIET:
            return
        COMMANDS.labels(event.command_name).inc()
        if trace.get_current_span().is_recording():
            target = event.command.get(event.command_name)
            name = f"{event.command_name} {target}" if isinstance(target, str) else event.command_name
            attributes = {"db.system": "mongodb", "db.name": event.database_name, "db.operation": event.command_name}
            self._spans[event.request_id] = trace.get_tracer("balcao").start_span(
                name, kind=SpanKind.CLIENT, attributes=attributes
            )

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if self._spans and (started := self._spans.pop(event.request_id, None)) is not None:
            started.end()

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        if self._spans and (started := self._spans.pop(event.request_id, None)) is not None:
            started.set_attribute("error", True)
            started.end()
