"""One task: what has to be done, where it stands, and its tickets that follow it before one's eyes (H4-H6)."""

import asyncio
import re
from html import escape
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.kept import Kept
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.store import Store
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Unavailable
from balcao.shared.events import FileRef
from balcao.shared.ids import new_id
from balcao.shared.tokens import Acting

Json = dict[str, Any]
MOST_TICKETS = 12
"""Tickets of a task whose stage its page shows; further ones are named only."""
_TABS = ("talk", "history")
_IMAGE = re.compile(r'src="cid:([A-Za-z0-9._@+-]{1,200})"')
_SMALL_PRINT = frozenset(
    f"task.{one}.v1"
    for one in "checklist_changed edited files_changed tagged time_logged phase_renamed outside_linked".split()
)
"""What only the history tells: the page shows its outcome."""


class TaskPages:
    """Renders a task's page: whole, or its parts anew for a page that is open."""

    def __init__(self, shell: Shell, upstreams: Upstreams, store: Store, uploads: Uploads) -> None:
        self._uploads = uploads
        self.shell = shell
        self.upstreams = upstreams
        self._store = store

    async def show(
        self, place: Place, number: int, tab: str = "talk", *, kept: Kept | None = None, status: int = 200
    ) -> Response:
        """The page. Raises what `workflow` raises about the task; its tickets may be missing."""
        around = asyncio.create_task(beside(self.upstreams, place.acting))
        try:
            context = await self._context(place, number, tab)
        finally:
            sides = await around
        return self.shell.page(place, "task.html", status=status, kept=kept, **context, **sides)

    async def parts(
        self,
        place: Place,
        number: int,
        tab: str = "talk",
        *,
        kept: Kept | None = None,
        status: int = 200,
        answers: bool = True,
    ) -> Response:
        """The page's parts, each to take the place of the one that is shown.

        What was said about a form stays where they answer none, but only bring news.
        """
        context = await self._context(place, number, tab)
        return self.shell.page(place, "_task.html", status=status, kept=kept, answers=answers, **context)

    async def _context(self, place: Place, number: int, tab: str) -> Json:
        acting, workflow = place.acting, self.upstreams.workflow
        answer, types, tags, projects, team = await asyncio.gather(
            workflow.get(f"/v1/tasks/{number}", acting, locale=self.shell.words(place).code),
            workflow.get("/v1/task-types", acting, archived=True),
            workflow.get("/v1/tags", acting),
            self._projects(acting),
            self._store.team(place.company.id),
        )
        task = answer.json()
        task_type = next((one for one in types.json()["items"] if one["id"] == task["type_id"]), None)
        phases = task_type["phases"] if task_type else [task["phase"]]
        tickets = await self._tickets(acting, task)
        return {
            "task": task,
            "task_type": task_type,
            "phases": phases,
            "reached": next((at for at, one in enumerate(phases) if one["id"] == task["phase"]["id"]), 0),
            "tickets": tickets,
            "approvals": [
                {**one, "ticket": ticket}
                for ticket in tickets
                for one in ticket.get("approvals") or ()
                if one.get("task_id") == task["id"]
            ],
            "tags": [one for one in tags.json()["items"] if not one.get("archived")],
            "projects": projects,
            "team": team,
            "names": {one.id: one.name for one in team},
            "tab": tab if tab in _TABS else "talk",
            "entries": [one for one in task["timeline"] if tab == "history" or one["type"] not in _SMALL_PRINT],
            "shown": lambda html, files: _shown(html, files, number),
            "images": self._images(acting, task),
            "file_url": lambda file: _file_url(number, file["file_id"]),
            "once": new_id(),
        }

    def _images(self, acting: Acting, task: Json) -> list[Json]:
        """The pictures in the description with receipts of one's own: an editor shows them and sends them along."""
        shown = set(_IMAGE.findall(task.get("description_html") or ""))
        refs = [FileRef.model_validate(one) for one in task.get("files") or () if one.get("content_id") in shown]
        return [{"ref": ref.model_dump(), "receipt": self._uploads.receipt(acting, ref)} for ref in refs]

    async def _projects(self, acting: Acting) -> list[Json]:
        try:
            found: list[Json] = (await self.upstreams.tickets.get("/v1/projects", acting)).json().get("items") or []
        except (Unavailable, UpstreamRefused):
            return []
        return found

    async def _tickets(self, acting: Acting, task: Json) -> list[Json]:
        """The task's tickets as they are now; one that can't be read now as the task knows it."""
        named = task["tickets"][:MOST_TICKETS]
        found = await asyncio.gather(*(self._ticket(acting, one["number"]) for one in named))
        return [{**known, **(now or {})} for known, now in zip(named, found, strict=True)]

    async def _ticket(self, acting: Acting, number: int) -> Json | None:
        try:
            found: Json = (await self.upstreams.tickets.get(f"/v1/tickets/{number}", acting)).json()
        except (Unavailable, UpstreamRefused):
            return None
        return found


def routes(pages: TaskPages) -> APIRouter:
    """The page and its parts."""
    router = APIRouter()

    @router.get("/{company}/desk/tasks/{number:int}")
    async def show_task(request: Request, company: str, number: int) -> Response:
        """A task with its phases as buttons, and what colleagues wrote about it."""
        return await pages.show(await pages.shell.team_place(request, company), number)

    @router.get("/{company}/desk/tasks/{number:int}/history")
    async def show_history(request: Request, company: str, number: int) -> Response:
        """The same with everything that ever happened to it."""
        return await pages.show(await pages.shell.team_place(request, company), number, "history")

    @router.get("/{company}/desk/tasks/{number:int}/_task")
    async def show_parts(request: Request, company: str, number: int, tab: str = "talk") -> Response:
        """The page's parts, for a page that heard of news."""
        place = await pages.shell.team_place(request, company)
        return await pages.parts(place, number, tab, answers=False)

    return router


def _file_url(number: int, file_id: str) -> str:
    return f"/api/v1/tasks/{number}/files/{quote(file_id, safe='')}"


def _shown(html: str, files: list[Json], number: int) -> Markup:
    """Rich text that `workflow` has sanitised, with its images from our own address; others are left out."""
    ids = {one.get("content_id"): one["file_id"] for one in files if one.get("content_id")}

    def source(image: re.Match[str]) -> str:
        file_id = ids.get(image[1])
        return f'src="{escape(_file_url(number, file_id))}" loading="lazy"' if file_id else ""

    return Markup(_IMAGE.sub(source, html))  # noqa: S704 - sanitised by its owner before it was kept
