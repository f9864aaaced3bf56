"""Decisions about mails that are held: each is made once, is said once, and the ledger still adds up."""

import asyncio
from typing import Any

import pytest

from balcao.shared.events import AnyEnvelope
from balcao.shared.tokens import Acting
from tests.integration.intake.running import CAIO, DORA, OUTSIDER, Intake, World
from tests.integration.intake.test_accounting import account, doctor
from tests.unit.intake.builders import a_file, a_mail, a_multipart, a_part

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]

ANA = Acting(company_id="agencia", person_id="ana", name="Ana", address="ana@agencia.test", roles=("admin",))
PAULO = Acting(company_id="agencia", person_id="paulo", name="Paulo", address="paulo@agencia.test", roles=("producer",))
OURS = "suporte@agencia.test"


def in_our_name() -> bytes:
    """A mail in the company's own name, with a file."""
    return a_multipart(a_part("Preciso de um banner."), a_file(b"%PDF"), From=f"Suporte <{OURS}>")


def by_nobody() -> bytes:
    """A mail that does not say who wrote it."""
    return a_mail(From=None)


def past_a_limit() -> bytes:
    """A mail whose header has more fields than are read."""
    return a_mail(**{f"X_Much_{n}": "1" for n in range(2100)})


async def held(intake: Intake, outside: World, raw: bytes) -> str:
    """Have a mail held; its id."""
    assert (await intake.send(raw, sender=OURS)).startswith("250")
    events = await outside.hears()
    assert [one.type for one in events] == ["mail.held.v1"]
    return str(events[0].data.message_id)


async def decide(intake: Intake, message_id: str, decision: str, acting: Acting = CAIO) -> int:
    """Decide about a mail; the answer's status."""
    return (await intake.post(f"/messages/{message_id}/{decision}", {}, acting)).status_code


async def ids(intake: Intake, state: str) -> list[str]:
    page = (await intake.get("/messages", outcome="held", state=state)).json()
    return [one["id"] for one in page["items"]]


async def waiting(intake: Intake) -> int:
    return int((await intake.get("/held")).json()["count"])


async def let_in(intake: Intake, outside: World, raw: bytes) -> AnyEnvelope:
    """Let a held mail in; what it says then."""
    assert await decide(intake, await held(intake, outside, raw), "let-in") == 204
    return (await outside.hears(2))[1]


async def test_a_mail_that_is_let_in_is_said_once_and_counts_as_accepted(intake: Intake, outside: World) -> None:
    message_id = await held(intake, outside, in_our_name())
    assert (await ids(intake, "waiting"), await waiting(intake)) == ([message_id], 1)
    assert (await intake.get(f"/messages/{message_id}")).json()["may_be_let_in"]

    answers = await asyncio.gather(*(decide(intake, message_id, "let-in") for _ in range(3)))
    assert 204 in answers
    assert await decide(intake, message_id, "let-in") == 204, "the same decision again changes nothing"

    said = (await outside.hears(2))[1]
    assert (said.type, said.subject, said.data.text) == ("message.received.v1", message_id, "Preciso de um banner.")
    assert (said.data.sender.address, said.data.let_in_by.person_id) == (OURS, "caio")
    assert [one.file_id for one in said.data.files] == [f"mail:{message_id}/2"]
    row = (await intake.get(f"/messages/{message_id}")).json()
    assert (row["outcome"], row["rule"], row["decision"]["what"]) == ("accepted", "own_address", "let_in")
    assert row["decision"]["by"]["name"] == "Caio"
    assert "at" in row["decision"]
    assert await intake.counts() == {"accepted": 1}
    assert (await ids(intake, "waiting"), await waiting(intake)) == ([], 0)
    assert (await account(intake))["problems"] == []


async def test_a_colleague_hears_that_it_was_decided_meanwhile(intake: Intake, outside: World) -> None:
    message_id = await held(intake, outside, in_our_name())
    assert await decide(intake, message_id, "put-aside") == 204
    refused = await intake.post(f"/messages/{message_id}/let-in", {}, ANA)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:message-is-decided")
    assert await decide(intake, message_id, "put-aside", ANA) == 409
    assert len(await outside.hears()) == 1


