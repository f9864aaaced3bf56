"""The command that takes the last one back, made of what the ticket's history says was there before it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
Fields = dict[str, str]
_IN_SERVICE_AGAIN = {"wait": "waiting", "resolve": "resolved", "cancel": "cancelled"}


@dataclass(frozen=True)
class TakeBack:
    """A form that takes a command back: the command to send, and its fields."""

    command: str
    fields: Fields


def taking_back(command: str, ticket: Json, seen_version: int) -> TakeBack | None:
    """What takes `command` back, which led to this ticket from that version; none where nothing simple does.

    A date is not moved back: whoever moves one says why (W17).
    """
    if command in _IN_SERVICE_AGAIN:
        return TakeBack("reopen", {}) if ticket["status"] == _IN_SERVICE_AGAIN[command] else None
    made = [one["data"] | {"type": one["type"]} for one in ticket["timeline"] if _version(one) > seen_version]
    how = _HOW.get(command)
    return how(command, made) if how is not None else None


def _version(entry: Json) -> int:
    return int(entry["data"].get("ticket", {}).get("version", 0))


def _of(made: list[Json], name: str) -> Iterator[Json]:
    return (one for one in made if one["type"] == f"ticket.{name}.v1")


def _stage(_: str, made: list[Json]) -> TakeBack | None:
    moved = next((one for one in _of(made, "stage_entered") if one.get("reason") == "team"), None)
    return TakeBack("stage", {"stage": str(moved["before"])}) if moved else None


def _stage_assignee(_: str, made: list[Json]) -> TakeBack | None:
    given = next(_of(made, "stage_assigned"), None)
    before = (given or {}).get("before") or {}
    if given is None or not before.get("person_id"):
        return None
    return TakeBack("stage-assignee", {"stage": str(given["stage"]), "person_id": str(before["person_id"])})


def _analyst(_: str, made: list[Json]) -> TakeBack | None:
    given = next(_of(made, "analyst_assigned"), None)
    if given is None:
        return None
    before = given.get("before") or {}
    if before.get("person_id"):
        return TakeBack("analyst", {"person_id": str(before["person_id"])})
    return TakeBack("give-back", {})


def _plan(_: str, made: list[Json]) -> TakeBack | None:
    written = next(_of(made, "action_plan_written"), None)
    return TakeBack("action-plan", {"text": str(written.get("before") or "")}) if written else None


def _edited(command: str, made: list[Json]) -> TakeBack | None:
    field = {"workspace": "workspace_id", "project": "project_id"}.get(command, command)
    for one in _of(made, "edited"):
        if field in (one.get("changes") or {}):
            before = one["changes"][field][0]
            return TakeBack(command, {field: "" if before is None else str(before)})
    return None


def _tags(_: str, made: list[Json]) -> TakeBack | None:
    tagged = next(_of(made, "tagged"), None)
    if tagged is None:
        return None
    removed, added = (",".join(str(tag["id"]) for tag in tagged.get(key) or ()) for key in ("removed", "added"))
    return TakeBack("tags", {"add": removed, "take_off": added})


def _watchers(_: str, made: list[Json]) -> TakeBack | None:
    changed = next(_of(made, "watchers_changed"), None)
    if changed is None:
        return None
    removed, added = (",".join(str(one["address"]) for one in changed.get(key) or ()) for key in ("removed", "added"))
    return TakeBack("watchers", {"add": removed, "take_off": added})


def _requester(_: str, made: list[Json]) -> TakeBack | None:
    changed = next(_of(made, "requester_changed"), None)
    before = (changed or {}).get("before") or {}
    if not before.get("address"):
        return None
    return TakeBack("requester", {"address": str(before["address"]), "name": str(before.get("name") or "")})


_HOW: dict[str, Callable[[str, list[Json]], TakeBack | None]] = {
    "stage": _stage,
    "stage-assignee": _stage_assignee,
    "analyst": _analyst,
    "take": _analyst,
    "give-back": _analyst,
    "action-plan": _plan,
    "title": _edited,
    "kind": _edited,
    "priority": _edited,
    "workspace": _edited,
    "project": _edited,
    "tags": _tags,
    "watchers": _watchers,
    "requester": _requester,
}
