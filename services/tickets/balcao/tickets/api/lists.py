"""Routes of lists: tickets by filters and in an order, how many there are, and the numbers of the home page."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ValidationError

from balcao.shared.mongo import Document
from balcao.tickets.api.commands import ActingPerson, Member
from balcao.tickets.api.views import row_for_requester, row_for_team
from balcao.tickets.domain.conditions import BadFilter
from balcao.tickets.domain.filters import Filter, Order
from balcao.tickets.domain.ticket import ACTIVE
from balcao.tickets.finding import Asked, TicketFinder
from balcao.tickets.store.lists import Count, Page
from balcao.tickets.store.views import Views

router = APIRouter(prefix="/v1", tags=["lists"])
MOST_SHOWN = 500
_LISTED = "stage kind band workspace project tag analyst executor requester".split()
Listed = Annotated[str | None, Query(max_length=2_000)]


async def finder_of(request: Request) -> TicketFinder:
    """What finds tickets on this server."""
    finder: TicketFinder = request.app.state.finder
    return finder


Finder = Annotated[TicketFinder, Depends(finder_of)]


async def asked(
    request: Request,
    acting: ActingPerson,
    *,
    status: Annotated[
        str | None,
        Query(max_length=200, description="Comma-separated; `active`, the team's default, needs somebody; `any`."),
    ] = None,
    stage: Listed = None,
    kind: Listed = None,
    band: Annotated[str | None, Query(max_length=100, description="Bands of priority (O9).")] = None,
    workspace: Listed = None,
    project: Listed = None,
    tag: Listed = None,
    analyst: Annotated[
        str | None, Query(max_length=2_000, description="Ids of people, `me`, or `none`: nobody.")
    ] = None,
    executor: Annotated[
        str | None, Query(max_length=2_000, description="Who acts in the current stage: ids, `me`, `none` (H9).")
    ] = None,
    requester: Listed = None,
    promised_from: Annotated[str | None, Query(max_length=10, description="First day promised, YYYY-MM-DD.")] = None,
    promised_until: Annotated[
        str | None, Query(max_length=10, description="Last day promised, itself included.")
    ] = None,
    work: Annotated[str | None, Query(max_length=10, description="`today` or `overdue` (W17).")] = None,
    unassigned: Annotated[bool, Query(description="Nobody answers for it; the same as `analyst=none`.")] = False,
    highlighted: Annotated[bool, Query(description="Only what wants to be looked at.")] = False,
    order: Annotated[
        str | None, Query(max_length=10, description="rank (by priority), newest, oldest, updated, promised.")
    ] = None,
    view: Annotated[
        str | None, Query(max_length=100, description="A saved view; what is given beside it replaces what it says.")
    ] = None,
) -> Asked:
    """What the query string asks for, all of it validated. Raises `BadFilter`, saying which field and why."""
    typed = {"stage": stage, "kind": kind, "band": band, "workspace": workspace, "project": project, "tag": tag}
    typed |= {"analyst": "none" if unassigned else analyst, "executor": executor, "requester": requester}
    given: dict[str, Any] = {name: value.split(",") for name, value in typed.items() if value}
    given |= {"promised_from": promised_from, "promised_until": promised_until, "work": work}
    given = {name: value for name, value in given.items() if value}
    if highlighted:
        given["highlighted"] = True
    chosen = order
    if view is not None and acting.is_team:
        views: Views = request.app.state.views
        saved = (await views.get(acting.company_id, acting.person_id, view)).content
        given = saved.filter.model_dump(exclude_defaults=True) | given
        given["status"] = _statuses(status, given.get("status"))
        chosen = order or saved.order
    else:
        given["status"] = _statuses(status, tuple(ACTIVE) if acting.is_team else None)
    return _asked(given, chosen)


TheAsked = Annotated[Asked, Depends(asked)]


@router.get("/tickets")
async def list_tickets(
    finder: Finder,
    acting: ActingPerson,
    asked: TheAsked,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    after: Annotated[str | None, Query(max_length=100, description="`next` of the page before.")] = None,
    counted: Annotated[
        Literal["stage"] | None,
        Query(description="For the team: also, as `counted`, what `/tickets/count?by=stage` says of all stages."),
    ] = None,
) -> Document:
    """A page of tickets; a guest sees their own only (P2, P5). What needs somebody comes by priority (O9), all else the
    newest first, unless an `order` is given. `behind` says that changes of the last moments may be missing."""
    if counted is not None and acting.is_team:
        page, count, stages = await finder.page_and_counts(acting, asked, after=after, limit=limit)
        return _listed(page, row_for_team) | {"counted": _by_stage(count, stages)}
    page = await finder.page(acting, asked, after=after, limit=limit)
    return _listed(page, row_for_team if acting.is_team else row_for_requester)


@router.get("/tickets/count")
async def count_tickets(
    finder: Finder,
    acting: ActingPerson,
    asked: TheAsked,
    by: Annotated[Literal["stage"] | None, Query(description="Also how many of them each stage has.")] = None,
) -> Document:
    """How many tickets the list with these filters has, and how a screen shows that: `500+` for more than 500."""
    if by is None:
        found = await finder.count(acting, asked)
        return _counted(found.count) | {"behind": found.behind}
    return _by_stage(*await finder.count_by_stage(acting, asked))


@router.get("/tickets/rows")
async def some_rows(
    finder: Finder,
    acting: Member,
    asked: TheAsked,
    numbers: Annotated[str, Query(pattern=r"^\d{1,12}(,\d{1,12}){0,99}$", description="Of at most 100 tickets.")],
) -> Document:
    """Some tickets of a list as they are now: what an open page asks for when they changed. `left` names the filters
    that one does not fit any more; empty: it is in the list."""
    found = await finder.rows(acting, asked, [int(number) for number in numbers.split(",")])
    return {"items": [{**row_for_team(document), "left": list(left)} for document, left in found]}


@router.get("/tickets/places")
async def count_places(request: Request, finder: Finder, acting: Member) -> Document:
    """How many tickets there are in each place of the desk (mine, with_me, triage, waiting, all), of today's work
    and overdue with me (W17), and in each of the first saved views by its id."""
    views: Views = request.app.state.views
    counts = await finder.places(acting, await views.of(acting.company_id, acting.person_id))
    return {"places": {place: _counted(count.count) for place, count in counts.items()}}


@router.get("/home")
async def home(finder: Finder, acting: Member) -> Document:
    """Tickets with me by stage (H9), due today and overdue (W17), and the newest (R2)."""
    found = await finder.home(acting)
    return {**found, "newest": [row_for_team(document) for document in found["newest"]]}


def _listed(page: Page, row: Callable[[Document], Document]) -> Document:
    answer: Document = {"items": [row(document) for document in page.rows], "next": page.following}
    return answer | ({"behind": True} if page.behind else {})


def _by_stage(found: Count, stages: Mapping[str, int]) -> Document:
    by_stage = {stage: _counted(count) for stage, count in stages.items()}
    return _counted(found.count) | {"behind": found.behind, "by_stage": by_stage}


def _counted(count: int) -> Document:
    return {"count": count, "shown": str(count) if count <= MOST_SHOWN else f"{MOST_SHOWN}+"}


def _statuses(typed: str | None, default: Any) -> Any:
    if typed == "any":
        return None
    if typed == "active":
        return tuple(ACTIVE)
    return typed.split(",") if typed else default


def _asked(given: dict[str, Any], order: str | None) -> Asked:
    try:
        wanted = Filter.model_validate(given)
        natural: Order = "rank" if wanted.status is not None and set(wanted.status) <= ACTIVE else "newest"
        return Asked(wanted, _ORDERS[order] if order is not None else natural)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "filter"
        raise BadFilter(f"{field}: {first['msg']}", field=field) from None
    except KeyError:
        raise BadFilter("there is no such order", field="order", possible=sorted(_ORDERS)) from None


_ORDERS: dict[str, Order] = {
    "rank": "rank",
    "newest": "newest",
    "oldest": "oldest",
    "updated": "updated",
    "promised": "promised",
}
