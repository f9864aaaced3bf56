"""How a company presents itself: learnt from facts that may come late, twice and out of order."""

import pytest

from balcao.shared.events import CompanyProfile
from tests.integration.notifier.running import Notifier, World, eventually
from tests.support.told_facts import COMPANY, REQUESTER, configured, replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def test_a_fact_of_a_company_not_known_yet_waits_for_it(notifier: Notifier, outside: World) -> None:
    del notifier
    company = CompanyProfile(id="nova", slug="nova", name="Nova", addresses=("ajuda@nova.example",))
    await outside.say(said(replied(recipients=(REQUESTER,)), company=company))
    await eventually(lambda: _tried(outside))
    assert outside.sink.received == []
    await outside.say(configured(company))
    await eventually(lambda: len(outside.sink.taken) == 1)
    assert outside.sink.taken[0].message["from"] == "Nova <ajuda@nova.example>"


async def test_the_highest_version_wins_whatever_the_order(outside: World) -> None:
    newest = COMPANY.model_copy(update={"name": "Aurora & Filhas", "version": 3})
    older = COMPANY.model_copy(update={"name": "Aurora Velha", "version": 2})
    async with outside.notifier():
        await outside.say(configured(newest), configured(older), configured(newest), configured(COMPANY))
        await eventually(lambda: _knows(outside, 3))
        await eventually(lambda: _is_empty(outside))
    async with outside.notifier():
        await outside.say(said(replied(recipients=(REQUESTER,))))
        await eventually(lambda: len(outside.sink.taken) == 1)
    assert outside.sink.taken[0].message["from"].addresses[0].display_name == "Aurora & Filhas"


async def test_a_new_name_shows_in_the_next_mail(notifier: Notifier, outside: World) -> None:
    del notifier
    await outside.say(said(replied(recipients=(REQUESTER,)), id_="one"))
    await eventually(lambda: len(outside.sink.taken) == 1)
    await outside.say(configured(COMPANY.model_copy(update={"name": "Aurora Nova", "version": 2})))
    await eventually(lambda: _knows(outside, 2))
    await eventually(lambda: _is_empty(outside))
    await outside.say(said(replied(recipients=(REQUESTER,)), id_="two"))
    await eventually(lambda: len(outside.sink.taken) == 2)
    assert outside.sink.taken[1].message["from"].addresses[0].display_name == "Aurora Nova"


async def _knows(outside: World, version: int) -> bool:
    found = await outside.mongo.db["companies"].find_one({"_id": COMPANY.id})
    return found is not None and found["version"] == version


async def _tried(outside: World) -> bool:
    """The fact is in no queue of work: it sits in a waiting room."""
    channel = await outside.bus.channel()
    rooms = [f"balcao.retry.{attempt}" for attempt in (1, 2, 3, 4, 5)]
    found = [await channel.declare_queue(outside.bus.name(name), passive=True) for name in rooms]
    await channel.close()
    return any(one.declaration_result.message_count for one in found)


async def _is_empty(outside: World) -> bool:
    return await outside.waiting("notifier.learn_company") == 0
