"""Routes of saved views, for the team."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from balcao.shared.http import read_version
from balcao.shared.ids import derived_id, new_id
from balcao.shared.mongo import Document
from balcao.tickets.api.commands import Member
from balcao.tickets.domain.saved_views import SavedView, ViewContent, may_change
from balcao.tickets.store.views import Views

router = APIRouter(prefix="/v1/views", tags=["views"])
ViewId = Annotated[str, Path(max_length=100)]
IfMatch = Annotated[str | None, Header()]


async def views_of(request: Request) -> Views:
    """The saved views of this server."""
    views: Views = request.app.state.views
    return views


TheViews = Annotated[Views, Depends(views_of)]


@router.get("")
async def list_views(views: TheViews, acting: Member) -> Document:
    """One's own views and those that others share, in their order."""
    return {"items": [_shown(view, acting.person_id) for view in await views.of(acting.company_id, acting.person_id)]}


@router.post("", status_code=201)
async def save_view(
    body: ViewContent,
    views: TheViews,
    acting: Member,
    response: Response,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Document:
    """Save a view; the same Idempotency-Key saves one only."""
    id_ = (
        derived_id("view", acting.company_id, acting.person_id, idempotency_key)
        if idempotency_key is not None
        else new_id()
    )
    view = SavedView(id=id_, company_id=acting.company_id, owner_id=acting.person_id, content=body)
    return _answer(await views.add(view), acting.person_id, response)


@router.get("/{view_id}")
async def get_view(view_id: ViewId, views: TheViews, acting: Member, response: Response) -> Document:
    """A saved view."""
    return _answer(await views.get(acting.company_id, acting.person_id, view_id), acting.person_id, response)


@router.put("/{view_id}")
async def change_view(
    view_id: ViewId,
    body: ViewContent,
    views: TheViews,
    acting: Member,
    response: Response,
    if_match: IfMatch = None,
) -> Document:
    """Change a view: its maker, or an administrator a shared one."""
    view = await views.get(acting.company_id, acting.person_id, view_id)
    may_change(view, acting.person_id, is_admin="admin" in acting.roles)
    return _answer(await views.change(view, body, read_version(if_match)), acting.person_id, response)


@router.delete("/{view_id}", status_code=204)
async def delete_view(view_id: ViewId, views: TheViews, acting: Member, if_match: IfMatch = None) -> None:
    """Delete a view: its maker, or an administrator a shared one."""
    view = await views.get(acting.company_id, acting.person_id, view_id)
    may_change(view, acting.person_id, is_admin="admin" in acting.roles)
    await views.delete(view, read_version(if_match))


def _answer(view: SavedView, person_id: str, response: Response) -> Document:
    response.headers["ETag"] = f'"{view.version}"'
    return _shown(view, person_id)


def _shown(view: SavedView, person_id: str) -> Document:
    content = view.content.model_dump(mode="json")
    content["filter"] = view.content.filter.model_dump(mode="json", exclude_defaults=True)
    return {"id": view.id, "version": view.version, "mine": view.owner_id == person_id, **content}
