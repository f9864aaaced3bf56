"""The embedded stack as real processes (services aside: they have their own tests)."""

import smtplib
from pathlib import Path

import aio_pika
import httpx
import pymongo
import pytest

from balcao.local.errors import FolderInUse, PortTaken, StackProblem
from balcao.local.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]


async def leave_traces(stack: Stack) -> None:
    """One document, one message and one mail, all confirmed."""
    with pymongo.MongoClient[dict[str, object]](stack.url("database")) as client:
        client["traces"]["documents"].insert_one({"_id": "left"})
    connection = await aio_pika.connect(stack.url("broker"))
    async with connection:
        channel = await connection.channel()
        await channel.declare_queue("traces", durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(b"left", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, "traces")
    with smtplib.SMTP("127.0.0.1", stack.ports["catcher_smtp"]) as smtp:
        smtp.sendmail("desk@balcao.test", ["ana@cliente.test"], "Subject: left\r\n\r\nleft")


async def assert_traces(stack: Stack) -> None:
    """What `leave_traces` left is there, once."""
    with pymongo.MongoClient[dict[str, object]](stack.url("database")) as client:
        assert client["traces"]["documents"].count_documents({}) == 1
    connection = await aio_pika.connect(stack.url("broker"))
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("traces", durable=True, arguments={"x-queue-type": "quorum"})
        message = await queue.get(timeout=10)
        assert message is not None
        assert message.body == b"left"
        await message.reject(requeue=True)
    async with httpx.AsyncClient(base_url=stack.url("catcher"), trust_env=False) as client_:
        mails = (await client_.get("/mails", params={"to": "ana@cliente.test"})).json()
    assert [mail["subject"] for mail in mails] == ["left"]


async def test_what_was_confirmed_survives_kills_and_a_second_start(tmp_path: Path) -> None:
    reports: list[tuple[str, str]] = []
    stack = Stack(data=tmp_path, services=(), report=lambda name, what: reports.append((name, what)))
    async with stack:
        await leave_traces(stack)
        with pytest.raises(FolderInUse):
            await Stack(data=tmp_path, services=()).__aenter__()
        with pytest.raises(PortTaken, match="mongo"):
            await Stack(data=tmp_path / "other", port_base=stack.ports.base, services=()).__aenter__()
        for name in stack.names:
            before = stack.pid(name)
            await stack.kill(name)
            assert not stack.running(name)
            await stack.start(name)
            assert stack.pid(name) != before
        await assert_traces(stack)
    assert next(name for name, what in reports if what == "stopped") == "catcher", "servers end last"
    async with Stack(data=tmp_path, services=()) as again:
        await assert_traces(again)


def test_an_unknown_service_is_refused_with_the_known_ones() -> None:
    with pytest.raises(StackProblem, match=r"no service called billing; there are tickets, workflow"):
        Stack(services=("tickets", "billing"))
