"""What rules work on: an aggregate as a value, and the change a rule makes of it. No I/O, no clock."""

from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from balcao.shared.events import Fact


class Aggregate(BaseModel):
    """A thing with an identity whose changes are guarded by its version. Frozen: rules return new values."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    company_id: str
    version: int = 0
    """0 before the first save; grows by one with each change."""
    entries: int = 0
    """How many timeline entries it has."""

    def about(self) -> dict[str, Any]:
        """The fields by which each of its facts names it (`{"ticket": <TicketRef>}`); none unless it says so."""
        return {}

    def follows(self, said: tuple["Said", ...]) -> dict[str, Any]:
        """Fields that follow from what a change says; none unless the aggregate says so."""
        del said
        return {}


@dataclass(frozen=True)
class Said:
    """One thing a change says: its number in the timeline, what it is, and its data."""

    n: int
    fact: type[Fact]
    data: dict[str, Any]


A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True)
class Change(Generic[A]):
    """What a rule decided: the aggregate afterwards and what has to be said. No facts means nothing happened."""

    before: A
    after: A
    facts: tuple[Fact, ...]


class Revision(Generic[A]):
    """Collects the steps of one change, so that every fact carries the aggregate as it is after all of them."""

    def __init__(self, before: A) -> None:
        self._before = before
        self.now: A = before
        self._says: list[tuple[type[Fact], dict[str, Any]]] = []

    def set(self, **values: Any) -> Self:
        """Give fields other values."""
        self.now = self.now.model_copy(update=values)
        return self

    def say(self, fact: type[Fact], **data: Any) -> Self:
        """Something happened that the history shows and others may hear."""
        self._says.append((fact, data))
        return self

    @property
    def said(self) -> tuple[Said, ...]:
        """What it says so far."""
        first = self._before.entries + 1
        return tuple(Said(n, fact, data) for n, (fact, data) in enumerate(self._says, start=first))

    def done(self) -> Change[A]:
        """The change. Without a fact nothing happened, and nothing will be saved."""
        if not self._says:
            return Change(self._before, self._before, ())
        counted = {"version": self._before.version + 1, "entries": self._before.entries + len(self._says)}
        after = self.now.model_copy(update={**counted, **self.now.follows(self.said)})
        about = after.about()
        return Change(self._before, after, tuple(fact(**about, **data) for fact, data in self._says))
