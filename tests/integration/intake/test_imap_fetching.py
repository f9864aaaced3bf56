"""Mail fetched by IMAP from a real Dovecot: stored before it is marked, once, whatever dies meanwhile."""

import os
from collections.abc import AsyncIterator

import pytest

from tests.integration.intake.fetching import Place, a_mailbox, numbered
from tests.integration.intake.running import DORA, OUTSIDER, Intake, World, eventually
from tests.support.dovecot import Dovecot, dovecot
from tests.support.wire import Wire
from tests.unit.intake.builders import a_mail

pytestmark = [pytest.mark.real_broker, pytest.mark.real_database]


@pytest.fixture
async def mailserver() -> AsyncIterator[Dovecot]:
    """An IMAP server with one account."""
    async with dovecot() as server:
        yield server


@pytest.fixture
def place(
    mongo_url: str, amqp_url: str, database_prefix: str, bus_prefix: str, outside: World, intake: Intake
) -> Place:
    """Where replicas run, one of them there already."""
    return Place(mongo_url, amqp_url, database_prefix, bus_prefix, intake, outside)


async def test_mail_is_taken_from_a_mailbox_as_it_comes_and_marked_as_read(place: Place, mailserver: Dovecot) -> None:
    mailserver.deliver(numbered(1))
    async with place.fetching(a_mailbox(mailserver.port), imap_lease_s=600.0):
        await place.took(accepted=1)
        await place.stands("waiting")
        mailserver.deliver(numbered(2))
        await place.took(accepted=2)
        await eventually(lambda: mailserver.flags() == ["S", "S"])
    assert (await place.standing())["lease"] is None  # who stops lets go at once
    first, second = await place.said(2)
    assert (first.subject, second.subject) == ("Pedido 1", "Pedido 2")
    rows = (await place.intake.get("/messages", outcome="accepted")).json()["items"]
    assert {row["addressed_by"] for row in rows} == {"mailbox"}
    raw = (await place.intake.get(f"/messages/{first.message_id}/raw")).content
    assert raw == numbered(1)


async def test_mail_that_was_read_before_the_first_time_is_left_alone(place: Place, mailserver: Dovecot) -> None:
    mailserver.deliver(numbered(1), flags="S")
    mailserver.deliver(numbered(2))
    async with place.fetching(a_mailbox(mailserver.port)):
        await place.took(accepted=1)
        await place.stands("waiting")
        mailserver.deliver(numbered(3), flags="S")  # somebody was quicker than we
        await place.took(accepted=2)
    subjects = [one.subject for one in await place.said(2)]
    assert subjects == ["Pedido 2", "Pedido 3"]


@pytest.mark.parametrize(
    "capability",
    ["", "IMAP4rev1"],
    ids=["all that Dovecot can", "without MOVE, UIDPLUS and IDLE"],
)
async def test_mail_is_moved_or_deleted_once_it_is_stored(place: Place, capability: str) -> None:
    async with dovecot(capability=capability) as server:
        server.deliver(numbered(1))
        server.deliver(numbered(2), "Outra")
        boxes = (
            a_mailbox(server.port, after="move", move_to="Feito/Concluído", poll_s=1),
            a_mailbox(server.port, name="outra", folder="Outra", after="delete", poll_s=1),
        )
        async with place.fetching(*boxes):
            await place.took(accepted=2)
            for name in ("suporte", "outra"):
                await place.stands("waiting", name)
            server.deliver(numbered(3))
            server.deliver(numbered(4), "Outra")
            await place.took(accepted=4)
            moved = "Feito.Conclu&AO0-do"
            await eventually(lambda: len(server.mails(moved)) == 2)
            # a server that can't delete these alone is asked to mark them only
            gone = ["T", "T"] if capability else []
            await eventually(lambda: [flags for flags in server.flags() if "T" not in flags] == [])
            await eventually(lambda: server.flags("Outra") == gone)


async def test_a_server_that_is_killed_in_the_middle_of_a_mail_loses_and_doubles_nothing(
    place: Place, mailserver: Dovecot
) -> None:
    for number in range(1, 31):
        mailserver.deliver(numbered(number))
    async with Wire(mailserver.port) as wire, place.fetching(a_mailbox(wire.port)):
        async with wire.caught("server", b"Pedido 5") as came:
            await mailserver.kill()
        assert came
        await place.stands("away")
        await mailserver.start()
        await place.took(accepted=30)
        await eventually(lambda: mailserver.flags() == ["S"] * 30)
    await place.said(30)


async def test_a_replica_killed_between_storing_and_marking_doubles_nothing(place: Place, mailserver: Dovecot) -> None:
    """The next one finds the mail unmarked, and it is recognised; were it told by UID alone it would be a second."""
    mailserver.deliver(numbered(1))
    async with (
        Wire(mailserver.port) as wire,
        place.process(a_mailbox(wire.port)) as child,
        wire.caught("client", b"UID STORE") as came,
    ):
        assert came
        child.kill()
        await child.wait()
    assert await place.intake.counts() == {"accepted": 1}
    assert mailserver.flags() == [""]
    async with place.fetching(a_mailbox(mailserver.port)):
        await eventually(lambda: mailserver.flags() == ["S"])
        await place.took(accepted=1, duplicate=1)
    await place.said(1)


