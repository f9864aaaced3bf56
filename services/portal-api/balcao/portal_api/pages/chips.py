"""A list's filters in words, and why a ticket is in it no more: names for ids, words for codes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from balcao.portal_api.pages import labels
from balcao.portal_api.pages.surroundings import Surroundings
from balcao.portal_api.pages.wanted import FILTERS, OF_BAR, Wanted, words_of
from balcao.shared.catalogues import N_

NOBODY_CALLED = "?"
"""Begins an id that nobody has: what somebody typed for whom nobody was found."""
_MOST_APART = 6
"""Values of one filter that have a chip each; more share one."""


@dataclass(frozen=True)
class Chip:
    """One filter as it is shown above the list."""

    field: str
    label: str
    words: str
    without: str
    """The address without it."""
    meaning: str = ""
    """More about it: what a band of priorities means in impact (O9)."""


class InWords:
    """Filters' values in words."""

    def __init__(
        self,
        gettext: Callable[[str], str],
        names: Mapping[str, str],
        directory: Surroundings,
        day: Callable[[str], str],
    ) -> None:
        self._ = gettext
        self._names = names
        self._directory = directory
        self._day = day

    def chips(self, wanted: Wanted) -> list[Chip]:
        """The filters that hold, a chip for each value so that each can be taken away; the stage aside: it has tabs."""
        return [chip for name in OF_BAR if name in wanted.filters for chip in self._chips(name, wanted)]

    def _chips(self, name: str, wanted: Wanted) -> list[Chip]:
        label, values = self._(labels.FILTERS[name]), wanted.values(name)
        if len(values) > _MOST_APART:
            return [Chip(name, label, self.of(name, wanted), wanted.query(**{name: None}))]
        return [
            Chip(name, label, self._one(name, value), wanted.without(name, value), self._meaning(name, value))
            for value in values
        ]

    def of(self, name: str, wanted: Wanted) -> str:
        """A filter's values: words, names and days."""
        return ", ".join(self._one(name, value) for value in wanted.values(name))

    def reason(self, ticket: Mapping[str, Any]) -> str:
        """Why a ticket is not in the list any more, by what it has now."""
        said = [self._now(name, ticket) for name in ticket["left"] if name in (*FILTERS, "priority", "promised", "due")]
        return ", ".join(dict.fromkeys(one for one in said if one)) or self._("it does not match any more")

    def _meaning(self, name: str, value: str) -> str:
        return self._directory.band_called(value).impact if name == "band" else ""

    def _one(self, name: str, value: str) -> str:
        word = words_of(name, value)
        if word is not None:
            return self._directory.band_called(value).label or self._(word) if name == "band" else self._(word)
        if value == "none":
            return self._("Nobody") if name in ("analyst", "executor", "requester") else self._("None")
        if value == "me":
            return self._("Me")
        if name in ("promised_from", "promised_until"):
            return self._date(value)
        if name == "highlighted":
            return self._("only")
        return self._name(name, value)

    def _date(self, value: str) -> str:
        try:
            return self._day(value)
        except ValueError:
            return value  # no date: what is wrong is said above the list

    def _name(self, field: str, id_: str) -> str:
        if field == "workspace":
            return self._directory.workspace(id_) or "…"
        if field == "project":
            return self._directory.project(id_) or "…"
        if field == "tag":
            return str(self._directory.tagged([id_])[0]["name"])
        return id_[1:] if id_.startswith(NOBODY_CALLED) else self._names.get(id_, "…")

    def _now(self, name: str, ticket: Mapping[str, Any]) -> str:
        if name in ("status", "stage", "kind"):
            return self._one(name, str(ticket[name]))
        if name == "priority":
            return self._one("band", labels.band(ticket.get("priority") or 0))
        if name in ("analyst", "executor"):
            party = ticket.get("analyst" if name == "analyst" else "assignee") or {}
            return str(party.get("name") or self._("nobody answers for it"))
        if name in ("workspace", "project"):
            id_ = ticket.get(f"{name}_id")
            return self._name(name, id_) if id_ else f"{self._(labels.FILTERS[name])}: {self._('None').lower()}"
        return self._(_CHANGED.get(name, ""))


_CHANGED = {
    "tag": N_("other tags"),
    "requester": N_("another requester"),
    "highlight": N_("was read"),
    "promised": N_("another date"),
    "due": N_("another date"),
}
