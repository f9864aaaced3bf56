"""The forms of a tracker: what they say, read for `workflow`, and what stands in them."""

from typing import Any

from starlette.datastructures import FormData

from balcao.portal_api.pages.settings.fields import Kept, filled, or_none, text, texts, ticked
from balcao.portal_api.pages.settings.tracker_words import MAPPING, TELLS

_SPARE_ROWS = 1


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


def outbound_of(form: FormData, saved: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the tracker is told; none: nothing. What the form does not show stays as it is saved."""
    if not ticked(form, "told"):
        return None
    kept = {name: saved[name] for name in ("task_types", "requests", "id_at", "url_at") if saved and saved.get(name)}
    credentials = {
        name.removeprefix("credentials."): value
        for name in form
        if name.startswith("credentials.") and (value := text(form, name))
    }
    phases = {name.removeprefix("there."): text(form, name) for name in form if name.startswith("there.")}
    return {
        **kept,
        "tells": [one for one in texts(form, "tells") if one in TELLS],
        "base_url": text(form, "base_url"),
        "project": text(form, "project"),
        "issue_type": text(form, "issue_type") or "Task",
        "phases": {phase: words for phase, words in phases.items() if words},
        **({"credentials": credentials} if credentials else {}),
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
