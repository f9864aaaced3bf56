"""Production as a list: my tasks and everybody's, by filters that live in the address; and a task of the team's own."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.pages.attachments import receipts_of
from balcao.portal_api.pages.rail import beside
from balcao.portal_api.pages.shell import Place, Shell
from balcao.portal_api.pages.task_form import TaskForm
from balcao.portal_api.pages.task_form_page import TaskFormPage
from balcao.portal_api.store import Store
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Invalid, NotFound, Unavailable

STATES = ("open", "completed", "cancelled")
_FILTERS = ("executor", "state", "type", "phase", "tag", "due")
_PER_PAGE = 50
_NUMBERS = re.compile(r"\d{1,9}(,\d{1,9}){0,19}")


@dataclass(frozen=True)
class Wanted:
    """The filters of a list of tasks, as its address says them. Without a word about it: one's own open ones."""

    given: dict[str, str]

    @classmethod
    def of(cls, query: QueryParams) -> "Wanted":
        """The filters of a query string; others are left alone."""
        return cls({name: query[name][:100] for name in _FILTERS if query.get(name)})

    @property
    def executor(self) -> str | None:
        """Whose tasks; none: everybody's."""
        given = self.given.get("executor", "me")
        return None if given == "any" else given

    @property
    def state(self) -> str:
        """Open ones, completed or cancelled ones."""
        given = self.given.get("state", "")
        return given if given in STATES and not self.late else "open"

    @property
    def late(self) -> bool:
        """Only what is open past its date."""
        return self.given.get("due") == "late"

    @property
    def is_narrow(self) -> bool:
        """Whether there are filters besides whose tasks they are and their state."""
        return any(name in self.given for name in ("type", "phase", "tag", "due"))

    def query(self, **changes: str | None) -> str:
        """The query string with some filters changed (none removes one); a page key never survives a change."""
        merged = {**self.given, **changes}
        return "?" + urlencode({name: value for name, value in merged.items() if value})

    def asked(self) -> dict[str, Any]:
        """As `workflow` takes them."""
        return {
            "executor": self.executor,
            "state": self.state,
            "task_type": self.given.get("type"),
            "phase": self.given.get("phase"),
            "tag": self.given.get("tag"),
            "late": True if self.late else None,
        }

    def left_because(self, task: dict[str, Any], me: str, *, late: bool) -> str:
        """Which filter a task does not pass any more; empty while it passes all."""
        executor = (task.get("executor") or {}).get("person_id")
        passes = {
            "state": task["state"] == self.state,
            "executor": self.executor in (None, executor) or (self.executor == "me" and executor == me),
            "type": self.given.get("type") in (None, task["type_id"]),
            "phase": self.given.get("phase") in (None, task["phase"]["id"]),
            "tag": "tag" not in self.given or any(one["id"] == self.given["tag"] for one in task["tags"]),
            "due": late or not self.late,
        }
        return next((name for name, holds in passes.items() if not holds), "")


def routes(shell: Shell, upstreams: Upstreams, store: Store, uploads: Uploads) -> APIRouter:
    """The list, one of its rows, what is new in it, and a new task."""
    router = APIRouter()
    _list(router, shell, upstreams, store)
    _news(router, shell, upstreams)
    _new(router, shell, upstreams, store, uploads)
    return router


def _list(router: APIRouter, shell: Shell, upstreams: Upstreams, store: Store) -> None:
    @router.get("/{company}/desk/tasks")
    async def show_list(request: Request, company: str) -> Response:
        """One's own open tasks, unless the address says otherwise."""
        place = await shell.team_place(request, company)
        wanted, after = Wanted.of(request.query_params), request.query_params.get("after")
        workflow = upstreams.workflow
        answer, types, tags, team, around = await asyncio.gather(
            workflow.get("/v1/tasks", place.acting, **wanted.asked(), limit=_PER_PAGE, after=after),
            workflow.get("/v1/task-types", place.acting, archived=True),
            workflow.get("/v1/tags", place.acting),
            store.team(place.company.id),
            beside(upstreams, place.acting),
        )
        page = answer.json()
        return shell.page(
            place,
            "tasks.html",
            tasks=page["items"],
            next_key=page.get("next"),
            after=after,
            wanted=wanted,
            left="",
            types=types.json()["items"],
            tags=tags.json()["items"],
            team=team,
            names={one.id: one.name for one in team},
            **around,
        )

    @router.get("/{company}/desk/tasks/{number:int}/_row")
    async def show_row(request: Request, company: str, number: int) -> Response:
        """One row as it is now. A task that its list would not show any more says why, and stays until one goes on."""
        place = await shell.team_place(request, company)
        answer, types = await asyncio.gather(
            upstreams.workflow.get(f"/v1/tasks/{number}", place.acting),
            upstreams.workflow.get("/v1/task-types", place.acting, archived=True),
        )
        task, wanted = answer.json(), Wanted.of(request.query_params)
        left = _left(shell, place, wanted, task)
        return shell.page(place, "_task_row.html", task=task, types=types.json()["items"], wanted=wanted, left=left)


def _news(router: APIRouter, shell: Shell, upstreams: Upstreams) -> None:
    @router.get("/{company}/desk/tasks/_news")
    async def show_news(request: Request, company: str, numbers: str = "") -> Response:
        """How many of these tasks, which an open list does not show, belong into it."""
        place = await shell.team_place(request, company)
        wanted, asked = Wanted.of(request.query_params), numbers.split(",") if _NUMBERS.fullmatch(numbers) else []
        found = await asyncio.gather(*(_found(upstreams, place, one) for one in asked))
        new = [task["number"] for task in found if task is not None and not _left(shell, place, wanted, task)]
        return shell.page(place, "_task_news.html", new=new, wanted=wanted)


def _left(shell: Shell, place: Place, wanted: Wanted, task: dict[str, Any]) -> str:
    """Which filter of the list a task does not pass now; empty: it belongs into it."""
    late = shell.moments(place).due_state(task.get("due")) == "late"
    return wanted.left_because(task, place.acting.person_id, late=late)


async def _found(upstreams: Upstreams, place: Place, number: str) -> dict[str, Any] | None:
    try:
        task: dict[str, Any] = (await upstreams.workflow.get(f"/v1/tasks/{number}", place.acting)).json()
    except (UpstreamRefused, Unavailable):
        return None
    return task


def _new(router: APIRouter, shell: Shell, upstreams: Upstreams, store: Store, uploads: Uploads) -> None:
    page = TaskFormPage(shell, upstreams, store)

    @router.get("/{company}/desk/tasks/new")
    async def show_new(request: Request, company: str) -> Response:
        """The form for work that no ticket asked for."""
        return await page.show(await shell.team_place(request, company), "task_new.html")

    @router.post("/{company}/desk/tasks")
    async def create(request: Request, company: str) -> Response:
        """Create it and go to it."""
        place = await shell.team_place(request, company)
        sent = await shell.gate.form(request, place.visitor)
        form = TaskForm(sent, shell.moments(place))
        try:
            form.receipts = await receipts_of(sent, uploads, place.acting)
            files = [one.model_dump(exclude_none=True) for one in uploads.accept(place.acting, form.receipts)]
            body = {**form.wanted(), **({"due": due} if (due := form.instant("due")) else {}), "files": files}
            answer = await upstreams.workflow.post("/v1/tasks", place.acting, body, once=form.text("once") or None)
        except (Invalid, UpstreamRefused, Unavailable) as error:
            if isinstance(error, NotFound):
                raise
            return await page.show(place, "task_new.html", form, error)
        return shell.see(place.desk(f"/tasks/{answer.json()['number']}"))
