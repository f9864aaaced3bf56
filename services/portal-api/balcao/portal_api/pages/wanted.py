"""Which tickets a list shows, as its address says it: the query string is the whole state of the filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from balcao.portal_api.pages import labels

MANY = ("status", "stage", "kind", "band", "analyst", "executor", "requester", "workspace", "project", "tag")
"""Filters of several values: any of them will do."""
ONE = ("promised_from", "promised_until", "work", "highlighted")
FILTERS = (*MANY, *ONE)
ORDERS = ("rank", "newest", "oldest", "updated", "promised")
OF_BAR = tuple(name for name in FILTERS if name != "stage")
"""Filters that are chips; the stage has tabs of its own."""
ACTIVE = frozenset(("draft", "open", "waiting"))
_MOST_CHARACTERS = 2_000
_MOST_TRAIL = 30
_FIRST = "-"
"""The first page's key in a trail: it has none."""
_PLACES: Mapping[str, Mapping[str, str]] = {
    "all": {},
    "triage": {"stage": "triage"},
    "mine": {"analyst": "me"},
    "with_me": {"executor": "me"},
    "waiting": {"status": "waiting"},
    "today": {"executor": "me", "work": "today"},
    "overdue": {"executor": "me", "work": "overdue"},
}
"""What the rail and the home page lead to."""


