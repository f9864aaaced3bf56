"""Who is at which ticket at this moment. Values in, values out: the time comes with each call, in seconds of any clock
that only goes forward."""

from collections import defaultdict
from dataclasses import dataclass, replace

LAPSES_S = 18.0
"""A page says every eight seconds that it is there: one that is lost does no harm."""
MOST_PAGES = 10_000
"""Open pages that one process keeps in mind; who comes beyond that is not shown."""

LOOKING, WRITING, GONE = "looking", "writing", "gone"

Where = tuple[str, int]
"""A company's id and a ticket's number."""


@dataclass(frozen=True)
class Present:
    """Somebody who is there, on one page or on several."""

    person_id: str
    name: str
    is_writing: bool

    @property
    def doing(self) -> str:
        """In the words of the contract."""
        return WRITING if self.is_writing else LOOKING


@dataclass(frozen=True)
class _Page:
    who: Present
    until: float


class Presences:
    """What the pages said lately. Nothing of it outlives the process."""

    def __init__(self) -> None:
        self._pages: defaultdict[Where, dict[tuple[str, str], _Page]] = defaultdict(dict)
        self._count = 0

    def heard(self, where: Where, who: Present, page: str, doing: str, now: float) -> bool:
        """Take note of what a page said; whether that changes who is there."""
        before = self.at(where)
        key = (who.person_id, page)
        if doing == GONE:
            self._forget(where, key)
        elif key in self._pages[where] or self._count < MOST_PAGES:
            self._count += key not in self._pages[where]
            self._pages[where][key] = _Page(replace(who, is_writing=doing == WRITING), now + LAPSES_S)
        return self.at(where) != before

    def lapse(self, now: float) -> list[Where]:
        """Forget the pages that fell silent; where that changes who is there."""
        changed = []
        for where, pages in list(self._pages.items()):
            before = self.at(where)
            for key in [key for key, page in pages.items() if page.until <= now]:
                self._forget(where, key)
            if self.at(where) != before:
                changed.append(where)
        return changed

    def at(self, where: Where, but: str = "") -> list[Present]:
        """Everybody who is there but this person: first who writes, then by name."""
        found: dict[str, Present] = {}
        for (person_id, _), page in self._pages.get(where, {}).items():
            known = found.get(person_id)
            if person_id != but and (known is None or page.who.is_writing):
                found[person_id] = page.who
        return sorted(found.values(), key=lambda one: (not one.is_writing, one.name.casefold(), one.person_id))

    def _forget(self, where: Where, key: tuple[str, str]) -> None:
        if self._pages[where].pop(key, None) is not None:
            self._count -= 1
        if not self._pages[where]:
            del self._pages[where]