async def test_mails_are_neither_lost_nor_doubled_when_the_server_numbers_them_anew(
    place: Place, mailserver: Dovecot
) -> None:
    mailserver.deliver(numbered(1), flags="S")  # from before our time: never ours
    mailserver.deliver(numbered(2))
    async with place.fetching(a_mailbox(mailserver.port)):
        await place.took(accepted=1)
        before = await place.stands("waiting")
        assert before["reason"] == ""
    old = (await place.standing())["position"]["uid_validity"]
    await mailserver.stop()
    mailserver.renumber()
    _age(mailserver, b"Pedido 1")
    mailserver.deliver(numbered(3), flags="S")  # read by somebody while nobody fetched
    mailserver.deliver(numbered(4))
    await mailserver.start()
    async with place.fetching(a_mailbox(mailserver.port)):
        await place.took(accepted=3, duplicate=1)
        await place.stands("waiting")
    assert (await place.standing())["position"]["uid_validity"] != old
    subjects = {one.subject for one in await place.said(3)}
    assert subjects == {"Pedido 2", "Pedido 3", "Pedido 4"}


async def test_two_replicas_take_each_mail_once_and_one_follows_the_other(place: Place, mailserver: Dovecot) -> None:
    box = a_mailbox(mailserver.port)
    async with place.process(box) as child:
        await place.stands("waiting")
        async with place.fetching(box):
            for number in range(1, 6):
                mailserver.deliver(numbered(number))
            await place.took(accepted=5)
            child.kill()
            await child.wait()
            for number in range(6, 11):
                mailserver.deliver(numbered(number))
            await place.took(accepted=10)
            await eventually(lambda: mailserver.flags() == ["S"] * 10)
    await place.said(10)


async def test_a_dead_connection_is_noticed_without_a_word_from_the_server(
    place: Place, mailserver: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("balcao.intake.imap.connection.ANSWERED_WITHIN_S", 2.0)
    async with Wire(mailserver.port) as wire, place.fetching(a_mailbox(wire.port, idle_s=5)):
        await place.stands("waiting")
        wire.go_dead()
        mailserver.deliver(numbered(1))
        await place.stands("away")
        wire.come_back()
        await place.took(accepted=1)


async def test_huge_mails_are_kept_out_broken_ones_held_and_the_next_ones_come(
    place: Place, mailserver: Dovecot
) -> None:
    mailserver.deliver(numbered(1) + b"x" * 200_000)
    mailserver.deliver(b"\x00\xff\xfe no header at all")
    mailserver.deliver(a_mail(From=None, Message_ID=None, To=None))
    mailserver.deliver(numbered(2))
    box = a_mailbox(mailserver.port, after="delete")
    async with place.fetching(box, most_mail_bytes=64 * 1024):
        await place.took(accepted=1, held=3)
        await eventually(lambda: mailserver.flags() == ["F"])
    rows = (await place.intake.get("/messages", outcome="held")).json()["items"]
    (row,) = [one for one in rows if one["rule"] == "too_large"]
    assert (row["rule"], row["subject"], row["sender"]["address"]) == ("too_large", "Pedido 1", "dora@cliente.test")
    assert "UID 1" in row["reason"]
    assert len(row["reason"]) < 300
    account = (await place.intake.get("/ledger/account")).json()
    assert account["problems"] == []


async def test_what_only_people_can_mend_is_said_and_tried_again_slowly(place: Place, mailserver: Dovecot) -> None:
    boxes = (
        a_mailbox(mailserver.port, password="adivinhado"),
        a_mailbox(mailserver.port, name="outra", folder="Outra"),
        a_mailbox(mailserver.port, name="de-ninguem", address="quem@ninguem.test", folder="Mais"),
    )
    mailserver.deliver(numbered(2), "Mais")
    mailserver.deliver(numbered(1), "Outra")
    async with place.fetching(*boxes):
        condition = await place.stands("refused")
        await place.took(accepted=1)  # what happens to one mailbox is nothing to the other
        assert condition["reason"] == "the server refuses the name or the password"
        assert (condition["retry_at"] - condition["since"]).total_seconds() >= 40
        assert (await place.intake.call("GET", "/health/ready")).status_code == 200
        lost = await place.stands("no_company", "de-ninguem")
        assert lost["reason"] == "no company has the mailbox's address"
        assert mailserver.flags("Mais") == [""]
        listed = (await place.intake.get("/mailboxes")).json()["items"]
        assert [(one["name"], one["state"], one["tended"]) for one in listed] == [
            ("outra", "waiting", True),
            ("suporte", "refused", True),
        ]
        assert (await place.intake.get("/mailboxes", OUTSIDER)).json() == {"items": []}
        assert (await place.intake.get("/mailboxes", DORA)).status_code == 404
        metrics = (await place.intake.call("GET", "/metrics")).text
        assert 'balcao_imap_mailbox_state{mailbox="suporte",state="refused"} 1.0' in metrics
    tries = mailserver.log.count("auth failed, 1 attempts")
    assert tries == 1


def _age(server: Dovecot, mark: bytes) -> None:
    """Have a mail come years ago."""
    for path in server.files():
        if mark in path.read_bytes():
            os.utime(path, (1_000_000_000, 1_000_000_000))
