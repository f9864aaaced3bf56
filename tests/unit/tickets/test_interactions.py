"""Tags on what somebody said (W19)."""

from typing import Any

import pytest

from balcao.shared.errors import Invalid
from balcao.shared.events import TicketEntryTagged
from balcao.tickets.domain import interactions, status
from balcao.tickets.domain.conditions import EntryHasNoWords, UnknownTag
from balcao.tickets.domain.tags import Tag
from tests.unit.tickets.builders import AT, COMPANY, a_ticket, opened

PRAISE = Tag(id="praise", company_id=COMPANY, name="Elogio")
BILLING = Tag(id="billing", company_id=COMPANY, name="Cobrança")
OLD = Tag(id="old", company_id=COMPANY, name="Antiga", archived=True)
KNOWN = {one.id: one for one in (PRAISE, BILLING, OLD)}
WORDS = {"n": 3, "type": "ticket.requester_replied.v1", "data": {}}


def tagged(n: int, **data: Any) -> dict[str, Any]:
    return {"n": n, "type": "ticket.entry_tagged.v1", "data": data}


def test_tagging_says_so_and_leaves_the_entry_alone() -> None:
    """W19: the history is not rewritten; and nobody outside hears of it."""
    change = interactions.tag(a_ticket(), WORDS, ["billing"], KNOWN, add=["praise", "billing"], remove=["none"])
    (fact,) = change.facts
    assert isinstance(fact, TicketEntryTagged)
    assert (fact.entry, fact.added, fact.removed, fact.public) == (3, ("praise",), (), False)


def test_tagging_is_no_work_on_the_ticket() -> None:
    """W19, H2: whoever sorts what came in does not take the ticket."""
    before = opened().after
    after = interactions.tag(before, WORDS, [], KNOWN, add=["praise"]).after
    assert (after.stage, after.progress, after.analyst) == ("triage", before.progress, before.analyst)


def test_nothing_new_is_no_change() -> None:
    """W19"""
    assert interactions.tag(a_ticket(), WORDS, ["praise"], KNOWN, add=["praise"], remove=["billing"]).facts == ()


def test_a_closed_tickets_words_can_still_be_tagged() -> None:
    """W19"""
    closed = status.resolve(opened().after, "spam", AT).after
    assert interactions.tag(closed, WORDS, [], KNOWN, add=["praise"]).facts


@pytest.mark.parametrize("unknown", ["old", "nada"], ids=["archived", "unknown"])
def test_only_living_tags_are_put_on_and_any_is_taken_away(unknown: str) -> None:
    """W19"""
    with pytest.raises(UnknownTag):
        interactions.tag(a_ticket(), WORDS, [], KNOWN, add=[unknown])
    assert interactions.tag(a_ticket(), WORDS, [unknown], KNOWN, remove=[unknown]).facts


def test_only_words_carry_tags() -> None:
    """W19"""
    with pytest.raises(EntryHasNoWords):
        interactions.tag(a_ticket(), WORDS | {"type": "ticket.resolved.v1"}, [], KNOWN, add=["praise"])


def test_an_entry_carries_only_so_many() -> None:
    """W19"""
    with pytest.raises(Invalid):
        interactions.tag(a_ticket(), WORDS, [str(n) for n in range(50)], KNOWN, add=["praise"])


def test_the_history_tells_which_entry_has_which_tags() -> None:
    """W19"""
    timeline = [
        WORDS,
        tagged(4, entry=3, added=["praise", "billing"]),
        tagged(5, entry=1, added=["praise"]),
        tagged(6, entry=3, removed=["praise"]),
        tagged(7, entry=1, removed=["praise"]),
    ]
    assert interactions.tags_by_entry(timeline) == {3: ["billing"]}
