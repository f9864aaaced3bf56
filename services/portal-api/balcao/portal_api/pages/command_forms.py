"""What the forms of a ticket's page ask for, as the requests that `tickets` takes; nothing that no form offers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.datastructures import FormData

from balcao.portal_api.clients import Answer, UpstreamRefused, Upstreams
from balcao.portal_api.domain.conditions import BadChoice, BadDate
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.shell import Place, Shell
from balcao.shared.errors import NotFound

_NEEDS_A_DATE = ("follow_up", "visit")


@dataclass(frozen=True)
class Wish:
    """One request to `tickets` about a ticket; `path` begins behind the ticket's own."""

    path: str
    body: dict[str, Any] = field(default_factory=dict)
    method: Literal["post", "patch", "put", "delete"] = "post"

    async def send(
        self, upstreams: Upstreams, place: Place, number: int, if_match: str | None, once: str | None
    ) -> Answer:
        """Send it. Raises as `Upstream` does."""
        path = f"/v1/tickets/{number}{self.path}"
        if self.method == "delete":
            return await upstreams.tickets.delete(path, place.acting, if_match=if_match)
        send = getattr(upstreams.tickets, self.method)
        answer: Answer = await send(path, place.acting, self.body, if_match=if_match, once=once)
        return answer


class Forms:
    """Reads the forms of one company's pages."""

    def __init__(self, shell: Shell, upstreams: Upstreams) -> None:
        self._shell = shell
        self._upstreams = upstreams

    async def read(self, command: str, form: FormData, place: Place) -> Wish:
        """A form as a request. Raises `NotFound` for a command that no form has, `Invalid` for what none offers."""
        reading = Reading(form, self._shell, place, self._upstreams)
        how = _COMMANDS.get(command)
        if how is None:
            raise NotFound("no such command")
        return await how(reading)


@dataclass(frozen=True)
class Reading:
    """One form that came in."""

    form: FormData
    shell: Shell
    place: Place
    upstreams: Upstreams

    def text(self, name: str) -> str:
        """A field as it was typed, line ends aside."""
        value = self.form.get(name, "")
        return value.replace("\r\n", "\n") if isinstance(value, str) else ""

    def line(self, name: str) -> str:
        """A field of one line."""
        return self.text(name).strip()

    def one_of(self, name: str, known: Any) -> str:
        """A choice. Raises `BadChoice`."""
        value = self.text(name)
        if value not in known:
            raise BadChoice(f"{name}: choose one of those offered")
        return value

    def whole(self, name: str) -> int:
        """A whole number. Raises `BadChoice`."""
        value = self.line(name).removeprefix("#").upper().removeprefix("T-")
        if not value.isdecimal() or len(value) > 15:
            raise BadChoice(f"{name}: this is no number")
        return int(value)

    def instant(self, name: str) -> str | None:
        """A date and time as typed, in the company's zone, as an instant. Raises `BadDate`."""
        try:
            instant = self.shell.moments(self.place).read(self.text(name))
        except ValueError:
            raise BadDate(f"{name}: this is no date") from None
        return instant.isoformat() if instant else None

    def all(self, name: str) -> list[str]:
        """Every value of a field, also of those separated by commas."""
        values = [one for value in self.form.getlist(name) if isinstance(value, str) for one in value.split(",")]
        return [one.strip() for one in values if one.strip()]


_How = Callable[[Reading], Awaitable[Wish]]
_COMMANDS: dict[str, _How] = {}


def _command(name: str) -> Callable[[_How], _How]:
    def register(how: _How) -> _How:
        _COMMANDS[name] = how
        return how

    return register


def _plain(name: str) -> None:
    async def how(reading: Reading) -> Wish:
        del reading
        return Wish(f"/{name}")

    _COMMANDS[name] = how


for _name in ("take", "give-back", "reopen", "cancel"):
    _plain(_name)


@_command("action-plan")
async def _action_plan(form: Reading) -> Wish:
    return Wish("/action-plan", {"text": form.text("text").strip()})


@_command("stage")
async def _stage(form: Reading) -> Wish:
    return Wish("/stage", {"stage": form.one_of("stage", labels.STAGES)})


@_command("stage-assignee")
async def _stage_assignee(form: Reading) -> Wish:
    return Wish("/stage-assignee", {"stage": form.one_of("stage", labels.STAGES), "person_id": form.text("person_id")})


@_command("analyst")
async def _analyst(form: Reading) -> Wish:
    return Wish("/analyst", {"person_id": form.text("person_id")})


@_command("reject")
async def _reject(form: Reading) -> Wish:
    return Wish("/reject", {"remark": form.line("remark")})


@_command("resolve")
async def _resolve(form: Reading) -> Wish:
    return Wish("/resolve", {"method": form.one_of("method", labels.CHOOSABLE_METHODS)})