@dataclass(frozen=True)
class Wanted:
    """The filters and the order of a list, and which page of it."""

    typed: Mapping[str, str] = field(default_factory=dict)
    """Filters and order as the address has them; beside a saved view an empty one takes the view's away."""
    view: Mapping[str, Any] | None = None
    after: str | None = None
    trail: tuple[str, ...] = ()
    """The keys of the pages before, so that one can go back; the latest last."""

    @classmethod
    def of(cls, query: QueryParams, view: Mapping[str, Any] | None = None) -> Self:
        """What an address asks for; what it says besides is left alone. Repeated parameters, as forms send them, are
        put together."""
        typed = {}
        for name in (*FILTERS, "order"):
            values = [value.strip() for value in query.getlist(name)]
            if not values:
                continue
            together = ",".join(dict.fromkeys(value for value in values if value))[:_MOST_CHARACTERS]
            if together or view is not None:
                typed[name] = together if name in MANY else together.partition(",")[0]
        if query.get("unassigned"):
            typed["analyst"] = "none"
        if typed.get("highlighted") not in (None, ""):
            typed["highlighted"] = "true"
        trail = tuple(one for one in query.get("trail", "")[:_MOST_CHARACTERS].split(",") if one)
        after = query.get("after") or None
        return cls(typed, view, after[:100] if after else None, trail[-_MOST_TRAIL:])

    @property
    def filters(self) -> dict[str, str]:
        """What holds: the view's filters, replaced by what the address says."""
        merged = {**_filters_of(self.view), **{name: self.typed[name] for name in FILTERS if name in self.typed}}
        return {name: value for name, value in merged.items() if value}

    @property
    def order(self) -> str | None:
        """The order that was chosen; none: the list's natural one."""
        chosen = self.typed.get("order") or (self.view or {}).get("order")
        return chosen if chosen in ORDERS else None

    @property
    def order_shown(self) -> str:
        """The order the list is in."""
        statuses = self.filters.get("status", "active" if self.view is None else "any")
        natural = "rank" if statuses == "active" or set(statuses.split(",")) <= ACTIVE else "newest"
        return self.order or natural

    @property
    def asked(self) -> dict[str, str]:
        """The filters as `tickets` takes them."""
        status = {} if self.view is None or "status" in self.filters else {"status": "any"}
        return {**self.filters, **status}

    @property
    def is_changed(self) -> bool:
        """Whether something differs from the saved view."""
        return self.view is not None and (
            self.filters != _filters_of(self.view) or self.order != self.view.get("order", "rank")
        )

    @property
    def has_filters(self) -> bool:
        """Whether there is something to clear."""
        return any(name in OF_BAR for name in self.filters)

    @property
    def place(self) -> str:
        """The place in the rail that this list is, whatever its stage tab; `filtered` for any other."""
        if self.view is not None:
            return f"view:{self.view['id']}"
        for name, filters in _PLACES.items():
            if self.filters == filters:
                return name
        without_stage = {name: value for name, value in self.filters.items() if name != "stage"}
        return next((name for name, filters in _PLACES.items() if without_stage == filters), "filtered")

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a filter."""
        value = self.filters.get(name, "")
        return tuple(value.split(",")) if value else ()

    def query(self, **changes: str | None) -> str:
        """The address with some filters or the order changed (none removes one): always a first page."""
        return _address({**self._kept(), **self._changed(changes)})

    def without(self, name: str, value: str) -> str:
        """The address without one value of a filter."""
        return self.query(**{name: ",".join(one for one in self.values(name) if one != value) or None})

    def following(self, key: str) -> str:
        """The next page's address, which knows the way back."""
        trail = (*self.trail, self.after or _FIRST)[-_MOST_TRAIL:]
        return _address({**self._kept(), "after": key, "trail": ",".join(trail)})

    @property
    def previous(self) -> str | None:
        """The address of the page before; none on the first."""
        if self.after is None:
            return None
        if not self.trail:
            return self.query()
        *before, last = self.trail
        page = {} if last == _FIRST else {"after": last, "trail": ",".join(before)}
        return _address({**self._kept(), **page})

    @property
    def page_number(self) -> int | None:
        """Which page this is; none when the address does not say."""
        if self.after is None:
            return 1
        return len(self.trail) + 1 if self.trail and self.trail[0] == _FIRST else None

    def shown_in_form(self, *names: str) -> list[tuple[str, str]]:
        """What a form that changes these filters has to carry along, hidden."""
        return [(name, value) for name, value in self._kept().items() if name not in names]

    def content(self) -> dict[str, Any]:
        """The filters as a saved view keeps them."""
        found: dict[str, Any] = {}
        for name, value in self.asked.items():
            if name == "status":
                if value != "any":
                    found[name] = sorted(ACTIVE) if value == "active" else value.split(",")
            else:
                found[name] = value.split(",") if name in MANY else True if name == "highlighted" else value
        if self.view is None and "status" not in self.filters:
            found["status"] = sorted(ACTIVE)
        return found

    def first_page(self) -> "Wanted":
        """The same list from its beginning."""
        return replace(self, after=None, trail=())

    def _kept(self) -> dict[str, str]:
        view = {"view": str(self.view["id"])} if self.view is not None else {}
        return {**view, **self.typed}

    def _changed(self, changes: Mapping[str, str | None]) -> dict[str, str | None]:
        # What the view has is taken away by saying so; all else by saying nothing.
        of_view = _filters_of(self.view)
        return {name: "" if value is None and name in of_view else value for name, value in changes.items()}


def _filters_of(view: Mapping[str, Any] | None) -> dict[str, str]:
    """A saved view's filters as an address writes them."""
    written: dict[str, str] = {}
    for name, value in ((view or {}).get("filter") or {}).items():
        if name in MANY and value:
            # What needs somebody is one word in addresses.
            is_active = name == "status" and set(value) == ACTIVE
            written[name] = "active" if is_active else ",".join(value)
        elif name in ONE and value:
            written[name] = "true" if value is True else str(value)
    return written


def _address(parameters: Mapping[str, str | None]) -> str:
    # An empty value is kept: it takes away what a saved view says.
    given = {name: value for name, value in parameters.items() if value is not None}
    text = urlencode(given, safe=",~.-")
    return f"?{text}" if text else "?"


def words_of(name: str, value: str) -> str | None:
    """The catalogue's key for a value that has a word of its own; none for ids and dates."""
    return _WORDS.get(name, {}).get(value)


_WORDS: dict[str, Mapping[str, str]] = {
    "status": {**labels.STATUSES, **labels.STATUS_GROUPS},
    "stage": labels.STAGES,
    "kind": labels.KINDS,
    "band": labels.BANDS,
    "work": labels.WORK,
}
