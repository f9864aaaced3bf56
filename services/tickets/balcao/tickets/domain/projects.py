"""Projects: what a workspace's tickets may be grouped by (W11)."""

from typing import Any, ClassVar

from balcao.shared.events import Fact, ProjectConfigured, ProjectProfile
from balcao.tickets.domain.items import Item, folded


class Project(Item):
    """A project of one workspace; two workspaces may each have one of the same name."""

    noun: ClassVar[str] = "project"
    says: ClassVar[type[Fact]] = ProjectConfigured

    workspace_id: str

    def key_of(self, name: str) -> str:
        """Unique among its workspace's projects."""
        return f"{self.workspace_id}\x1f{folded(name)}"

    def about(self) -> dict[str, Any]:
        """Each of its facts carries it whole."""
        profile = ProjectProfile(
            id=self.id, workspace_id=self.workspace_id, name=self.name, archived=self.archived, version=self.version
        )
        return {"project": profile}
