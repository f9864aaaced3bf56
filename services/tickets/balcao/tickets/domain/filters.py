"""Which tickets a list shows and in which order; what the finding index knows of a ticket to answer that.

A filter is resolved, for a person and a moment, into conditions. Each holds for a ticket as it is stored (`holds`), and
each names the values of the finding index under which such tickets are kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from balcao.shared.calendar import BusinessCalendar
from balcao.shared.events import Stage, Status
from balcao.tickets.domain.policies import BANDS, Band
from balcao.tickets.domain.ticket import ACTIVE, Kind

ME, NONE = "me", "none"
Row = Mapping[str, Any]
Order = Literal["rank", "newest", "oldest", "updated", "promised"]
OneId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Ids = Annotated[tuple[OneId, ...], Field(max_length=50)]

FIELDS = (
    "status stage kind priority workspace project tag analyst executor requester party highlight promised due updated"
).split()
"""What the finding index keeps of each ticket."""
_BUCKETS = {"promised": "%Y%m%d", "due": "%Y%m%d%H", "updated": "%Y%m%d%H"}
"""Instants are kept by the day or hour (UTC) they are in; what is exact is asked of the ticket."""
_WIDTHS = {"promised": timedelta(days=1), "due": timedelta(hours=1), "updated": timedelta(hours=1)}
_TOPS = dict(zip([band for band, _ in BANDS], [101, *(lowest for _, lowest in BANDS)], strict=False))


class Filter(BaseModel):
    """What a list is asked to show: everything given has to hold; of several values of one field any will do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[tuple[Status, ...] | None, Field(max_length=6)] = Field(
        default=None, description="None: any status."
    )
    stage: Annotated[tuple[Stage, ...], Field(max_length=5)] = ()
    kind: Annotated[tuple[Kind, ...], Field(max_length=5)] = ()
    band: Annotated[tuple[Band, ...], Field(max_length=5)] = Field(default=(), description="Bands of priority (O9).")
    workspace: Ids = Field(default=(), description="Ids, or `none`.")
    project: Ids = Field(default=(), description="Ids, or `none`.")
    tag: Ids = Field(default=(), description="Ids, or `none`.")
    analyst: Ids = Field(default=(), description="Ids of people, `me`, or `none`: nobody answers for it.")
    executor: Ids = Field(default=(), description="Who acts in the current stage (H9): ids, `me`, or `none`.")
    requester: Ids = Field(default=(), description="Ids of people, or `me`.")
    promised_from: date | None = Field(default=None, description="First day promised, in the company's time zone.")
    promised_until: date | None = Field(default=None, description="Last day promised, itself included.")
    work: Literal["today", "overdue"] | None = Field(
        default=None, description='"Trabalho de hoje" (W17): what is due today, or was due before.'
    )
    highlighted: bool = Field(default=False, description="Only what wants to be looked at.")

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.promised_from and self.promised_until and self.promised_until < self.promised_from:
            raise ValueError("`promised_until` must not be before `promised_from`")
        return self


@dataclass(frozen=True)
class AnyOf:
    """One of some values of a field."""

    field: str
    values: frozenset[str]

    def holds(self, row: Row) -> bool:
        """Whether a ticket, as it is stored, has one of the values."""
        return not self.values.isdisjoint(facet(row, self.field))


@dataclass(frozen=True)
class Between:
    """An instant from one on, until before another."""

    field: str
    first: datetime | None
    end: datetime | None

    def holds(self, row: Row) -> bool:
        """Whether a ticket's instant lies there."""
        at = instant(row, self.field)
        if at is None:
            return False
        return (self.first is None or at >= self.first) and (self.end is None or at < self.end)

    def covers(self, bucket: str) -> bool | None:
        """Whether all instants of a bucket lie there; none when some may and some may not."""
        begin = datetime.strptime(bucket, _BUCKETS[self.field]).replace(tzinfo=UTC)
        end = begin + _WIDTHS[self.field]
        if (self.first is not None and end <= self.first) or (self.end is not None and begin >= self.end):
            return False
        whole = (self.first is None or begin >= self.first) and (self.end is None or end <= self.end)
        return True if whole else None


Condition = AnyOf | Between


