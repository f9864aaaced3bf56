"""What each role may do at the door. The services decide again on their own; this refuses early and alike."""

from balcao.shared.errors import NotAllowed, NotFound
from balcao.shared.tokens import Acting

_DESK_ROLES = frozenset({"admin", "agent"})


class OnlyAdministrators(NotAllowed):
    """Only administrators may do this."""


def works_at_desk(acting: Acting) -> bool:
    """Whether they may act on tickets; a producer without that role reads them and works on tasks."""
    return not _DESK_ROLES.isdisjoint(acting.roles)


def require_team(acting: Acting) -> None:
    """Raise `NotFound` for a guest: the desk does not exist for them."""
    if not acting.is_team:
        raise NotFound("no such page or resource")


def require_desk(acting: Acting) -> None:
    """Raise `NotFound` for a guest and `NotAllowed` for a producer who is no agent."""
    require_team(acting)
    if not works_at_desk(acting):
        raise NotAllowed("only agents may do this; producers work on tasks")


def require_admin(acting: Acting) -> None:
    """Raise `NotFound` for a guest and `OnlyAdministrators` for anybody else of the team who is none."""
    require_team(acting)
    if "admin" not in acting.roles:
        raise OnlyAdministrators("only administrators may do this")


def as_requester(acting: Acting) -> Acting:
    """The same person without their roles: what the portal shows is what a guest would see, to the team too (P5)."""
    return acting.model_copy(update={"roles": ()})
