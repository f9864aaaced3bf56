"""What people do with a task: each form on its page, as a request to whoever owns the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from balcao.portal_api.clients import UpstreamRefused, Upstreams
from balcao.portal_api.domain.access import require_desk
from balcao.portal_api.domain.conditions import BadChoice, BadDuration, EmptyComment, NoSuchNumber, NoTitle
from balcao.portal_api.pages.attachments import receipts_of
from balcao.portal_api.pages.kept import Kept
from balcao.portal_api.pages.shell import Place, refusal
from balcao.portal_api.pages.task import TaskPages
from balcao.portal_api.pages.task_form import TaskForm
from balcao.portal_api.problems import status_for
from balcao.portal_api.store import Store
from balcao.portal_api.task_commands import executor_body
from balcao.portal_api.uploads import Uploads
from balcao.shared.errors import Condition, Invalid, NotAllowed, NotFound, Unavailable


@dataclass(frozen=True)
class Wish:
    """What a form asks of `workflow`."""

    path: str
    body: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"
    query: dict[str, Any] = field(default_factory=dict)
    insists: bool = False
    """Whether it was decided on the version that the page showed; small additions get along with anything."""


@dataclass(frozen=True)
class Asker:
    """Who asks, about which task, and by which means their wishes are read."""

    place: Place
    number: int
    form: TaskForm
    store: Store
    files: list[dict[str, Any]]


def routes(pages: TaskPages, upstreams: Upstreams, store: Store, uploads: Uploads) -> APIRouter:
    """The forms of a task's page."""
    router = APIRouter()

    @router.post("/{company}/desk/tasks/{number:int}/{command}")
    async def command(request: Request, company: str, number: int, command: str) -> Response:
        """Do it; then the page again, or only its parts for a script."""
        place = await pages.shell.team_place(request, company)
        sent = await pages.shell.gate.form(request, place.visitor)
        form = TaskForm(sent, pages.shell.moments(place))
        in_place = "hx-request" in request.headers
        try:
            form.receipts = await receipts_of(sent, uploads, place.acting)
            files = [one.model_dump(exclude_none=True) for one in uploads.accept(place.acting, form.receipts)]
            await _do(upstreams, command, Asker(place, number, form, store, files))
        except (UpstreamRefused, Invalid, NotAllowed, Unavailable) as error:
            if _is_gone(error):
                raise
            show = pages.parts if in_place else pages.show
            kept = _kept(command, form, error, refusal(pages.shell.words(place), error))
            return await show(place, number, form.text("tab"), kept=kept, status=status_for(error))
        if in_place:
            return await pages.parts(place, number, form.text("tab"))
        end = "#last" if command == "comments" else ""
        tab = "/history" if form.text("tab") == "history" else ""
        return pages.shell.see(place.desk(f"/tasks/{number}{tab}") + end)

    return router


async def _do(upstreams: Upstreams, command: str, asker: Asker) -> None:
    """Raises what the form, or the service that answers for it, has against it."""
    if command in ("link-ticket", "unlink-ticket"):
        await _link(upstreams, command, asker)
        return
    if command not in _WISHES:
        raise NotFound("no such command")
    made = _WISHES[command](asker)
    wish = made if isinstance(made, Wish) else await made
    path = f"/v1/tasks/{asker.number}{wish.path}"
    acting, workflow = asker.place.acting, upstreams.workflow
    if_match = asker.form.text("version") or None if wish.insists else None
    once = asker.form.text("once") or None
    if wish.method == "DELETE":
        await workflow.delete(path, acting, if_match=if_match, **wish.query)
    else:
        send = workflow.patch if wish.method == "PATCH" else workflow.post
        await send(path, acting, wish.body, if_match=if_match, once=once)


async def _link(upstreams: Upstreams, command: str, asker: Asker) -> None:
    """Links are decided by `tickets`, and only people of the desk make them (H5, H6)."""
    acting = asker.place.acting
    require_desk(acting)
    task = (await upstreams.workflow.get(f"/v1/tasks/{asker.number}", acting)).json()
    path = f"/v1/tickets/{asker.form.number('ticket')}/tasks/{task['id']}"
    if command == "unlink-ticket":
        await upstreams.tickets.delete(path, acting)
        return
    try:
        await upstreams.tickets.put(path, acting, {"number": task["number"], "title": task["title"][:300]})
    except UpstreamRefused as error:
        if error.status == 404:
            raise NoSuchNumber("there is no ticket of this number") from error
        raise


def _phase(asker: Asker) -> Wish:
    body: dict[str, Any] = {"phase": asker.form.text("phase")}
    return Wish("/phase", body | _despite(asker), insists=True)


def _deliver(asker: Asker) -> Wish:
    """Finished work, or work for the client to look at, with what goes with it (H4)."""
    form = asker.form
    body: dict[str, Any] = {"handover": form.text("handover"), "files": asker.files, "links": form.links()}
    body = {name: value for name, value in body.items() if value} | _despite(asker)
    if form.text("to"):
        return Wish("/phase", body | {"phase": form.text("to")}, insists=True)
    return Wish("/complete", body, insists=True)


