"""The shared file store: content-addressed on GridFS, equal bytes kept once, events carry only the reference."""

import hashlib
from contextlib import suppress
from functools import cached_property
from typing import Any

from motor.motor_asyncio import AsyncIOMotorGridFSBucket
from pymongo.errors import DuplicateKeyError

from balcao.shared.errors import Invalid, NotFound
from balcao.shared.mongo import Mongo

SCHEME = "sha256:"
MOST_BYTES = 64 * 1024 * 1024


class Files:
    """Puts and opens files by the hash of their content."""

    def __init__(self, mongo: Mongo) -> None:
        self._db = mongo.db

    @cached_property
    def _bucket(self) -> AsyncIOMotorGridFSBucket:
        """Made at its first use: it ties the client to the event loop, and wiring comes before there is one."""
        return AsyncIOMotorGridFSBucket(self._db, bucket_name="files")

    async def put(self, content: bytes) -> str:
        """Keep these bytes; returns their file id. Putting the same bytes again changes nothing.

        Raises `Invalid` past 64 MiB.
        """
        if len(content) > MOST_BYTES:
            raise Invalid(f"a file may have at most {MOST_BYTES // 1024 // 1024} MiB", most_bytes=MOST_BYTES)
        file_id = SCHEME + hashlib.sha256(content).hexdigest()
        if await self._db["files.files"].find_one({"_id": file_id}, {"_id": 1}) is None:
            with suppress(DuplicateKeyError):  # another process put the very same bytes at the same moment
                await self._bucket.upload_from_stream_with_id(file_id, file_id, content)
        return file_id

    async def get(self, file_id: str) -> bytes:
        """The bytes of a file. Raises `NotFound` for an id the store does not know, or whose bytes are damaged."""
        if await self._db["files.files"].find_one({"_id": file_id}, {"_id": 1}) is None:
            raise NotFound("no such file")
        stream: Any = await self._bucket.open_download_stream(file_id)
        content: bytes = await stream.read()
        if SCHEME + hashlib.sha256(content).hexdigest() != file_id:
            raise NotFound("the file is damaged")
        return content
