"""What opening a ticket by mail costs the database, by who writes and what the company wants."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from pymongo import monitoring

from balcao.shared import mongo
from tests.integration.tickets.running import Desk, said_by_intake
from tests.unit.tickets.builders import DORA, a_message

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

Command = tuple[str, str]
BUDGET = Counter(
    {
        ("find", "people"): 1,
        ("findAndModify", "counters"): 1,
        ("insert", "tickets"): 1,
        ("insert", "timeline"): 1,
        ("insert", "outbox"): 1,
        ("commitTransaction", "admin"): 1,
    }
)
"""Who wrote, the number, and one transaction. What is said and indexed afterwards is not the mail's own."""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Counter[Command]:
    """Commands by name and collection; set up before the service is, or its client would not be counted."""
    counted: Counter[Command] = Counter()
    started = mongo._CommandWatch.started

    def counting(watch: Any, event: monitoring.CommandStartedEvent) -> None:
        target = event.command.get(event.command_name)
        counted[event.command_name, target if isinstance(target, str) else event.database_name] += 1
        started(watch, event)

    monkeypatch.setattr(mongo._CommandWatch, "started", counting)
    return counted


async def test_an_ordinary_mail_of_somebody_known_costs_what_it_did_without_directives_and_policies(
    seen: Counter[Command], desk: Desk
) -> None:
    """O3, O7: neither directives nor the policy on unknown senders cost an ordinary mail anything."""
    await desk.post("/people", {"name": "Dora", "addresses": [DORA.address]})
    await desk.desk.take_message(said_by_intake(a_message()))
    await desk.get("/company")  # the team is in memory for the next two seconds
    seen.clear()
    await desk.desk.take_message(said_by_intake(a_message(message_id="message-2", internet_message_id="<2@x.test>")))
    cost = Counter({command: count for command, count in seen.items() if command in BUDGET or command[1] == "held"})
    assert cost == BUDGET


async def test_first_mails_of_one_new_sender_at_once_cost_no_transaction_that_fails(
    seen: Counter[Command], desk: Desk
) -> None:
    """Each would register the sender, and all but one of the transactions would be undone and made again."""
    mails = [a_message(message_id=f"message-{n}", internet_message_id=f"<{n}@x.test>") for n in range(8)]
    seen.clear()
    taking = []
    for mail in mails:
        taking.append(asyncio.create_task(desk.desk.take_message(said_by_intake(mail))))
        await asyncio.sleep(0.002)  # what comes in the very same moment the committer keeps apart by itself
    await asyncio.gather(*taking)
    assert seen["insert", "people"] == 1
    assert seen["abortTransaction", "admin"] == 0
    assert seen["commitTransaction", "admin"] > 0
