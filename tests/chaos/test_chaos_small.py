"""A short chaos run: the parts that everything passes through, and the mail servers at both ends, are killed once each
while mails come in."""

import pytest

from tests.chaos.scenario import Wanted, run

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


async def test_nothing_is_lost_or_doubled_when_each_part_is_killed_once() -> None:
    """H5: `make chaos` in small; it differs in its size alone."""
    wanted = Wanted(
        mails=25,
        kills=6,
        seed=3,
        minutes=3,
        targets=("tickets", "database", "broker", "notifier", "imap", "catcher"),
        # What the killed notifier had in hand is taken over this much sooner.
        settings={"notifier": {"BALCAO_RELAY_TIMEOUT_S": "5"}},
    )
    outcome = await run(wanted, lambda _: None)
    assert outcome.differences == []
    assert set(outcome.record.kills.values()) == {1}
    assert len(outcome.record.kills) == 6
    assert len(outcome.record.accepted) + len(outcome.record.delivered) == 25
    assert outcome.record.delivered
