"""Tags: words that tickets, interactions and tasks are marked with (O14, W19)."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import StringConstraints

from balcao.shared.events import Fact, TagConfigured, TagProfile
from balcao.tickets.domain.conditions import UnknownTag
from balcao.tickets.domain.items import Item

Colour = Annotated[str, StringConstraints(to_lower=True, pattern=r"^#[0-9a-fA-F]{6}$")]
"""#rrggbb."""
TagName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class Tag(Item):
    """A tag of the company. Archived, it stays where it is and is offered no more."""

    noun: ClassVar[str] = "tag"
    says: ClassVar[type[Fact]] = TagConfigured

    colour: str | None = None

    def about(self) -> dict[str, Any]:
        """Each of its facts carries it whole."""
        profile = TagProfile(
            id=self.id, name=self.name, colour=self.colour, archived=self.archived, version=self.version
        )
        return {"tag": profile}


def require_offered(ids: Iterable[str], tags: Mapping[str, Tag]) -> None:
    """Raise `UnknownTag` when one of these ids is none of a tag that can still be chosen."""
    unknown = [id_ for id_ in ids if id_ not in tags or tags[id_].archived]
    if unknown:
        raise UnknownTag("there is no such tag", tags=unknown)
