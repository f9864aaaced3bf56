"""Notices, deliveries and previews over HTTP, each with the outsider who gets nothing."""

from typing import Any

import pytest

from balcao.shared.tokens import Acting
from tests.integration.notifier.running import ANA, Notifier, World, eventually
from tests.support.told_facts import AT, COMPANY, REQUESTER, WATCHER, held, opened, replied, said, ticket

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

DAVI = Acting(company_id=COMPANY.id, person_id="davi", name="Davi", address="davi@aurora.example", roles=("producer",))
GUEST = Acting(company_id=COMPANY.id, person_id="zoe", name="Zoë", address="zoe@cliente.example")
OUTSIDER = Acting(company_id="another", person_id="ana", name="Ana", address="ana@other.example", roles=("admin",))


async def notices(notifier: Notifier, acting: Acting = ANA, **query: Any) -> dict[str, Any]:
    """A page of somebody's notices."""
    answer = await notifier.get("/notices", acting, **query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def test_notices_are_read_by_whom_they_are_for(notifier: Notifier, outside: World) -> None:
    await outside.say(said(opened(), actor=REQUESTER), said(held()))
    await eventually(lambda: _has_notices(notifier, 2))
    page = await notices(notifier)
    assert page["unread"] == 2
    assert {one["kind"]: (one["title"], one["ticket_number"], one["read_at"]) for one in page["items"]} == {
        "ticket_opened": ("Novo ticket: Banner de Páscoa não abre", 12, None),
        "message_held": ("Uma mensagem de Alguém aguarda liberação: Banner de Páscoa não abre", 12, None),
    }
    english = await notices(notifier, ANA.model_copy(update={"locale": "en"}))
    assert {one["title"].partition(":")[0] for one in english["items"]} == {
        "New ticket",
        "A message from Somebody waits to be let in",
    }

    first = page["items"][0]["id"]
    read = (await notifier.post(f"/notices/{first}/read")).json()
    assert read["read_at"] is not None
    assert (await notifier.post(f"/notices/{first}/read")).json() == read
    assert (await notices(notifier))["unread"] == 1


@pytest.mark.parametrize("acting", [DAVI, GUEST, OUTSIDER], ids=["colleague", "guest", "another company"])
async def test_somebody_elses_notices_are_not_there(notifier: Notifier, outside: World, acting: Acting) -> None:
    await outside.say(said(opened(), actor=REQUESTER))
    await eventually(lambda: _has_notices(notifier, 1))
    (mine,) = (await notices(notifier))["items"]
    assert await notices(notifier, acting) == {"items": [], "unread": 0, "next": None}
    assert (await notifier.post(f"/notices/{mine['id']}/read", None, acting)).status_code == 404
    assert (await notices(notifier))["unread"] == 1


async def test_notices_come_in_pages_without_gap_or_repeat(notifier: Notifier, outside: World) -> None:
    """All at the same instant, so that only a complete order keeps pages apart."""
    await outside.say(*(said(held(), id_=f"event-{n}") for n in range(7)))
    await eventually(lambda: _has_notices(notifier, 7))
    seen: list[str] = []
    after = None
    while True:
        page = await notices(notifier, limit=3, **({"after": after} if after else {}))
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7


async def test_the_team_sees_who_was_told_about_a_ticket(notifier: Notifier, outside: World) -> None:
    await outside.say(said(replied()))
    await eventually(lambda: len(outside.heard) == 2)
    answer = await notifier.get("/deliveries", ticket_id=ticket().id)
    found = [(one["recipient"]["name"], one["kind"], one["channel"], one["state"]) for one in answer.json()["items"]]
    assert sorted(found) == [("Ivo Prado", "reply", "mail", "sent"), ("Zoë Guimarães", "reply", "mail", "sent")]
    assert (await notifier.get("/deliveries", GUEST, ticket_id=ticket().id)).status_code == 404
    assert (await notifier.get("/deliveries", OUTSIDER, ticket_id=ticket().id)).json() == {"items": []}


async def test_a_preview_is_the_very_bytes_that_go_out(notifier: Notifier, outside: World) -> None:
    """W7."""
    fact = replied(recipients=(REQUESTER, WATCHER))
    event = said(fact, actor=ANA.party())
    body = {"fact": fact.model_dump(mode="json"), "event_id": event.id, "time": AT.isoformat()}
    answer = await notifier.post("/preview", body)
    assert answer.status_code == 200, answer.text
    previewed = {one["recipient"]["address"]: one for one in answer.json()["mails"]}
    assert await outside.deliveries() == []
    assert outside.sink.received == []

    await outside.say(event)
    await eventually(lambda: len(outside.sink.taken) == 2)
    for mail in outside.sink.taken:
        assert mail.content.decode("ascii") == previewed[mail.recipient]["raw"]
    assert "Corrigimos o banner" in previewed["zoe@cliente.example"]["text"]
    assert "<p " in previewed["zoe@cliente.example"]["html"]


async def test_a_preview_says_whom_no_mail_can_reach(notifier: Notifier) -> None:
    nobody = REQUESTER.model_copy(update={"address": "zoë@cliente.example"})
    fact = replied(recipients=(nobody, WATCHER)).model_dump(mode="json")
    page = (await notifier.post("/preview", {"fact": fact})).json()
    assert [one["recipient"]["name"] for one in page["mails"]] == ["Ivo Prado"]
    assert [one["name"] for one in page["unreachable"]] == ["Zoë Guimarães"]


async def test_a_preview_is_for_the_team(notifier: Notifier) -> None:
    body = {"fact": replied().model_dump(mode="json")}
    assert (await notifier.post("/preview", body, GUEST)).status_code == 404
    assert (await notifier.post("/preview", body, OUTSIDER)).status_code == 503  # nothing is known of that company


@pytest.mark.parametrize("body", [{}, {"fact": {"text": "x"}}, {"fact": 7}, [], None])
async def test_a_preview_of_nothing_is_refused_in_words(notifier: Notifier, body: Any) -> None:
    answer = await notifier.post("/preview", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def _has_notices(notifier: Notifier, count: int) -> bool:
    return len((await notices(notifier))["items"]) == count


async def test_who_is_not_signed_in_learns_whether_links_lead_anywhere(notifier: Notifier) -> None:
    """P1: the gateway asks before somebody types their address at the page for forgotten passwords."""
    nobody = Acting(company_id=COMPANY.id, person_id="", name="", address="")
    assert (await notifier.get("/invitations", nobody)).json() == {"possible": False}  # no public address here
