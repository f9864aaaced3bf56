"""What the forms of the desk offer to choose from: the company's tags, workspaces, projects and words of priority."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from balcao.portal_api.clients import Upstream, Upstreams
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.surroundings import BandWords, band_words
from balcao.shared.tokens import Acting

Json = dict[str, Any]


@dataclass(frozen=True)
class Choices:
    """What a company sorts its tickets by; archived things are not offered."""

    tags: list[Json]
    workspaces: list[Json]
    projects: list[Json]
    bands: Mapping[str, Json]

    def band(self, priority: int) -> BandWords:
        """The company's words for the band that a priority is in (O9)."""
        return band_words(self.bands, labels.band(priority))

    def workspace(self, id_: str | None) -> str:
        """A workspace's name; a dash for none."""
        return next((str(one["name"]) for one in self.workspaces if one["id"] == id_), "—")

    def projects_by_workspace(self) -> list[tuple[str, list[Json]]]:
        """Projects below the name of their workspace; those of no workspace under a dash."""
        groups: dict[str, list[Json]] = {}
        for one in self.projects:
            groups.setdefault(self.workspace(one.get("workspace_id")), []).append(one)
        return sorted(groups.items())


async def choices(upstreams: Upstreams, acting: Acting, locale: str) -> Choices:
    """Ask for all of them at once, words in one language. Raises what the service raises."""
    company, tags, projects = await asyncio.gather(
        upstreams.tickets.get("/v1/company", acting),
        _items(upstreams.tickets, "/v1/tags", acting),
        _items(upstreams.tickets, "/v1/projects", acting),
    )
    settled = company.json()
    bands = (settled.get("priority_words") or {}).get(locale) or {}
    return Choices(tags, list(settled.get("workspaces") or ()), projects, bands)


async def _items(service: Upstream, path: str, acting: Acting) -> list[Json]:
    return list((await service.get(path, acting)).json().get("items") or ())
