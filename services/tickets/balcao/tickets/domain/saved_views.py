"""Views that people save: a named filter with an order, one's own or shared with the team."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from balcao.tickets.domain.conditions import NotYourView
from balcao.tickets.domain.filters import Filter, Order

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
MOST_VIEWS = 200
"""Per person, and as many shared ones per company."""


class ViewContent(BaseModel):
    """What a saved view says, as its maker gives it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    shared: bool = Field(default=False, description="Whether the whole team has it; else only who made it.")
    place: int = Field(default=0, ge=0, le=10_000, description="Where it stands among the views: lower comes first.")
    filter: Filter = Filter()
    order: Order = "rank"
    text: Annotated[str, StringConstraints(max_length=300)] = Field(
        default="", description="What is searched for within the filter; empty: nothing."
    )


class SavedView(BaseModel):
    """A saved view."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    company_id: str
    owner_id: str
    version: int = 1
    content: ViewContent

    def is_seen_by(self, person_id: str) -> bool:
        """Whether somebody of the team has it: their own, and what others share."""
        return self.content.shared or self.owner_id == person_id


def may_change(view: SavedView, person_id: str, *, is_admin: bool) -> None:
    """Let only its maker change a view, or an administrator a shared one. Raises `NotYourView`."""
    if view.owner_id != person_id and not is_admin:
        raise NotYourView("only who made a shared view, or an administrator, may change it")
