"""Who may give which command of the directory: everybody of the team looks, agents sort, administrators set up."""

from typing import Annotated

from fastapi import Depends

from balcao.shared.errors import NotAllowed
from balcao.shared.tokens import Acting
from balcao.tickets.api.commands import Command, TheCommand
from balcao.tickets.domain.conditions import OnlyAdministrators


async def by_admin(command: TheCommand) -> Command:
    """A command that only administrators may give. Raises `OnlyAdministrators`."""
    require_admin(command.acting)
    return command


async def by_desk(command: TheCommand) -> Command:
    """A command that agents and administrators may give. Raises `NotAllowed`."""
    if not {"admin", "agent"} & set(command.acting.roles):
        raise NotAllowed("only people of the desk may do this")
    return command


def require_admin(acting: Acting) -> None:
    """Raise `OnlyAdministrators` for anybody else."""
    if not is_admin(acting):
        raise OnlyAdministrators("only administrators may do this")


def is_admin(acting: Acting) -> bool:
    """Whether this is an administrator."""
    return "admin" in acting.roles


AdminCommand = Annotated[Command, Depends(by_admin)]
DeskCommand = Annotated[Command, Depends(by_desk)]
