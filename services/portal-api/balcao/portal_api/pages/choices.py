"""What the forms of the desk offer to choose from: the company's tags, workspaces and projects."""

import asyncio
from dataclasses import dataclass
from typing import Any

from balcao.portal_api.clients import Upstream, Upstreams
from balcao.shared.tokens import Acting

Json = dict[str, Any]


@dataclass(frozen=True)
class Choices:
    """What a company sorts its tickets by; archived things are not offered."""

    tags: list[Json]
    workspaces: list[Json]
    projects: list[Json]

    def workspace(self, id_: str | None) -> str:
        """A workspace's name; a dash for none."""
        return next((str(one["name"]) for one in self.workspaces if one["id"] == id_), "—")

    def projects_by_workspace(self) -> list[tuple[str, list[Json]]]:
        """Projects below the name of their workspace; those of no workspace under a dash."""
        groups: dict[str, list[Json]] = {}
        for one in self.projects:
            groups.setdefault(self.workspace(one.get("workspace_id")), []).append(one)
        return sorted(groups.items())


async def choices(upstreams: Upstreams, acting: Acting) -> Choices:
    """Ask for all of them at once. Raises what the service raises."""
    tags, workspaces, projects = await asyncio.gather(
        *(_items(upstreams.tickets, path, acting) for path in ("/v1/tags", "/v1/workspaces", "/v1/projects"))
    )
    return Choices(tags, workspaces, projects)


async def _items(service: Upstream, path: str, acting: Acting) -> list[Json]:
    return list((await service.get(path, acting)).json().get("items") or ())
