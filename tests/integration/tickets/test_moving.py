"""Messages that came to the wrong ticket: moved, made tickets of their own, and brought back; once, or not at all."""

import asyncio
from typing import Any

import pytest

from tests.integration.tickets.running import AS_ANA, EVE, Desk, acting, answer_to, eventually
from tests.unit.tickets.builders import DORA, EVA, a_requester

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

AS_DORA = acting(a_requester(), roles=())
AS_EVA = acting(a_requester(id="eva", addresses=("eva@cliente.test",)), name="Eva", roles=())
FILE = {"file_id": "mail:message-2/2", "name": "arte.pdf", "size": 10}


async def misplaced(desk: Desk) -> dict[str, Any]:
    """Dora's ticket 1, to which Eva gets copies and wrote what belongs to her own ticket 2; ticket 1 afterwards."""
    first = await desk.opened(others=(EVA,))
    await desk.opened(message_id="message-9", sender=EVA, internet_message_id="<9@cliente.test>", subject="Folheto")
    await desk.desk.take_message(answer_to(first, sender=EVA, files=(FILE,)))
    return await desk.ticket(1)


async def move(desk: Desk, entry: int = 2, **rest: Any) -> Any:
    """Ana moves a message of ticket 1."""
    body = {name: rest.pop(name) for name in ("to", "title") if name in rest}
    return await desk.post(f"/tickets/1/messages/{entry}/move", body, **rest)


async def back(desk: Desk, entry: int = 2, **rest: Any) -> Any:
    """Ana takes a move of ticket 1 back."""
    return await desk.post(f"/tickets/1/messages/{entry}/move-back", **rest)


def entry(ticket: dict[str, Any], type_: str) -> dict[str, Any]:
    """The latest entry of a type."""
    found: dict[str, Any] = [one for one in ticket["timeline"] if one["type"] == f"ticket.{type_}.v1"][-1]
    return found


async def sentences(desk: Desk, number: int, locale: str, who: Any = AS_ANA) -> list[str]:
    """The history in words."""
    items = (await desk.get(f"/tickets/{number}/history", who, locale=locale)).json()["items"]
    return [one["sentence"] for one in items]


async def test_a_message_moves_with_its_files_and_both_histories_say_so(desk: Desk) -> None:
    """W2: on the other ticket it is as if it had come there."""
    await misplaced(desk)
    await desk.post("/tickets/2/resolve", {"method": "answered"})
    answer = await move(desk, to=2)
    assert answer.status_code == 200, answer.text
    old, other = answer.json(), answer.json()["other"]
    moved = next(one for one in old["timeline"] if one["n"] == 2)
    assert moved["moved_to"] == {"id": other["id"], "number": 2}
    assert moved["data"]["text"].startswith("Ficou bom!")
    arrived = entry(other, "requester_replied")["data"]
    assert (arrived["text"], arrived["author"]["address"], arrived["rule"]) == (
        moved["data"]["text"],
        "eva@cliente.test",
        "moved",
    )
    assert [one["file_id"] for one in arrived["files"]] == [FILE["file_id"]]
    assert (other["status"], other["highlight"]) == ("open", "reply")
    assert old["highlight"] is None
    assert "Ana moved the message of Eva (entry 2) to #2 “Folheto”" in await sentences(desk, 1, "en")
    assert "Ana moveu a mensagem de Eva (registro 2) para #2 “Folheto”" in await sentences(desk, 1, "pt-BR")
    assert any(
        "trouxe para cá uma mensagem de Eva que tinha chegado em #1" in one for one in await sentences(desk, 2, "pt-BR")
    )


async def test_answers_to_a_moved_mail_and_to_either_reply_address_find_their_ticket(desk: Desk) -> None:
    await misplaced(desk)
    await move(desk, to=2)
    by_mail = {"references": ("<2@cliente.test>",)}
    await desk.desk.take_message(
        answer_to(
            {"id": ""},
            message_id="message-3",
            sender=EVA,
            internet_message_id="<3@cliente.test>",
            text="mais",
            evidence=by_mail,
        )
    )
    assert entry(await desk.ticket(2), "requester_replied")["data"]["text"] == "mais"
    for number, sender in ((1, DORA), (2, EVA)):
        ticket = await desk.ticket(number)
        await desk.desk.take_message(
            answer_to(
                ticket,
                message_id=f"message-1{number}",
                sender=sender,
                internet_message_id=f"<1{number}@x.test>",
                text=f"ao {number}",
            )
        )
        assert entry(await desk.ticket(number), "requester_replied")["data"]["text"] == f"ao {number}"


async def test_who_may_not_see_the_other_ticket_no_longer_reads_the_message(desk: Desk) -> None:
    """P5: neither in the ticket, nor in its history, nor by searching."""
    await misplaced(desk)
    assert entry(await desk.ticket(1, AS_DORA), "requester_replied")["data"]["text"]
    await move(desk, to=2)
    shown = await desk.ticket(1, AS_DORA)
    data = entry(shown, "requester_replied")["data"]
    assert data["moved"] is True
    assert "text" not in data
    assert "files" not in data
    assert "Ficou bom" not in str(shown)
    assert "Folheto" not in str(shown)
    history = (await desk.get("/tickets/1/history", AS_DORA)).json()
    assert "Ficou bom" not in str(history)
    assert "Folheto" not in str(history)
    assert entry(await desk.ticket(2, AS_EVA), "requester_replied")["data"]["text"].startswith("Ficou bom!")

    async def found_by(who: Any) -> set[int]:
        items = (await desk.get("/tickets/search", who, q="ficou")).json()["items"]
        return {one["number"] for one in items}

    async def is_indexed() -> bool:
        return await found_by(AS_ANA) == {1, 2} and await found_by(AS_DORA) == set()

    await eventually(is_indexed, 30)


