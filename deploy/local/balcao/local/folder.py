"""The data folder of one stack: its lock, its secret, its logs, and whether there is room left on the disk."""

import fcntl
import os
import secrets
import shutil
from pathlib import Path
from typing import IO

from balcao.local.errors import DiskFull, FolderInUse, StackProblem

# RabbitMQ stops taking messages below 200 MB, so starting with less than this would not go well for long.
NEEDED_MB = 500
LOG_LIMIT_BYTES = 20_000_000


class DataFolder:
    """Everything a stack keeps, below one folder that only one running stack may use."""

    def __init__(self, root: Path) -> None:
        """Nothing is touched until `open`."""
        self.root = root.absolute()
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Create and lock the folder; raise `FolderInUse`, `DiskFull` or `StackProblem` when that can't be."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            (self.root / "log").mkdir(exist_ok=True)
        except OSError as error:
            raise StackProblem(f"the data folder {self.root} can't be used: {error.strerror}") from error
        free_mb = shutil.disk_usage(self.root).free // 1_000_000
        if free_mb < NEEDED_MB:
            self.close()
            raise DiskFull(self.root, free_mb, NEEDED_MB)

    def close(self) -> None:
        """Let another stack use the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def path(self, *parts: str) -> Path:
        """A folder below the root, made when missing."""
        path = self.root.joinpath(*parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, name: str) -> Path:
        """Where the process `name` logs; a log grown large is moved aside (one older one is kept)."""
        path = self.root / "log" / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    def secret(self) -> str:
        """The secret that the services share, made once and readable by the owner only."""
        path = self.root / "service-secret"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            secret = path.read_text().strip()
            if len(secret) < 32:
                raise StackProblem(f"{path} is damaged; remove it to get a new one (old reply addresses end)") from None
            return secret
        secret = secrets.token_urlsafe(48)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        return secret

    def _take_lock(self) -> None:
        lock = (self.root / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise FolderInUse(self.root, holder) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}\n")
        lock.flush()
        self._lock = lock
