"""The forms of a tracker: what they say, read for `workflow`, and what stands in them."""

import json
from typing import Any

import orjson
from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.fields import Kept, filled, or_none, text, texts, ticked
from balcao.portal_api.pages.settings.tracker_words import MAPPING, TELLS
from balcao.shared.errors import Invalid

_SPARE_ROWS = 1


class BadRequestForm(Invalid):
    """A body is no JSON, or a header has no name. The error's details say which."""

    @classmethod
    def at(cls, field: str, what: str) -> "BadRequestForm":
        """One field of it."""
        return cls(what, errors=[{"where": field, "what": what}])


def inbound_of(form: FormData, kind: str) -> dict[str, Any]:
    """What a tracker's messages do to tasks."""
    own = kind == "generic" or ticked(form, "own_mapping")
    pairs = zip(texts(form, "phase_state"), texts(form, "phase_meaning"), strict=False)
    return {
        "name": text(form, "name"),
        "task_type": or_none(form, "task_type"),
        "creates": ticked(form, "creates"),
        "names_tickets": ticked(form, "names_tickets"),
        "phases": {state.strip(): meaning for state, meaning in pairs if state.strip()},
        "mapping": _expressions(form) if own else None,
    }


def outbound_of(form: FormData, kind: str, saved: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the tracker is told; none: nothing. What the form does not show stays as it is saved.

    Raises `BadRequestForm`.
    """
    if not ticked(form, "told"):
        return None
    kept = {name: saved[name] for name in ("task_types",) if saved and saved.get(name)}
    phases = {name.removeprefix("there."): text(form, name) for name in form if name.startswith("there.")}
    told = _told_by_requests(form) if kind == "generic" else _told_as_ready(form)
    return {**kept, **told, "phases": {phase: words for phase, words in phases.items() if words}}


def _told_as_ready(form: FormData) -> dict[str, Any]:
    """For a kind whose requests we know."""
    credentials = {
        name.removeprefix("credentials."): value
        for name in form
        if name.startswith("credentials.") and (value := text(form, name))
    }
    return {
        "tells": [one for one in texts(form, "tells") if one in TELLS],
        "base_url": text(form, "base_url"),
        "project": text(form, "project"),
        "issue_type": text(form, "issue_type") or "Task",
        **({"credentials": credentials} if credentials else {}),
    }


def _told_by_requests(form: FormData) -> dict[str, Any]:
    """For another one: it is told of what has an address to be told at."""
    requests = {
        what: {"method": text(form, f"{at}.method") or "POST", "url": url, "body": _body(form, f"{at}.body")}
        for what in TELLS
        if (url := text(form, f"{(at := request_field(what))}.url"))
    }
    headers = _headers(form)
    return {
        "tells": list(requests),
        "requests": requests,
        "id_at": text(form, "id_at"),
        "url_at": text(form, "url_at"),
        **({"credentials": headers} if headers else {}),
    }


def request_field(what: str) -> str:
    """The name that the fields of a request begin with: as `workflow` names what is wrong with it."""
    return f"outbound.requests.{what}"


def _body(form: FormData, field: str) -> Any:
    written = text(form, field)
    if not written:
        return None
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError as error:
        raise BadRequestForm.at(field, f"no JSON: {error}") from error


def _headers(form: FormData) -> dict[str, str]:
    pairs = [line.partition(":") for line in text(form, "headers").split("\n") if line.strip()]
    if any(not name.strip() or not value.strip() for name, _, value in pairs):
        raise BadRequestForm.at("headers", "no header")
    return {name.strip(): value.strip() for name, _, value in pairs}


def requests_of(tracker: dict[str, Any] | None) -> dict[str, dict[str, str]]:
    """The requests in force by what they tell, as they stand in the form."""
    saved = ((tracker or {}).get("outbound") or {}).get("requests") or {}
    return {
        what: {**one, "body": "" if one["body"] is None else json.dumps(one["body"], ensure_ascii=False, indent=2)}
        for what, one in saved.items()
    }


def mapping_of(tracker: dict[str, Any] | None, kind: dict[str, Any]) -> dict[str, Any]:
    """The mapping in force, and whether it is the company's own."""
    saved = tracker["mapping"] if tracker else kind["mapping"]
    is_own = bool(tracker) and saved != kind["mapping"]
    return {"saved": saved or {}, "own": is_own, "states": "\n".join((saved or {}).get("states", ()))}


def phase_rows(kept: Kept, tracker: dict[str, Any] | None) -> list[tuple[str, str]]:
    """States there and what they mean here, as they stand in the form, and one to fill in."""
    if kept.about("tracker"):
        states, meanings = kept.typed.get("phase_state", ()), kept.typed.get("phase_meaning", ())
        rows = [(state, meaning) for state, meaning in zip(states, meanings, strict=False) if state.strip()]
    else:
        rows = list(tracker["phases"].items()) if tracker else []
    return [*rows, *[("", "")] * _SPARE_ROWS]


def phases_of(types: list[dict[str, Any]]) -> dict[str, str]:
    """The phases of all types by id; one that several have is there once, by all its names."""
    names: dict[str, dict[str, None]] = {}
    for task_type in types:
        for phase in task_type["phases"]:
            names.setdefault(phase["id"], {})[phase["name"]] = None
    return {id_: " / ".join(found) for id_, found in names.items()}


def _expressions(form: FormData) -> dict[str, Any]:
    states = [line.strip() for block in filled(form, "mapping.states") for line in block.split("\n") if line.strip()]
    return {**{name: text(form, f"mapping.{name}") for name in MAPPING}, "states": states}