async def test_a_message_becomes_a_ticket_of_its_own(desk: Desk) -> None:
    """O1, O3: its sender is the requester, and hears of it as after any first mail."""
    first = await misplaced(desk)
    answer = await move(desk, title="Outro assunto")
    assert answer.status_code == 200, answer.text
    new = answer.json()["other"]
    assert (new["number"], new["title"], new["requester"]["address"], new["opening_rule"]) == (
        3,
        "Outro assunto",
        "eva@cliente.test",
        "moved",
    )
    assert (new["requested"][:10], new["related_ticket_id"]) == ("Ficou bom!", first["id"])
    assert [one["file_id"] for one in new["requested_files"]] == [FILE["file_id"]]
    assert [one["type"] for one in new["timeline"]] == ["ticket.opened.v1", "ticket.message_moved_here.v1"]
    assert entry(new, "opened")["data"]["channel"] == "mail"


async def test_a_move_asked_for_twice_or_by_two_at_once_happens_once(desk: Desk) -> None:
    await misplaced(desk)
    answers = await asyncio.gather(*(move(desk, idempotency_key="a") for _ in range(3)), move(desk, to=2))
    repeats, other = answers[:3], answers[3]
    if other.status_code == 200:
        assert {one.status_code for one in repeats} == {409}
    else:
        assert ({one.status_code for one in repeats}, other.status_code) == ({200}, 409)
    assert await desk.count("timeline", type="ticket.message_moved_away.v1") == 1
    assert await desk.count("timeline", type="ticket.message_moved_here.v1") == 1
    again = await move(desk, idempotency_key="a")
    assert again.status_code == repeats[0].status_code


@pytest.mark.parametrize(
    ("entry_", "to", "status", "code"),
    [
        (1, 2, 409, "opened-the-ticket"),
        (3, 2, 409, "no-message"),
        (99, 2, 404, None),
        (2, 1, 409, "same-ticket"),
        (2, 77, 404, None),
    ],
)
async def test_what_can_t_be_moved_is_said_and_changes_nothing(
    desk: Desk, entry_: int, to: int, status: int, code: str | None
) -> None:
    await misplaced(desk)
    await desk.post("/tickets/1/comments", {"text": "nota"})
    before = [await desk.ticket(number) for number in (1, 2)]
    refused = await move(desk, entry_, to=to)
    assert (refused.status_code, refused.json().get("code")) == (status, code), refused.text
    assert [await desk.ticket(number) for number in (1, 2)] == before


@pytest.mark.parametrize("ending", ["close", "cancel"])
async def test_a_ticket_that_takes_no_words_takes_no_moved_ones(desk: Desk, ending: str) -> None:
    """W2"""
    await misplaced(desk)
    if ending == "close":
        await desk.post("/tickets/2/resolve", {"method": "spam"})
    else:
        await desk.post("/tickets/2/cancel")
    assert (await desk.ticket(2))["status"] in {"closed", "cancelled"}
    assert (await move(desk, to=2)).status_code == 409
    assert (await desk.ticket(1))["highlight"] == "reply"


async def test_a_move_is_taken_back_while_nobody_answered(desk: Desk) -> None:
    """W15: the message is the old ticket's again, where it stood."""
    before = await misplaced(desk)
    await move(desk, to=2)
    repeats = [await back(desk, idempotency_key="volta") for _ in range(2)]
    assert [one.status_code for one in repeats] == [200, 200]
    assert await desk.count("timeline", type="ticket.message_brought_back.v1") == 1
    old, other = await desk.ticket(1), await desk.ticket(2)
    assert "moved_to" not in next(one for one in old["timeline"] if one["n"] == 2)
    assert entry(await desk.ticket(1, AS_DORA), "requester_replied")["data"]["text"].startswith("Ficou bom!")
    assert entry(other, "requester_replied")["moved_to"]["number"] == 1
    assert "Ficou bom" not in str(await desk.ticket(2, AS_EVA))
    assert any("trouxe de volta de #2" in one for one in await sentences(desk, 1, "pt-BR"))
    assert (await back(desk)).json()["code"] == "not-moved"
    assert (await move(desk, to=2)).status_code == 200
    assert before["number"] == 1


async def test_a_move_is_not_taken_back_once_its_sender_was_answered(desk: Desk) -> None:
    """W15: refused with the entry in the way."""
    await misplaced(desk)
    await move(desk, to=2)
    await desk.post("/tickets/2/comments", {"text": "Segue", "visible": True})
    refused = await back(desk)
    assert (refused.status_code, refused.json()["code"]) == (409, "answered-since")
    answered = entry(await desk.ticket(2), "replied")["n"]
    assert (refused.json()["number"], refused.json()["entry"]) == (2, answered)


async def test_a_ticket_made_of_a_message_is_cancelled_when_that_is_taken_back(desk: Desk) -> None:
    """W15: unless somebody worked on it."""
    await misplaced(desk)
    await move(desk)
    assert (await back(desk)).status_code == 200
    assert (await desk.ticket(3))["status"] == "cancelled"
    await move(desk)
    await desk.post("/tickets/4/comments", {"text": "nota"})
    refused = await back(desk)
    assert (refused.status_code, refused.json()["code"]) == (409, "worked-on-since")


async def test_outsiders_move_nothing(desk: Desk) -> None:
    await misplaced(desk)
    for who in (AS_DORA, AS_EVA, EVE):
        assert (await move(desk, to=2, who=who)).status_code == 404
        assert (await back(desk, who=who)).status_code == 404
    assert await desk.count("timeline", type="ticket.message_moved_away.v1") == 0
