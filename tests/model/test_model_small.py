"""Two thousand random commands through both services; `python -m tests.model.run` says a hundred thousand."""

import pytest

from tests.model.run import WITHOUT_ORDER, Differs, Wanted, run

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1200)]


async def test_no_transition_is_missed_doubled_or_out_of_order() -> None:
    """H1, H2, H3, H4, H5, H6, W13, W14: with facts doubled, late and reordered, and services killed."""
    outcome = await run(Wanted(steps=2000, seed=7, kill_every=500))
    assert outcome.steps >= 2000
    assert outcome.kills >= 3
    assert outcome.moves > 400
    assert outcome.handed_on > outcome.steps


async def test_a_ticket_that_takes_old_facts_for_news_is_found_out() -> None:
    """The comparison can fail: here `tickets` no longer knows an older fact from a newer one."""
    with pytest.raises(Differs, match="differs"):
        await run(Wanted(steps=1500, seed=7, sabotage=WITHOUT_ORDER, settled_within_s=20))
