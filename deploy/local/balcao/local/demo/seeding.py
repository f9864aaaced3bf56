"""Brings the demo company into a running stack: directory, then passwords. Quick when all of it is there already."""

import asyncio
import sys
from collections.abc import Sequence

from balcao.local.demo.company import PASSWORD, DemoCompany, Player
from balcao.local.demo.doors import Doors
from balcao.local.demo.waiting import NotYet, Unmet, eventually
from balcao.local.errors import StackProblem
from balcao.local.stack import Stack

COMMAND_WITHIN_S = 120.0
ACCOUNTS_WITHIN_S = 90
"""For the gateway to hear of the people, while the other command is still at work."""


async def seed(stack: Stack, doors: Doors, company: DemoCompany) -> int:
    """Set the company up, and return once its people can sign in and mails to it are taken.

    Returns how many passwords had to be set. Raises `StackProblem` when a command fails, `Unmet` when the services
    don't learn of the company.
    """
    people = company.players
    # They are set in this order, so the last one tells whether it has been done.
    missing = () if await _can_sign_in(doors, company, people[-1]) else people
    # Side by side: most of a command is loading its code, and the second waits for what the first brings.
    try:
        async with asyncio.TaskGroup() as commands:
            commands.create_task(_run(stack, "tickets", ["configure", str(company.path)]))
            commands.create_task(_set_passwords(stack, company, missing))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    await eventually(f"mails to {company.address} to be taken", lambda: _is_taken(doors, company.address))
    return len(missing)


async def _can_sign_in(doors: Doors, company: DemoCompany, person: Player) -> bool:
    try:
        await doors.sign_in(company.slug, person.address, PASSWORD)
    except Unmet:
        return False
    return True


async def _is_taken(doors: Doors, address: str) -> None:
    if not await doors.takes_mail_for(address):
        raise NotYet("them refused")


async def _set_passwords(stack: Stack, company: DemoCompany, people: Sequence[Player]) -> None:
    if people:
        addresses = [word for person in people for word in ("--address", person.address)]
        words = ["set-password", "--company", company.slug, "--wait", str(ACCOUNTS_WITHIN_S), *addresses]
        await _run(stack, "portal-api", words, typed=PASSWORD + "\n")


async def _run(stack: Stack, service: str, arguments: Sequence[str], typed: str = "") -> str:
    """Run a service's command with that service's settings; what it printed. Raises `StackProblem`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"balcao.{service.replace('-', '_')}",
        *arguments,
        env=stack.env(service),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(typed.encode()), COMMAND_WITHIN_S)
    except BaseException:
        process.kill()
        raise
    if process.returncode != 0:
        end = said.decode("utf-8", "replace")[-2000:]
        raise StackProblem(f"`balcao.{service} {arguments[0]}` ended with exit code {process.returncode}:\n{end}")
    return said.decode("utf-8", "replace")
