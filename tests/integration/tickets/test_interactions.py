"""Tags on interactions over HTTP: put on, listed, and nobody else's business (W19)."""

import asyncio
from typing import Any

import pytest

from balcao.shared.ids import new_id
from balcao.shared.timeline import Cause
from balcao.shared.tokens import Acting
from balcao.tickets.domain.tags import Tag
from tests.integration.tickets.running import AS_ANA, AS_BIA, AT, EVE, Desk
from tests.unit.tickets.builders import COMPANY, a_message

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def with_tags(desk: Desk, *names: str) -> None:
    """Give the company tags whose ids are their names."""
    for name in names:
        tag = Tag(id=name, company_id=COMPANY, name=name)
        await desk.desk.directory.tags.add(tag, Cause(new_id(), new_id(), AT))


def shown(ticket: dict[str, Any]) -> dict[int, list[str]]:
    """The tags of the ticket's entries, by number."""
    return {one["n"]: one["tags"] for one in ticket["timeline"] if one["tags"]}


async def test_an_interaction_is_tagged_shown_and_found(desk: Desk) -> None:
    """W19: the entry itself stays as it was."""
    await with_tags(desk, "elogio", "cobranca")
    await desk.opened(text="Preciso de um banner")
    await desk.post("/tickets/1/comments", {"text": "nota"}, AS_BIA)
    before = (await desk.ticket())["timeline"]
    await desk.post("/tickets/1/entries/1/tags", {"add": ["elogio", "cobranca"]})
    after = (await desk.post("/tickets/1/entries/1/tags", {"remove": ["cobranca"]})).json()
    assert shown(after) == {1: ["elogio"]}
    assert [one | {"tags": []} for one in after["timeline"][: len(before)]] == before
    found = (await desk.get("/interactions", tag="elogio")).json()
    assert [(one["ticket_number"], one["n"], one["excerpt"]) for one in found["items"]] == [
        (1, 1, "Preciso de um banner")
    ]
    assert (await desk.get("/interactions", tag="cobranca")).json()["items"] == []


async def test_interactions_come_in_pages_the_latest_first(desk: Desk) -> None:
    """W19"""
    await with_tags(desk, "elogio")
    await desk.opened()
    for n in range(5):
        ticket = (await desk.post("/tickets/1/comments", {"text": f"nota {n}"})).json()
        await desk.post(f"/tickets/1/entries/{ticket['timeline'][-1]['n']}/tags", {"add": ["elogio"]})
    texts: list[str] = []
    after = None
    while True:
        page = (await desk.get("/interactions", tag="elogio", limit=2, **({"after": after} if after else {}))).json()
        texts += [one["excerpt"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert texts == [f"nota {n}" for n in (4, 3, 2, 1, 0)]


async def test_two_who_tag_at_once_lose_nothing(desk: Desk) -> None:
    """W19: fails when the tags are written from an older look at them."""
    names = [f"tag{n}" for n in range(6)]
    await with_tags(desk, *names)
    await desk.opened()
    answers = await asyncio.gather(*(desk.post("/tickets/1/entries/1/tags", {"add": [name]}) for name in names))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(shown(await desk.ticket())[1]) == names
    for name in names:
        assert len((await desk.get("/interactions", tag=name)).json()["items"]) == 1


async def test_what_can_not_be_tagged_is_refused_by_name(desk: Desk) -> None:
    """W19"""
    await with_tags(desk, "elogio")
    await desk.opened()
    ticket = (await desk.post("/tickets/1/stage", {"stage": "planning"})).json()
    moved = next(one["n"] for one in ticket["timeline"] if one["type"] == "ticket.stage_entered.v1")
    for path, body, status, code in (
        ("/tickets/1/entries/99/tags", {"add": ["elogio"]}, 404, "unknown-entry"),
        (f"/tickets/1/entries/{moved}/tags", {"add": ["elogio"]}, 409, "entry-has-no-words"),
        ("/tickets/1/entries/1/tags", {"add": ["nada"]}, 422, "unknown-tag"),
        ("/tickets/1/entries/0/tags", {"add": ["elogio"]}, 422, "invalid"),
        ("/tickets/1/entries/1/tags", {"tags": ["elogio"]}, 422, "invalid"),
    ):
        refused = await desk.post(path, body)
        assert (refused.status_code, refused.json()["type"]) == (status, f"urn:balcao:problem:{code}"), path


async def test_tags_on_interactions_are_the_teams_alone(desk: Desk) -> None:
    """W19, P5: neither the requester nor another company sees or sets one."""
    await with_tags(desk, "cliente-dificil")
    ticket = await desk.opened(**a_message().model_dump())
    await desk.post("/tickets/1/entries/1/tags", {"add": ["cliente-dificil"]})
    who = ticket["requester"]
    requester = Acting(company_id=COMPANY, person_id=who["person_id"], name="Dora", address=who["address"])
    assert "cliente-dificil" not in str(await desk.ticket(who=requester))
    for outsider in (requester, EVE):
        tried = await desk.post("/tickets/1/entries/1/tags", {"add": ["cliente-dificil"]}, outsider)
        assert tried.status_code == 404
    assert (await desk.get("/interactions", requester, tag="cliente-dificil")).status_code == 404
    assert (await desk.get("/interactions", EVE, tag="cliente-dificil")).json()["items"] == []
    assert len((await desk.get("/interactions", AS_ANA, tag="cliente-dificil")).json()["items"]) == 1
