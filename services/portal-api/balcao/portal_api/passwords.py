"""Passwords: argon2id, computed off the event loop, and the same work for an account that does not exist."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from balcao.shared.errors import Invalid

LEAST_CHARACTERS = 8
MOST_CHARACTERS = 1024


class UnfitPassword(Invalid):
    """A password is not too short and not too long."""


class Passwords:
    """Hashes and checks passwords; at most two at a time, since each takes a core and 46 MiB."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
        self._nobody = self._hasher.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises `UnfitPassword` for a password that is too short or absurdly long."""
        if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
            raise UnfitPassword(f"a password has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one that was hashed; never for no hash, and that takes just as long."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._matches, password, password_hash)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: str, password_hash: str | None) -> bool:
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None
