"""Workspaces: the clients or brands that a company works for."""

from typing import Any, ClassVar

from balcao.shared.events import Fact, WorkspaceConfigured, WorkspaceProfile
from balcao.tickets.domain.items import Item


class Workspace(Item):
    """A client or brand. Archived, it takes no new tickets; those it has go on."""

    noun: ClassVar[str] = "workspace"
    says: ClassVar[type[Fact]] = WorkspaceConfigured

    number: int

    def about(self) -> dict[str, Any]:
        """Each of its facts carries it whole."""
        profile = WorkspaceProfile(
            id=self.id, number=self.number, name=self.name, archived=self.archived, version=self.version
        )
        return {"workspace": profile}
