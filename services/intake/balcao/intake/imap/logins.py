"""How a mailbox is opened: password or OAuth 2.0 token, fetched anew each time so that both may change."""

import asyncio
import contextlib
from pathlib import Path

from balcao.intake.imap.connection import Connection
from balcao.intake.imap.mailbox import ImapMailbox

_COMMAND_WITHIN_S = 30.0
_MOST_SECRET = 64 * 1024


class NoSecret(Exception):
    """The password or token can't be had. The message never holds it."""


async def log_in(connection: Connection, mailbox: ImapMailbox) -> None:
    """Log in. Raises `NoSecret`, `LoginRefused`, `NotOffered` and what the connection raises."""
    if mailbox.password is not None:
        await connection.login(mailbox.user, mailbox.password.get_secret_value())
    elif mailbox.password_file is not None:
        await connection.login(mailbox.user, await _content(mailbox.password_file))
    elif mailbox.token_file is not None:
        await connection.login_by_token(mailbox.user, await _content(mailbox.token_file))
    else:
        assert mailbox.token_command is not None
        await connection.login_by_token(mailbox.user, await _said_by(mailbox.token_command))


async def _content(path: Path) -> str:
    try:
        return _cleaned((await asyncio.to_thread(path.read_bytes))[:_MOST_SECRET])
    except OSError as error:
        raise NoSecret(f"{path.name} can't be read ({type(error).__name__})") from None


async def _said_by(command: tuple[str, ...]) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise NoSecret(f"token_command can't be run ({type(error).__name__})") from None
    try:
        async with asyncio.timeout(_COMMAND_WITHIN_S):
            said, _ = await process.communicate()
    except TimeoutError:
        raise NoSecret(f"token_command took longer than {_COMMAND_WITHIN_S:g} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        raise NoSecret(f"token_command ended with {process.returncode}")
    return _cleaned(said[:_MOST_SECRET])


def _cleaned(raw: bytes) -> str:
    """The secret without the end of its line."""
    try:
        secret = raw.decode().strip("\r\n")
    except UnicodeDecodeError:
        raise NoSecret("the password or token is no text") from None
    if not secret or "\n" in secret or "\0" in secret:
        raise NoSecret("the password or token is not one line of text")
    return secret
