"""Saved views at the desk: keeping a list's filters under a name, and the page that puts the views in order."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Request, Response
from starlette.datastructures import FormData, QueryParams

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell, refusal
from balcao.portal_api.pages.wanted import Wanted
from balcao.portal_api.problems import status_for
from balcao.shared.errors import Condition, Invalid
from balcao.shared.tokens import Acting

MOST_WORDS = 300
"""Characters of what is searched for."""
_MOST_STATE = 8_000
_APART = 10
"""Room between the places of two views."""
_LAST_PLACE = 10_000

ViewId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]

View = Mapping[str, Any]


def routes(shell: Shell, upstreams: Upstreams) -> APIRouter:
    """Saving views, and the page of them."""
    router = APIRouter()
    pages = Pages(shell, upstreams)
    _saving(router, shell, pages)
    _arranging(router, shell, pages)
    return router


def _saving(router: APIRouter, shell: Shell, pages: "Pages") -> None:
    views = pages.views

    @router.get("/{company}/desk/views")
    async def show_views(request: Request, company: str) -> Response:
        """All views one has."""
        return await pages.show(await shell.team_place(request, company))

    @router.post("/{company}/desk/views")
    async def save_view(request: Request, company: str) -> Response:
        """Save a list's filters under a name, and show the list as that view."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            view_id = await views.save(place.acting, form)
        except (Invalid, UpstreamRefused) as error:
            typed = {name: str(form.get(name, "")) for name in ("name", "state", "shared")}
            return await pages.show(place, error, typed)
        return shell.see(place.desk("/tickets", view=view_id))

    @router.post("/{company}/desk/views/{view_id}/filters")
    async def save_filters(request: Request, company: str, view_id: ViewId) -> Response:
        """Give a view the filters and the order that the list has now."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            content = await views.content(place.acting, form)
            await views.change(place.acting, view_id, form, **content)
        except (Invalid, UpstreamRefused) as error:
            return await pages.show(place, error)
        return shell.see(place.desk("/tickets", view=view_id))


def _arranging(router: APIRouter, shell: Shell, pages: "Pages") -> None:
    views = pages.views

    @router.post("/{company}/desk/views/{view_id}")
    async def rename(request: Request, company: str, view_id: ViewId) -> Response:
        """Another name; shared with the team, or one's own again."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            shared = form.get("shared") == "true"
            await views.change(place.acting, view_id, form, name=_name(form), shared=shared)
        except (Invalid, UpstreamRefused) as error:
            return await pages.show(place, error, {"id": view_id, "name": str(form.get("name", ""))})
        return shell.see(place.desk("/views") + f"#v-{view_id}")

    @router.post("/{company}/desk/views/{view_id}/move")
    async def move(request: Request, company: str, view_id: ViewId) -> Response:
        """One place up or down among those that one may change."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            await views.move(place.acting, view_id, up=form.get("to") == "up")
        except UpstreamRefused as error:
            return await pages.show(place, error)
        return shell.see(place.desk("/views") + f"#v-{view_id}")

    @router.post("/{company}/desk/views/{view_id}/delete")
    async def delete(request: Request, company: str, view_id: ViewId) -> Response:
        """Delete it; tickets stay as they are."""
        place = await shell.team_place(request, company)
        form = await shell.gate.form(request, place.visitor)
        try:
            await views.delete(place.acting, view_id, form)
        except UpstreamRefused as error:
            return await pages.show(place, error)
        return shell.see(place.desk("/views"))


class Pages:
    """The page of saved views."""

    def __init__(self, shell: Shell, upstreams: Upstreams) -> None:
        self.views = Views(upstreams)
        self._shell = shell
        self._upstreams = upstreams

    async def show(
        self, place: Place, error: Condition | None = None, typed: Mapping[str, str] | None = None
    ) -> Response:
        """All views; after a refusal with what it was and what had been typed."""
        listed, around = await asyncio.gather(self.views.all(place.acting), beside(self._upstreams, place.acting))
        return self._shell.page(
            place,
            "views.html",
            status=status_for(error) if error else 200,
            **{**around, "views": listed},
            changeable=[view["id"] for view in listed if may_change(view, place.acting)],
            refused=refusal(self._shell.words(place), error) if error else None,
            typed=typed or {},
        )


class Views:
    """Reads and changes saved views."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._tickets = upstreams.tickets

    async def all(self, acting: Acting) -> list[View]:
        """One's own views and the shared ones, in their order."""
        items: list[View] = (await self._tickets.get("/v1/views", acting)).json().get("items") or []
        return items

    async def save(self, acting: Acting, form: FormData) -> str:
        """Save the list that a form was shown on; the same form sent twice saves one view. Its id."""
        content = await self.content(acting, form)
        listed = await self.all(acting)
        body = {
            "name": _name(form),
            "shared": form.get("shared") == "true",
            "place": min(max((int(view["place"]) for view in listed), default=0) + _APART, _LAST_PLACE),
            **content,
        }
        once = str(form.get("once") or "") or None
        view_id: str = (await self._tickets.post("/v1/views", acting, body, once=once)).json()["id"]
        return view_id

    async def content(self, acting: Acting, form: FormData) -> dict[str, Any]:
        """Filters, order and words of the list or the search that a form was shown on, by its address."""
        query = QueryParams(parse_qsl(str(form.get("state", ""))[:_MOST_STATE].lstrip("?"), keep_blank_values=True))
        view_id = query.get("view", "")
        is_named = view_id.replace("-", "").isalnum()
        view = (await self._tickets.get(f"/v1/views/{view_id}", acting)).json() if is_named else None
        wanted = Wanted.of(query, view)
        text = query.get("q", str((view or {}).get("text") or "")).strip()[:MOST_WORDS]
        return {"filter": wanted.content(), "order": wanted.order or wanted.order_shown, "text": text}

    async def change(self, acting: Acting, view_id: str, form: FormData, **changes: Any) -> None:
        """Change something of a view that is as the form knew it. Raises `UpstreamRefused`."""
        view = (await self._tickets.get(f"/v1/views/{view_id}", acting)).json()
        await self._put(acting, view, _version(form), **changes)

    async def move(self, acting: Acting, view_id: str, *, up: bool) -> None:
        """Change places with the neighbour among those that this person may change."""
        mine = [view for view in await self.all(acting) if may_change(view, acting)]
        at = next((n for n, view in enumerate(mine) if view["id"] == view_id), None)
        other = None if at is None else at - 1 if up else at + 1
        if at is None or other is None or not 0 <= other < len(mine):
            return
        mine[at], mine[other] = mine[other], mine[at]
        for n, view in enumerate(mine, start=1):
            if view["place"] != n * _APART:
                await self._put(acting, view, f'"{view["version"]}"', place=n * _APART)

    async def delete(self, acting: Acting, view_id: str, form: FormData) -> None:
        """Delete a view that is as the form knew it. Raises `UpstreamRefused`."""
        await self._tickets.delete(f"/v1/views/{view_id}", acting, if_match=_version(form))

    async def _put(self, acting: Acting, view: View, if_match: str | None, **changes: Any) -> None:
        content = {name: view[name] for name in ("name", "shared", "place", "filter", "order", "text")}
        await self._tickets.put(f"/v1/views/{view['id']}", acting, {**content, **changes}, if_match=if_match)


def may_change(view: View, acting: Acting) -> bool:
    """Whether this person may change a view: its maker, and administrators a shared one."""
    return bool(view.get("mine")) or "admin" in acting.roles


def _name(form: FormData) -> str:
    """The name that was typed. Raises `BadChoice`."""
    name = str(form.get("name", "")).strip()
    if not 1 <= len(name) <= 80:
        raise BadChoice("a view needs a name of at most 80 characters")
    return name


def _version(form: FormData) -> str | None:
    version = str(form.get("version", ""))
    return f'"{version}"' if version.isdigit() else None