@_command("wait")
async def _wait(form: Reading) -> Wish:
    reason = form.one_of("reason", labels.CHOOSABLE_WAITS)
    body: dict[str, Any] = {"reason": reason}
    if until := form.instant("until"):
        body["until"] = until
    if reason not in _NEEDS_A_DATE and form.line("days"):
        body["days"] = form.whole("days")
    if reason == "more_information" and form.line("asked"):
        body["close_if_no_answer"] = form.text("close") == "1"
    return Wish("/wait", body)


@_command("tasks")
async def _task(form: Reading) -> Wish:
    given = {name: form.line(name) for name in ("title", "executor_id", "description", "task_type")}
    body: dict[str, Any] = {name: value for name, value in given.items() if value}
    if form.line("tags_offered"):
        # Without them the task would take the ticket's: all of them unticked is a choice too.
        body["tags"] = form.all("tag")
    if due := form.instant("due"):
        body["due"] = due
    return Wish("/tasks", body)


@_command("link-task")
async def _link_task(form: Reading) -> Wish:
    number = form.whole("task")
    try:
        found = (await form.upstreams.workflow.get(f"/v1/tasks/{number}", form.place.acting)).json()
    except UpstreamRefused as error:
        if error.status == 404:
            raise BadChoice("there is no such task") from None
        raise
    return Wish(f"/tasks/{found['id']}", {"number": found["number"], "title": found["title"][:300]}, "put")


@_command("unlink-task")
async def _unlink_task(form: Reading) -> Wish:
    task_id = form.line("task_id")
    if not task_id.replace("-", "").isalnum():
        raise BadChoice("task_id: choose one of those offered")
    return Wish(f"/tasks/{task_id}", method="delete")


@_command("undo")
async def _undo(form: Reading) -> Wish:
    return Wish("/undo", {"entry": form.whole("entry")})


@_command("title")
async def _title(form: Reading) -> Wish:
    return _edit(title=form.line("title"))


@_command("kind")
async def _kind(form: Reading) -> Wish:
    return _edit(kind=form.one_of("kind", labels.KINDS))


@_command("priority")
async def _priority(form: Reading) -> Wish:
    return _edit(priority=form.whole("priority"))


@_command("workspace")
async def _workspace(form: Reading) -> Wish:
    return _edit(workspace_id=form.line("workspace_id") or None)


@_command("project")
async def _project(form: Reading) -> Wish:
    return _edit(project_id=form.line("project_id") or None)


@_command("promise")
async def _promise(form: Reading) -> Wish:
    return _date(form, "promised_for")


@_command("due")
async def _due(form: Reading) -> Wish:
    return _date(form, "due")


@_command("requester")
async def _requester(form: Reading) -> Wish:
    return _edit(requester={"address": form.line("address"), "name": form.line("name")})


@_command("watchers")
async def _watchers(form: Reading) -> Wish:
    body: dict[str, Any] = {}
    if added := form.all("add"):
        name = form.line("name")
        body["add_watchers"] = [{"address": one, "name": name if len(added) == 1 else ""} for one in added]
    if removed := form.all("take_off"):
        body["remove_watchers"] = removed
    return _edit(**body)


@_command("tags")
async def _tags(form: Reading) -> Wish:
    added = [*form.all("add"), *await _tags_by_name(form)]
    return _edit(**_some(add_tags=added, remove_tags=form.all("take_off")))


@_command("entry-tags")
async def _entry_tags(form: Reading) -> Wish:
    added = [*form.all("add"), *await _tags_by_name(form)]
    return Wish(f"/entries/{form.whole('entry')}/tags", {"add": added, "remove": form.all("take_off")})


def _edit(**fields: Any) -> Wish:
    return Wish("", fields, "patch")


def _date(form: Reading, name: str) -> Wish:
    wanted: dict[str, Any] = {name: form.instant("at")}
    if note := form.line("note"):
        wanted["note"] = note
    return _edit(**wanted)


def _some(**lists: list[str]) -> dict[str, list[str]]:
    return {name: values for name, values in lists.items() if values}


async def _tags_by_name(form: Reading) -> list[str]:
    """The ids of tags that were typed by name; one that the company does not have yet is made."""
    names = form.all("name")
    if not names:
        return []
    tickets, acting = form.upstreams.tickets, form.place.acting
    there = (await tickets.get("/v1/tags", acting)).json().get("items") or ()
    known: Mapping[str, str] = {one["name"].casefold(): one["id"] for one in there}
    ids = []
    for name in names:
        id_ = known.get(name.casefold())
        if id_ is None:
            id_ = (await tickets.post("/v1/tags", acting, {"name": name[:60]})).json()["id"]
        ids.append(id_)
    return ids
