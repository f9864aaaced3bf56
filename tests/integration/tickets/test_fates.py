"""The ledger of intake asks what became of the messages it took in."""

from typing import Any

import pytest

from balcao.shared.events import ThreadingEvidence
from tests.integration.tickets.running import (
    AS_ANA,
    EVE,
    Desk,
    answer_to,
    first_mail,
    said_by_intake,
)
from tests.unit.tickets.builders import BY_BIA, EVA, an_answer

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def fates(desk: Desk, *asked: dict[str, Any], who: Any = AS_ANA) -> dict[str, str]:
    answer = await desk.post("/messages/fates", {"messages": asked}, who)
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()["fates"]
    return found


async def test_a_message_has_opened_a_ticket_joined_one_waits_or_has_become_nothing(desk: Desk) -> None:
    first = first_mail()
    await desk.desk.take_message(first)
    ticket = await desk.ticket()
    answer = answer_to(ticket, sender=first.data.sender)
    note = answer_to(ticket, sender=BY_BIA)
    held = answer_to(ticket, sender=EVA)
    lost = first_mail(9)
    for event in (answer, note, held):
        await desk.desk.take_message(event)
    named = {"ticket_ids": [ticket["id"]]}
    asked = [{"event_id": one.id, **named} for one in (first, answer, note, held, lost)]
    assert await fates(desk, *asked) == {
        first.id: "opened",
        answer.id: "appended",
        note.id: "appended",
        held.id: "held",
    }
    assert await fates(desk, *asked, who=EVE) == {}


@pytest.mark.parametrize("named", [{"number": 1}, {"internet_message_id": "<2@cliente.test>"}, {}])
async def test_what_joined_a_ticket_is_found_by_whatever_points_there_and_without_it(
    desk: Desk, named: dict[str, Any]
) -> None:
    """Without: as when its ticket went on in another one meanwhile."""
    await desk.opened()
    event = said_by_intake(an_answer(evidence=ThreadingEvidence(subject_number=1)))
    await desk.desk.take_message(event)
    assert await fates(desk, {"event_id": event.id, **named}) == {event.id: "appended"}


@pytest.mark.parametrize(("decision", "fate"), [("accept", "appended"), ("open-new", "opened"), ("discard", "refused")])
async def test_a_held_message_is_what_was_decided_about_it(desk: Desk, decision: str, fate: str) -> None:
    event = answer_to(await desk.opened(), sender=EVA)
    await desk.desk.take_message(event)
    assert (await desk.post(f"/held/{event.id}/{decision}")).status_code == 204
    assert await fates(desk, {"event_id": event.id}) == {event.id: fate}


async def test_a_guest_learns_nothing(desk: Desk) -> None:
    guest = AS_ANA.model_copy(update={"roles": ()})
    assert (await desk.post("/messages/fates", {"messages": []}, guest)).status_code == 404
