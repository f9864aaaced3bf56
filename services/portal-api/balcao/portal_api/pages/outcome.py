"""What became of a merge, a split or a moved message, and taking it back (W15): a page of its own for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.obstacles import Obstacle, Obstacles
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, Invalid, NotFound, Unavailable
from balcao.shared.ids import new_id

Json = Mapping[str, Any]
Refusals = (UpstreamRefused, Invalid, Unavailable)


@dataclass(frozen=True)
class Outcome:
    """What was done, as a ticket's history shows it."""

    title: str
    words: str
    tickets: Sequence[Json]
    """The tickets it was about, each with `number` and `title`: the one to go on with first."""
    undo: str
    """The address that takes it back; empty when it was taken back, or can't be."""
    fields: Mapping[str, str]
    is_undone: bool = False


def entry_of(ticket: Json, n: int, *types: str) -> Json:
    """An entry of a ticket's history of one of these types. Raises `NotFound`."""
    for entry in ticket.get("timeline") or ():
        if entry["n"] == n and entry["type"] in types:
            return dict(entry)
    raise NotFound("no such page or resource")


def latest(ticket: Json, *types: str) -> int:
    """The number of the latest entry of one of these types."""
    return max(int(one["n"]) for one in ticket.get("timeline") or () if one["type"] in types)


def undone_later(ticket: Json, n: int) -> bool:
    """Whether an entry of a ticket's history was taken back."""
    steps = (one for one in ticket.get("timeline") or () if one["type"] == "ticket.step_undone.v1")
    return any(n in one["data"].get("entries", ()) for one in steps)


def number_in(request: Request, name: str) -> int:
    """A number in the address; zero where there is none."""
    value = request.query_params.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 13 else 0


async def show_outcome(
    shell: Shell, upstreams: Upstreams, place: Place, outcome: Outcome, error: Condition | None = None
) -> Response:
    """The page; with an error, it says why it can't be taken back any more."""
    obstacles: list[Obstacle] = []
    if error is not None:
        obstacles = Obstacles(shell.words(place), shell.moments(place)).of(error)
    return shell.page(
        place,
        "outcome.html",
        status=status_for(error) if error else 200,
        outcome=outcome,
        obstacles=obstacles,
        once=new_id(),
        **await beside(upstreams, place.acting),
    )