async def test_of_two_decisions_at_once_one_is_made(intake: Intake, outside: World) -> None:
    message_id = await held(intake, outside, in_our_name())
    entering, aside = await asyncio.gather(
        decide(intake, message_id, "let-in", ANA), decide(intake, message_id, "put-aside")
    )
    assert {entering, aside} == {204, 409}
    await outside.hears(2 if entering == 204 else 1)
    assert await intake.counts() == ({"accepted": 1} if entering == 204 else {"held": 1})


async def test_what_is_put_aside_stays_in_the_ledger_and_can_wait_again(intake: Intake, outside: World) -> None:
    message_id = await held(intake, outside, by_nobody())
    assert await decide(intake, message_id, "put-aside") == 204
    assert (await ids(intake, "waiting"), await ids(intake, "put_aside")) == ([], [message_id])
    assert await intake.counts() == {"held": 1}
    for _ in range(2):
        assert await decide(intake, message_id, "wait-again", ANA) == 204
    assert (await ids(intake, "waiting"), await ids(intake, "put_aside")) == ([message_id], [])
    found = await account(intake)
    assert (found["arrivals"], sum(found["counts"].values()), found["waiting"]) == (1, 1, 1)
    assert found["problems"] == []


async def test_nobody_can_be_answered_where_nobody_wrote(intake: Intake, outside: World) -> None:
    message_id = await held(intake, outside, by_nobody())
    assert not (await intake.get(f"/messages/{message_id}")).json()["may_be_let_in"]
    refused = await intake.post(f"/messages/{message_id}/let-in", {}, CAIO)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:balcao:problem:nobody-to-answer")
    assert await ids(intake, "waiting") == [message_id]


async def test_a_mail_that_goes_past_a_limit_comes_in_without_words(intake: Intake, outside: World) -> None:
    said = await let_in(intake, outside, past_a_limit())
    assert (said.data.sender.address, said.data.subject) == ("dora@cliente.test", "Banner de Natal")
    assert (said.data.text, said.data.truncated) == ("", True)


async def test_what_was_let_in_waits_no_more(intake: Intake, outside: World) -> None:
    said = await let_in(intake, outside, in_our_name())
    for decision in ("put-aside", "wait-again"):
        assert await decide(intake, said.subject, decision) == 409


@pytest.mark.parametrize(("acting", "status"), [(DORA, 404), (OUTSIDER, 404), (PAULO, 403)])
async def test_who_does_not_decide_about_held_messages_decides_nothing(
    intake: Intake, outside: World, acting: Acting, status: int
) -> None:
    """O3"""
    message_id = await held(intake, outside, in_our_name())
    for decision in ("let-in", "put-aside", "wait-again"):
        assert await decide(intake, message_id, decision, acting) == status
    assert await ids(intake, "waiting") == [message_id]


async def test_what_was_never_held_cannot_be_decided(intake: Intake, outside: World) -> None:
    await intake.send(a_mail())
    (event,) = await outside.hears()
    for decision in ("let-in", "put-aside", "wait-again"):
        assert await decide(intake, event.data.message_id, decision) == 404


async def test_the_files_of_a_mail_are_listed_for_the_team(intake: Intake, outside: World) -> None:
    message_id = await held(intake, outside, in_our_name())
    items: list[dict[str, Any]] = (await intake.get(f"/messages/{message_id}/files")).json()["items"]
    assert [(one["file_id"], one["name"], one["size"]) for one in items] == [(f"mail:{message_id}/2", "arte.pdf", 4)]
    assert (await intake.get(f"/messages/{message_id}/files", DORA)).status_code == 404


async def test_the_doctor_mentions_what_waits(
    intake: Intake, outside: World, mongo_url: str, amqp_url: str, database_prefix: str
) -> None:
    await held(intake, outside, by_nobody())
    _, said = await doctor(mongo_url, amqp_url, database_prefix)
    assert "1 held and waiting for somebody to decide" in said