@dataclass(frozen=True)
class Wanted:
    """A filter for one person at one moment."""

    conditions: tuple[Condition, ...]
    drafts: bool = True
    """Whether drafts are shown: to the team only (O12)."""

    def lets_through(self, row: Row) -> bool:
        """Whether a ticket, as it is stored now, belongs in the list."""
        return (self.drafts or row.get("draft") is None) and all(one.holds(row) for one in self.conditions)

    def failing(self, row: Row) -> tuple[str, ...]:
        """The fields by which a ticket, as it is stored now, does not belong in the list."""
        return tuple(one.field for one in self.conditions if not one.holds(row))


def resolve(asked: Filter, person_id: str, calendar: BusinessCalendar, at: datetime) -> Wanted:
    """What a filter means for a person at a moment: who `me` is, and when today begins and ends for the company."""
    found: list[Condition] = []
    if asked.status is not None:
        found.append(AnyOf("status", frozenset(asked.status)))
    if asked.band:
        found.append(AnyOf("priority", frozenset(str(one) for band in asked.band for one in priorities(band))))
    found += [
        AnyOf(field, frozenset(person_id if value == ME else value for value in values))
        for field in ("stage", "kind", "workspace", "project", "tag", "analyst", "executor", "requester")
        if (values := getattr(asked, field))
    ]
    if asked.highlighted:
        found.append(AnyOf("highlight", frozenset({"yes"})))
    if asked.promised_from or asked.promised_until:
        found.append(Between("promised", _begin(asked.promised_from, calendar), _after(asked.promised_until, calendar)))
    if asked.work is not None:
        # The day and not the hour decides: what was due this morning is still today's work.
        today = calendar.today(at)
        first = _begin(today, calendar)
        found.append(
            Between("due", None, first) if asked.work == "overdue" else Between("due", first, _after(today, calendar))
        )
    return Wanted(tuple(found))


def priorities(band: Band) -> range:
    """The priorities in a band (O9)."""
    return range(dict(BANDS)[band], _TOPS[band])


def instant(row: Row, field: str) -> datetime | None:
    """A ticket's instant of this name. Nothing is due about a ticket that needs nobody any more (W17)."""
    at: datetime | None
    if field == "due":
        at = (row.get("due") or row.get("promised_for")) if row["status"] in ACTIVE else None
    else:
        at = row.get("promised_for") if field == "promised" else row["updated_at"]
    return at


def facet(row: Row, field: str) -> tuple[str, ...]:
    """The values of a field under which the finding index keeps a ticket."""
    if field in _BUCKETS:
        at = instant(row, field)
        return (bucket_of(field, at),) if at is not None else ()
    return _FACETS[field](row)


def facets(row: Row) -> dict[str, tuple[str, ...]]:
    """All that the finding index keeps of a ticket."""
    return {field: facet(row, field) for field in FIELDS}


def bucket_of(field: str, at: datetime) -> str:
    """The day or hour an instant is kept under."""
    return at.astimezone(UTC).strftime(_BUCKETS[field])


def _person(party: Any) -> tuple[str, ...]:
    return ((party or {}).get("person_id") or NONE,)


def _executor(row: Row) -> tuple[str, ...]:
    return _person(row["stage_assignees"].get(row["stage"]) or row["analyst"])


def _parties(row: Row) -> tuple[str, ...]:
    """Who may see it without being of the team: the requester by id and address, those in copy by address."""
    parties = (row["requester"], *row.get("watchers", ()))
    addresses = {f"@{party['address']}" for party in parties if party.get("address")}
    return (*_person(row["requester"]), *sorted(addresses))


_FACETS: dict[str, Callable[[Row], tuple[str, ...]]] = {
    "status": lambda row: (row["status"],),
    "stage": lambda row: (row["stage"],),
    "kind": lambda row: (row["kind"],),
    "priority": lambda row: (str(row["priority"]),),
    "workspace": lambda row: (row.get("workspace_id") or NONE,),
    "project": lambda row: (row.get("project_id") or NONE,),
    "tag": lambda row: tuple(row.get("tags") or ()) or (NONE,),
    "analyst": lambda row: _person(row["analyst"]),
    "executor": _executor,
    "requester": lambda row: _person(row["requester"]),
    "party": _parties,
    "highlight": lambda row: ("yes",) if row.get("highlight") else (),
}


def _begin(day: date | None, calendar: BusinessCalendar) -> datetime | None:
    return datetime.combine(day, time.min, calendar.zone).astimezone(UTC) if day is not None else None


def _after(day: date | None, calendar: BusinessCalendar) -> datetime | None:
    return _begin(day + timedelta(days=1), calendar) if day is not None else None
