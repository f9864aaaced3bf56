"""What rules make of an aggregate, and what becomes of it in the timeline."""

from datetime import UTC, datetime
from typing import Any

from balcao.shared.aggregate import Aggregate, Revision
from balcao.shared.events import Fact, Party
from balcao.shared.ids import derived_id, new_id
from balcao.shared.timeline import Cause, entry_id, tell

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Lamp(Aggregate):
    """Something that can be lit."""

    lit: bool = False

    def about(self) -> dict[str, Any]:
        return {"lit": self.lit, "version": self.version}


class Lit(Fact):
    """It was lit."""

    type = "lamp.lit.v1"
    public = True

    lit: bool
    version: int
    by: str = ""


class Cleaned(Fact):
    """It was cleaned."""

    type = "lamp.cleaned.v1"

    lit: bool
    version: int


LAMP = Lamp(id="lamp", company_id="agencia", version=3, entries=5)


def test_without_a_fact_nothing_happened() -> None:
    change = Revision(LAMP).set(lit=True).done()
    assert (change.before, change.after, change.facts) == (LAMP, LAMP, ())


def test_one_change_is_one_version_however_much_is_said() -> None:
    change = Revision(LAMP).say(Lit, by="ana").set(lit=True).say(Cleaned).done()
    assert (change.after.version, change.after.entries) == (4, 7)
    assert change.before == LAMP


def test_every_fact_carries_the_aggregate_as_it_is_after_all_steps() -> None:
    change = Revision(LAMP).say(Lit, by="ana").set(lit=True).say(Cleaned).done()
    assert change.facts == (Lit(lit=True, version=4, by="ana"), Cleaned(lit=True, version=4))


def test_later_steps_see_earlier_ones() -> None:
    revision = Revision(LAMP).set(lit=True)
    assert revision.now.lit
    assert not LAMP.lit


def told(cause_id: str = "cause", subject: str = "lamp", after: int = 5) -> Any:
    facts = (Lit(lit=True, version=4), Cleaned(lit=True, version=4), Lit(lit=True, version=4, by="bia"))
    cause = Cause(cause_id, "chain", AT, Party(person_id="ana", name="Ana"))
    return tell("probe", "agencia", subject, facts, cause, after=after)


def test_entries_are_numbered_on_and_each_is_its_event() -> None:
    one = told()
    assert [entry["n"] for entry in one.entries] == [6, 7, 8]
    assert [entry["_id"] for entry in one.entries] == [event.id for event in one.events]
    assert [entry["public"] for entry in one.entries] == [True, False, True]
    event = one.events[0]
    assert (event.source, event.type, event.subject, event.companyid) == ("probe", "lamp.lit.v1", "lamp", "agencia")
    assert (event.correlationid, event.causationid, event.time) == ("chain", "cause", AT)
    assert event.actor is not None
    assert event.actor.person_id == "ana"


def test_the_same_cause_makes_the_same_ids_and_any_other_makes_others() -> None:
    """What the dedupe rests on: the second insert fails on `_id`."""
    ids = [event.id for event in told().events]
    assert [event.id for event in told(after=9).events] == ids
    assert len(set(ids)) == 3
    for other in (told(cause_id="another"), told(subject="another")):
        assert set(ids).isdisjoint(event.id for event in other.events)


def test_the_id_of_an_entry_can_be_known_beforehand() -> None:
    ids = [event.id for event in told().events]
    assert ids == [
        entry_id("cause", "lamp.lit.v1", "lamp"),
        entry_id("cause", "lamp.cleaned.v1", "lamp"),
        entry_id("cause", "lamp.lit.v1", "lamp", 2),
    ]


def test_an_event_that_leads_to_another_is_its_cause() -> None:
    event = told().events[0]
    cause = Cause.of(event)
    assert (cause.id, cause.correlation_id, cause.at, cause.actor) == (event.id, "chain", AT, event.actor)


def test_derived_ids_keep_their_parts_apart() -> None:
    assert derived_id("a", "b") == derived_id("a", "b")
    assert len({derived_id("a", "b"), derived_id("ab"), derived_id("b", "a"), new_id(), new_id()}) == 5
