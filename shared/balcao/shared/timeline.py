"""The timeline: what happened to an aggregate as immutable, numbered entries: history, fact and inbox in one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from balcao.shared import telemetry
from balcao.shared.events import AnyEnvelope, Envelope, Fact, Party
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document, Index

TIMELINE = "timeline"


@dataclass(frozen=True)
class Cause:
    """Why something is done: the event or request that led to it. Its time is the time the rules see."""

    id: str
    correlation_id: str
    at: datetime
    actor: Party | None = None

    @classmethod
    def of(cls, event: AnyEnvelope) -> "Cause":
        """The cause that an event is."""
        return cls(event.id, event.correlationid, event.time, event.actor)


@dataclass
class Told:
    """Entries to insert and events to publish for one change."""

    entries: list[Document] = field(default_factory=list)
    events: list[AnyEnvelope] = field(default_factory=list)


def entry_id(cause_id: str, type_: str, subject: str, place: int = 1) -> str:
    """The id of the entry that a cause makes: the `place`th of its type on that subject."""
    return derived_id(cause_id, type_, subject, str(place))


def tell(source: str, company_id: str, subject: str, facts: tuple[Fact, ...], cause: Cause, *, after: int = 0) -> Told:
    """Turn the facts of one change of `subject` into numbered entries (from `after` + 1) and envelopes.

    An entry's id is derived from cause, type, subject and its place among equals, and is the event's id: when the same
    cause acts twice, the second insert fails on `_id`.
    """
    told = Told()
    seen: dict[str, int] = {}
    parent = telemetry.traceparent()
    for offset, fact in enumerate(facts, start=1):
        place = seen[fact.type] = seen.get(fact.type, 0) + 1
        event_id = entry_id(cause.id, fact.type, subject, place)
        told.events.append(
            Envelope[Any](
                id=event_id,
                source=source,
                type=fact.type,
                subject=subject,
                time=cause.at,
                correlationid=cause.correlation_id,
                causationid=cause.id,
                companyid=company_id,
                actor=cause.actor,
                traceparent=parent,
                data=fact,
            )
        )
        told.entries.append(
            {
                "_id": event_id,
                "company_id": company_id,
                "of": subject,
                "n": after + offset,
                "type": fact.type,
                "public": fact.public,
                "at": cause.at,
                "cause": cause.id,
                "actor": cause.actor.model_dump(exclude_none=True) if cause.actor else None,
                "data": fact.model_dump(exclude_none=True),
            }
        )
    return told


INDEXES = (Index.on(TIMELINE, "of", "n", why="one aggregate's history in order; `of` is unique by itself"),)
"""That a cause acts once on an aggregate is held by the derived `_id`, which saves an index on every insert.

(of, n) is not unique on purpose: two causes that create the same aggregate at once both write its entry 1, and must
fail on the aggregate (a conflict, decided again) and never on the timeline (a repeat, dropped).
"""
