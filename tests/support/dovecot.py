"""A real IMAP server for tests: Dovecot as a private child process with a folder of its own."""

import asyncio
import contextlib
import grp
import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

USER, PASSWORD = "suporte", "mel e canela"
_READY_WITHIN_S = 30.0
_MISSING = "the IMAP tests need Dovecot; on Debian: apt-get install --no-install-recommends dovecot-imapd"


class NoDovecot(Exception):
    """Dovecot is not installed; the text says what to install."""


class Dovecot:
    """The server. Mail is put into its folders as a delivery agent does, whether it runs or not."""

    def __init__(self, root: Path, port: int, *, capability: str = "", cert: Path | None = None) -> None:
        """`capability` replaces what the server says it can do; with `cert` (certificate and key in one file) it
        offers TLS."""
        program = shutil.which("dovecot", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")
        if program is None:
            raise NoDovecot(_MISSING)
        self.port = port
        self._program = program
        self._root = root
        self._capability = capability
        self._cert = cert
        self._process: asyncio.subprocess.Process | None = None
        self._delivered = itertools.count(1)
        self._home = root / "home"
        self._home.mkdir(parents=True, exist_ok=True)
        # It opens no mailbox as root.
        self._owner = pwd.getpwnam("mail") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self._own(self._home)

    @property
    def log(self) -> str:
        """What the server has to say of itself."""
        return (self._root / "log").read_text(errors="replace")

    async def start(self) -> None:
        """Return once it answers."""
        config = self._root / "dovecot.conf"
        config.write_text(self._configuration())
        with (self._root / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._program,
                "-F",
                "-c",
                str(config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _READY_WITHIN_S
        while not await self._answers():
            assert self._process.returncode is None, f"Dovecot ended: {self.log[-2000:]}"
            assert time.monotonic() < deadline, f"Dovecot does not answer: {self.log[-2000:]}"
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End it as an operator does."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), 5)
        await self.kill()

    async def kill(self) -> None:
        """End it and all of its processes at once, in the middle of whatever they do."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """Put a mail into a folder (one that is there); `flags` as Maildir has them: S is seen."""
        maildir = self._maildir(folder)
        for part in (self._maildir("INBOX"), maildir, *(maildir / name for name in ("tmp", "new", "cur"))):
            if not part.exists():
                part.mkdir()
                self._own(part)
        name = f"{time.time():.6f}.{os.getpid()}_{next(self._delivered)}.test"
        (maildir / "tmp" / name).write_bytes(raw.replace(b"\r\n", b"\n"))
        self._own(maildir / "tmp" / name)
        target = maildir / "cur" / f"{name}:2,{flags}" if flags else maildir / "new" / name
        (maildir / "tmp" / name).rename(target)

    def mails(self, folder: str = "INBOX") -> list[tuple[bytes, str]]:
        """What lies in a folder: each mail's bytes and its flags."""
        return [(path.read_bytes(), path.name.partition(":2,")[2]) for path in self.files(folder)]

    def files(self, folder: str = "INBOX") -> list[Path]:
        """The mails of a folder, the oldest first."""
        maildir = self._maildir(folder)
        return sorted(path for part in ("new", "cur") for path in (maildir / part).glob("*"))

    def flags(self, folder: str = "INBOX") -> list[str]:
        """The flags of each mail in a folder, sorted."""
        return sorted(path.name.partition(":2,")[2] for path in self.files(folder))

    def renumber(self) -> None:
        """Forget all UIDs, as a server does that was restored or moved: UIDVALIDITY changes. Only while it is down."""
        assert self._process is None
        for path in self._home.rglob("dovecot*"):
            if path.is_file():
                path.unlink()
        # It takes the time in seconds, which may be the same one again.
        validity = next(_validities)
        numbers = self._maildir("INBOX") / "dovecot-uidlist"
        numbers.write_text(f"3 V{validity} N1 G{validity:032x}\n")
        self._own(numbers)

    def _own(self, path: Path) -> None:
        if os.getuid() == 0:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _maildir(self, folder: str) -> Path:
        root = self._home / "Maildir"
        return root if folder == "INBOX" else root / f".{folder}"

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            async with asyncio.timeout(5):
                return (await reader.readline()).startswith(b"* OK")
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()

    def _configuration(self) -> str:
        me = pwd.getpwuid(os.getuid())
        # Its login processes refuse to run as root, and can't change their user when it is not root who started them.
        is_root = me.pw_uid == 0
        internal = "dovecot" if is_root else me.pw_name
        group = "dovecot" if is_root else grp.getgrgid(me.pw_gid).gr_name
        users = self._root / "users"
        users.write_text(f"{USER}:{{PLAIN}}{PASSWORD}:{self._owner.pw_uid}:{self._owner.pw_gid}::{self._home}::\n")
        tls = f"ssl = yes\nssl_cert = <{self._cert}\nssl_key = <{self._cert}\n" if self._cert else "ssl = no\n"
        offered = f"protocol imap {{\n  imap_capability = {self._capability}\n}}\n" if self._capability else ""
        return f"""
base_dir = {self._root}/run
state_dir = {self._root}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {"dovenull" if is_root else me.pw_name}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:~/Maildir
mail_fsync = never
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0 secs
login_trusted_networks = 127.0.0.0/8
{tls}{offered}
passdb {{
  driver = passwd-file
  args = {users}
}}
userdb {{
  driver = passwd-file
  args = {users}
}}
service auth {{
  user = {me.pw_name}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap {{
  process_limit = 50
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


_validities = itertools.count(int(time.time()) + 1000)


def a_free_port() -> int:
    """A port nobody listens on, below those that the system hands out to clients."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


@asynccontextmanager
async def dovecot(*, capability: str = "", cert: Path | None = None) -> AsyncIterator[Dovecot]:
    """A running server on a free port; its folder is removed at the end."""
    # Not below a test's own folder: names of its sockets would be too long, and its own users must get through.
    root = Path(tempfile.mkdtemp(prefix="dovecot-"))
    root.chmod(0o755)
    server = Dovecot(root, a_free_port(), capability=capability, cert=cert)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()  # which takes no second
        shutil.rmtree(root, ignore_errors=True)
