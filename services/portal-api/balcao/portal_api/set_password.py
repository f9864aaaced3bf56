"""`python -m balcao.portal_api set-password`: an operator gives an account its password."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from getpass import getpass

from balcao.portal_api.companies import Companies
from balcao.portal_api.passwords import Passwords
from balcao.portal_api.settings import GatewaySettings
from balcao.portal_api.sign_in import SignIn
from balcao.portal_api.store import Store
from balcao.shared.errors import Condition, NotFound
from balcao.shared.mongo import Mongo

PASSWORD_VARIABLE = "BALCAO_NEW_PASSWORD"  # noqa: S105 - the variable's name
_LOOK_AGAIN_S = 0.2


def set_password(settings: GatewaySettings, company: str, addresses: Sequence[str], wait_s: float) -> int:
    """Set it for each of them, and say so. Waits up to `wait_s` seconds for the accounts. Returns the exit code."""
    password = os.environ.get(PASSWORD_VARIABLE) or _typed()
    if not password:
        sys.stderr.write(f"No password: write it to standard input or set {PASSWORD_VARIABLE}.\n")
        return 2
    try:
        ended = asyncio.run(_set_all(settings, company, addresses, password, wait_s))
    except Condition as error:
        sys.stderr.write(f"{error.message[:1].upper()}{error.message[1:]}.\n")
        return 1
    sys.stdout.write(f"Password set for {', '.join(addresses)} at {company}; {ended} session(s) ended." + "\n")
    return 0


def _typed() -> str:
    """What is typed, unseen at a terminal."""
    return getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


async def _set_all(
    settings: GatewaySettings, company: str, addresses: Sequence[str], password: str, wait_s: float
) -> int:
    """Set it for one after the other; returns how many sessions ended.

    Raises `NotFound` for an account that does not come in time, `Invalid` for a bad password.
    """
    mongo = Mongo(settings.mongo_url, settings.database_prefix + "portal_api")
    passwords, deadline = Passwords(), time.monotonic() + wait_s
    store = Store(mongo)
    sign_in = SignIn(store, Companies(store), passwords, timedelta(days=settings.session_days))
    try:
        await asyncio.wait_for(mongo.wait_until_up(), max(wait_s, 1))
        return sum([await _set(sign_in, company, one, password, deadline) for one in addresses])
    except TimeoutError:
        raise NotFound("the database does not answer") from None
    finally:
        passwords.close()
        mongo.close()


async def _set(sign_in: SignIn, company: str, address: str, password: str, deadline: float) -> int:
    """Try until the account is there, or `deadline` (monotonic) has come."""
    while True:
        try:
            return await sign_in.set_password(company, address, password)
        except NotFound as missing:
            if time.monotonic() >= deadline:
                raise NotFound(f"{missing.message} (waited for the directory to say so): {address}") from None
            await asyncio.sleep(_LOOK_AGAIN_S)
