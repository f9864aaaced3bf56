"""What a ticket's page names beside the ticket: workspaces, projects, tags, the company's words for priorities."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from balcao.portal_api.clients import Upstream, UpstreamRefused, Upstreams
from balcao.portal_api.pages import labels
from balcao.shared.errors import Unavailable
from balcao.shared.tokens import Acting

_PATIENCE_S = 1.0
BANDS = ("none", "low", "medium", "high", "urgent")

Json = Mapping[str, Any]


class BandWords(NamedTuple):
    """What the company calls a band of priorities, and what it means in impact; empty where that is not known (O9)."""

    label: str = ""
    impact: str = ""


@dataclass(frozen=True)
class Surroundings:
    """The directory as a ticket's page needs it. Empty where `tickets` did not say in time: ids are then not named."""

    workspaces: Sequence[Json] = ()
    projects: Sequence[Json] = ()
    tags: Mapping[str, Json] = field(default_factory=dict)
    """By id, in the order of their names."""
    bands: Mapping[str, Json] = field(default_factory=dict)
    """What the company calls each band of priorities, and what it means in impact (O9)."""
    policies: Json = field(default_factory=dict)

    def band(self, priority: int | None) -> BandWords:
        """The company's words for the band that a priority is in (O9)."""
        return self.band_called(labels.band(priority or 0))

    def band_called(self, name: str) -> BandWords:
        """The company's words for a band by its name in the code."""
        return band_words(self.bands, name)

    def workspace(self, id_: str | None) -> str:
        """A workspace's name; empty when it is not known."""
        return _name(self.workspaces, id_)

    def project(self, id_: str | None) -> str:
        """A project's name; empty when it is not known."""
        return _name(self.projects, id_)

    def projects_of(self, workspace_id: str | None) -> list[Json]:
        """The projects a ticket of this workspace may have."""
        return [one for one in self.projects if one.get("workspace_id") in (None, workspace_id)]

    def tagged(self, ids: Sequence[str]) -> list[Json]:
        """Tags by their ids; one that is not known by its id alone."""
        return [self.tags.get(id_) or {"id": id_, "name": "…", "colour": None} for id_ in ids]

    def tag_named(self, name: str) -> Json | None:
        """The tag of that name, however it is capitalised."""
        return next((one for one in self.tags.values() if one["name"].casefold() == name.strip().casefold()), None)


async def around(upstreams: Upstreams, acting: Acting, locale: str) -> Surroundings:
    """The directory beside a ticket; worth showing, not worth failing for."""
    company, projects, tags = await asyncio.gather(
        _asked(upstreams.tickets, "/v1/company", acting),
        _asked(upstreams.tickets, "/v1/projects", acting),
        _asked(upstreams.tickets, "/v1/tags", acting, archived=True),
    )
    return Surroundings(
        workspaces=company.get("workspaces") or [],
        projects=projects.get("items") or [],
        tags={one["id"]: one for one in tags.get("items") or ()},
        bands=(company.get("priority_words") or {}).get(locale) or {},
        policies=company.get("policies") or {},
    )


def band_words(bands: Mapping[str, Json], name: str) -> BandWords:
    """The words for a band among those of a company."""
    words = bands.get(name) or {}
    return BandWords(str(words.get("label") or ""), str(words.get("impact") or ""))


async def _asked(service: Upstream, path: str, acting: Acting, **query: Any) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return (await service.get(path, acting, **query)).json()
    except (TimeoutError, Unavailable, UpstreamRefused):
        return {}


def _name(things: Sequence[Json], id_: str | None) -> str:
    return next((str(one["name"]) for one in things if one["id"] == id_), "") if id_ else ""