def _despite(asker: Asker) -> dict[str, Any]:
    return {"despite_blockers": True} if asker.form.text("despite_blockers") else {}


async def _assign(asker: Asker) -> Wish:
    person = asker.form.text("person_id") or None
    return Wish("/assign", await executor_body(asker.store, asker.place.acting, person), insists=True)


def _edit(asker: Asker) -> Wish:
    if not asker.form.text("title"):
        raise NoTitle("a task needs a title")
    body = {"title": asker.form.text("title")[:300], **asker.form.words("description"), "files": asker.files}
    return Wish("", body, "PATCH", insists=True)


def _plan(asker: Asker) -> Wish:
    form = asker.form
    body = {
        "due": form.instant("due"),
        "estimate_minutes": form.minutes("estimate"),
        "project_id": form.text("project_id") or None,
    }
    return Wish("", body, "PATCH", insists=True)


def _item(asker: Asker) -> Wish:
    """One item of the checklist: ticked, said otherwise, put elsewhere, or taken off."""
    form = asker.form
    path, what = f"/checklist/{quote(form.text('item'), safe='')}", form.text("do")
    if what == "remove":
        return Wish(path, method="DELETE")
    bodies: dict[str, dict[str, Any]] = {"tick": {"done": True}, "untick": {"done": False}}
    if what in ("up", "down"):
        at = form.text("at")
        if not at.isascii() or not at.isdigit():
            raise BadChoice("at: where does it stand?")
        bodies[what] = {"place": max(0, int(at) + (1 if what == "down" else -1))}
    if what == "rename":
        bodies[what] = {"text": _one_line(form, "text")}
    if what not in bodies:
        raise NotFound("no such command")
    return Wish(path, bodies[what], "PATCH")


def _one_line(form: TaskForm, name: str) -> str:
    text = " ".join(form.text(name).split())[:300]
    if not text:
        raise EmptyComment("write something first")
    return text


def _tags(asker: Asker) -> Wish:
    chosen, had = asker.form.all("tag"), asker.form.all("had")
    add, remove = [one for one in chosen if one not in had], [one for one in had if one not in chosen]
    return Wish("/tags", {"add": add, "remove": remove})


def _comment(asker: Asker) -> Wish:
    words = asker.form.words()
    if not any(words.values()) and not asker.files:
        raise EmptyComment("write something first")
    return Wish("/comments", {**words, "files": asker.files, "mentions": asker.form.all("mention")})


def _time(asker: Asker) -> Wish:
    minutes = asker.form.minutes("spent")
    if minutes is None or minutes > 1440:
        raise BadDuration("spent: write for example 1:30, or 90 for minutes")
    note = {"note": asker.form.text("note")[:500]}
    return Wish("/time", {"day": asker.form.day("day"), "minutes": minutes, **note})


def _attach(asker: Asker) -> Wish:
    if not asker.files:
        raise EmptyComment("choose a file first")
    return Wish("/files", {"files": asker.files})


_WISHES: dict[str, Callable[[Asker], Wish | Awaitable[Wish]]] = {
    "phase": _phase,
    "deliver": _deliver,
    "cancel": lambda asker: Wish("/cancel", {"reason": asker.form.text("reason")[:2_000]}, insists=True),
    "reopen": lambda asker: Wish("/reopen", insists=True),
    "assign": _assign,
    "edit": _edit,
    "plan": _plan,
    "checklist": lambda asker: Wish("/checklist", {"text": _one_line(asker.form, "text")}),
    "item": _item,
    "tags": _tags,
    "comments": _comment,
    "time": _time,
    "wait-for": lambda asker: Wish("/blockers", {"number": asker.form.number("blocker")}),
    "stop-waiting": lambda asker: Wish(f"/blockers/{asker.form.number('blocker')}", method="DELETE"),
    "files": _attach,
    "detach": lambda asker: Wish("/files", method="DELETE", query={"file_id": asker.form.text("file_id")}),
}
"""The forms of the page, by the last part of their address."""


def _is_gone(error: Condition) -> bool:
    """Whether the task itself is not there; a thing on it may be gone and the page is worth showing all the same."""
    return isinstance(error, UpstreamRefused) and error.status == 404 and error.code == "not-found"


def _kept(command: str, form: TaskForm, error: Condition, words: str) -> Kept:
    values = {**form.values(), "receipts": "\n".join(form.receipts)}
    if isinstance(error, UpstreamRefused) and error.code == "task-is-blocked":
        numbers = [f"T-{one['number']} {one['title']}" for one in error.problem.get("blockers") or ()]
        values["blockers"] = "\n".join(numbers)
    return Kept(command, values, words, is_stale=error.code == "stale")
