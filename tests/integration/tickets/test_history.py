"""The history over HTTP: sentences for the reader, the whole ticket as a file, and nothing private for a guest."""

import json

import pytest

from balcao.shared.tokens import Acting
from tests.integration.tickets.running import AS_ANA, EVE, Desk, acting, signed
from tests.unit.tickets.builders import a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


async def dora(desk: Desk) -> Acting:
    """Dora with the id the desk gave her."""
    return acting(a_requester(), person_id=(await desk.ticket())["requester"]["person_id"])


async def worked_on(desk: Desk) -> None:
    """A ticket with something private and something public."""
    await desk.opened()
    await desk.post("/tickets/1/comments", {"text": "cliente difícil"})
    edit = {"priority": 80, "promised_for": "2026-03-20T15:00:00Z"}
    await desk.call("PATCH", "/v1/tickets/1", json=edit, headers=signed(AS_ANA))


async def test_each_entry_is_a_sentence_in_the_readers_language(desk: Desk) -> None:
    """W10"""
    await worked_on(desk)
    answer = (await desk.get("/tickets/1/history", locale="en")).json()
    assert [one["sentence"] for one in answer["items"]] == [
        "Dora opened the ticket by e-mail",
        "The ticket left Triage for Analysis with the first step of Ana",
        "Ana wrote a private note",
        "Ana changed priority from “0 (Not prioritised)” to “80 (Urgent)”",
        "Ana promised it for 20 Mar 2026",
    ]
    portuguese = (await desk.get("/tickets/1/history", AS_ANA.model_copy(update={"locale": "pt-BR"}))).json()
    assert portuguese["items"][0]["sentence"] == "Dora abriu o ticket por e-mail"
    assert portuguese["items"][3]["data"]["changes"] == {"priority": [0, 80]}


async def test_the_history_comes_page_by_page(desk: Desk) -> None:
    """W10"""
    await worked_on(desk)
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = (await desk.get("/tickets/1/history", limit=2, after=after)).json()
        seen += [one["n"] for one in page["items"]]
        after = page["next"]
    assert seen == [1, 2, 3, 4, 5]


async def test_a_guest_reads_what_is_public_and_names_nobody_of_the_team(desk: Desk) -> None:
    """W7, P5: in the history and in the file."""
    await worked_on(desk)
    who = await dora(desk)
    history, export = await desk.get("/tickets/1/history", who), await desk.get("/tickets/1/export", who)
    for answer in (history, export):
        assert answer.status_code == 200
        assert not [word for word in ("difícil", "Ana", "Analysis", "priority", "Urgent") if word in answer.text]
    assert [one["type"] for one in history.json()["items"]] == ["ticket.opened.v1", "ticket.promised.v1"]
    assert set(history.json()["items"][0]) == {"n", "type", "at", "data", "sentence"}


async def test_the_file_is_complete(desk: Desk) -> None:
    """W10: the ticket and every entry, in a format that says its name."""
    await worked_on(desk)
    answer = await desk.get("/tickets/1/export", locale="pt-BR")
    file = json.loads(answer.text)
    assert (file["format"], file["ticket"]["number"], len(file["history"])) == ("balcao.ticket.v1", 1, 5)
    assert file["history"][2]["data"]["text"] == "cliente difícil"
    assert answer.headers["content-disposition"] == 'attachment; filename="ticket-1.json"'


async def test_outsiders_get_the_404_of_a_ticket_that_is_not_there(desk: Desk) -> None:
    await desk.opened()
    stranger = acting(a_requester(), person_id="stranger", address="ze@longe.test")
    for path in ("/tickets/1/history", "/tickets/1/export"):
        for who in (EVE, stranger):
            assert (await desk.get(path, who)).status_code == 404


async def test_an_operation_that_was_undone_is_marked(desk: Desk) -> None:
    """W15"""
    await desk.opened()
    await desk.post("/tickets/1/split", {"title": "Parte", "text": "algo"})
    await desk.post("/tickets/1/undo", {"entry": 2})
    answer = (await desk.get("/tickets/1/history", locale="en")).json()
    operation = answer["items"][1]["data"]["operation_id"]
    by = answer["undone"][operation]
    assert answer["items"][by - 1]["sentence"].startswith("Ana undid the split (entries 2")


async def test_a_ticket_comes_with_sentences_for_a_page_that_asks_for_them(desk: Desk) -> None:
    """W10, P5"""
    await worked_on(desk)
    for who, last in (
        (AS_ANA, "Ana promised it for 20 Mar 2026"),
        (await dora(desk), "The team promised it for 20 Mar 2026"),
    ):
        shown = (await desk.get("/tickets/1", who, locale="en")).json()
        assert shown["timeline"][-1]["sentence"] == last
    assert "sentence" not in (await desk.ticket())["timeline"][0]
