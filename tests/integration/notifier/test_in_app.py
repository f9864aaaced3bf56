"""In-app notices: stored first, then shown to open pages at once; read one by one or all together."""

from collections.abc import AsyncIterator

import pytest

from balcao.shared.events import AnyEnvelope, NoticeGiven, NoticesRead, read
from tests.integration.notifier.running import ANA, World, eventually
from tests.support.told_facts import ANALYST, DELIVERER, PRODUCER, production_finished, requester_replied, said

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

DAVI = ANA.model_copy(update={"person_id": "davi", "name": "Davi Lima", "address": DELIVERER.address})


@pytest.fixture
async def shown(outside: World) -> AsyncIterator[list[AnyEnvelope]]:
    """What open pages get to hear."""
    heard: list[AnyEnvelope] = []
    overhearing = outside.bus.overhearing(
        (NoticeGiven, NoticesRead), lambda type_, body: heard.append(read(body, type_)), lambda: None
    )
    overhearing.start()
    await overhearing.wait_until_listening()
    yield heard
    await overhearing.stop()


async def test_a_notice_is_shown_at_once_to_its_person_in_each_language_and_once(
    outside: World, shown: list[AnyEnvelope]
) -> None:
    async with outside.notifier() as notifier:
        finished = said(production_finished(), actor=PRODUCER)
        await outside.say(finished, finished)
        await outside.say(said(requester_replied(ticket=finished.data.ticket), id_="after", actor=PRODUCER))
        await eventually(lambda: len(shown) == 3)
        assert sorted(one.data.person_id for one in shown) == ["ana", "ana", "davi"]
        news = next(one.data for one in shown if one.data.person_id == "davi")
        assert news.titles == {
            "pt-BR": "Produção concluída: Banner de Páscoa não abre",
            "en": "Production is done: Banner de Páscoa não abre",
        }
        (stored,) = (await notifier.get("/notices", DAVI)).json()["items"]
        assert (stored["id"], stored["ticket_number"], stored["kind"]) == (
            news.notice_id,
            news.ticket_number,
            news.kind,
        )


async def test_all_can_be_marked_read_at_once_and_one_s_other_pages_hear_of_it(
    outside: World, shown: list[AnyEnvelope]
) -> None:
    """One's own only: a colleague's stay unread."""
    async with outside.notifier() as notifier:
        await outside.say(*(said(production_finished(), actor=PRODUCER, id_=f"e{n}") for n in range(5)))

        async def all_told() -> bool:
            return len(await outside.deliveries(channel="in_app")) == 10

        await eventually(all_told)
        first = (await notifier.get("/notices")).json()["items"][0]
        assert (await notifier.post(f"/notices/{first['id']}/read")).status_code == 200
        assert (await notifier.get("/notices/unread")).json() == {"unread": 4}
        assert [(await notifier.post("/notices/read")).json() for _ in range(2)] == [{"read": 4}, {"read": 0}]
        assert (await notifier.get("/notices/unread")).json() == {"unread": 0}
        assert (await notifier.get("/notices/unread", DAVI)).json() == {"unread": 5}
        again = next(one for one in (await notifier.get("/notices")).json()["items"] if one["id"] == first["id"])
        assert again["read_at"] is not None

        def read_by_ana() -> list[tuple[str, ...]]:
            facts = [one.data for one in shown if isinstance(one.data, NoticesRead)]
            assert {one.person_id for one in facts} <= {ANALYST.person_id}
            return [one.notice_ids for one in facts]

        await eventually(lambda: read_by_ana() == [(first["id"],), ()])
