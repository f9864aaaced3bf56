"""What the product holds once all is quiet, read past its doors: nothing it says of itself is taken on trust."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import aio_pika
from pymongo import AsyncMongoClient

from balcao.local.services import SERVICES
from balcao.local.stack import Stack
from balcao.shared.topology import QUEUES, RETRY_AFTER_S
from tests.chaos.mailbox import Caught, Mailbox
from tests.chaos.outside import Outside

Document = dict[str, Any]


@dataclass(frozen=True)
class Holdings:
    """Everything the checks look at."""

    tickets: list[Document]
    ticket_entries: list[Document]
    tasks: list[Document]
    task_entries: list[Document]
    mails: list[Document]
    """What intake stored, without the raw mails."""
    repeats: list[Document]
    unmarked: list[str]
    """The flags of mails in the fetched mailbox that are not marked as read."""
    deliveries: list[Document]
    people: list[Document]
    outboxes: Counter[str]
    queues: Counter[str]
    caught: list[Caught]
    mailbox: Mailbox


async def read(stack: Stack, mailbox: Mailbox, outside: Outside) -> Holdings:
    """Read everything. The services should be stopped: then also what they had in hand is back in its queue."""
    client: AsyncMongoClient[Document] = AsyncMongoClient(stack.url("database"), tz_aware=True)

    async def all_of(service: str, collection: str, without: tuple[str, ...] = ()) -> list[Document]:
        return await client[_database(service)][collection].find({}, dict.fromkeys(without, 0) or None).to_list(None)

    try:
        mailbox.look()
        return Holdings(
            tickets=await all_of("tickets", "tickets"),
            ticket_entries=await all_of("tickets", "timeline"),
            tasks=await all_of("workflow", "tasks"),
            task_entries=await all_of("workflow", "timeline"),
            mails=await all_of("intake", "mails", without=("raw",)),
            repeats=await all_of("intake", "repeats"),
            unmarked=outside.unmarked(),
            deliveries=await all_of("notifier", "deliveries", without=("event",)),
            people=await all_of("tickets", "people"),
            outboxes=await outboxes(client),
            queues=await queues(stack),
            caught=list(mailbox.mails),
            mailbox=mailbox,
        )
    finally:
        await client.close()


async def outboxes(client: AsyncMongoClient[Document]) -> Counter[str]:
    """Commits that are not published yet, by service; none is not counted."""
    found: Counter[str] = Counter()
    for service in SERVICES:
        found[service] = await client[_database(service)]["outbox"].count_documents({})
    return +found


async def queued_mails(client: AsyncMongoClient[Document]) -> int:
    """Deliveries that have neither been sent nor failed."""
    return await client[_database("notifier")]["deliveries"].count_documents({"state": "queued"})


async def queues(stack: Stack) -> Counter[str]:
    """Messages that wait, by queue: those of the handlers, the retry tiers and the dead letters."""
    names = [name for queue in QUEUES for name in (queue.name, queue.dead_letters)]
    names += [f"balcao.retry.{tier}" for tier in range(1, len(RETRY_AFTER_S) + 1)]
    found: Counter[str] = Counter()
    async with asyncio.timeout(15):
        connection = await aio_pika.connect(stack.url("broker"))
        try:
            channel = await connection.channel()
            for name in names:
                queue = await channel.declare_queue(name, passive=True)
                found[name] = queue.declaration_result.message_count or 0
        finally:
            await connection.close()
    return +found


def _database(service: str) -> str:
    return "balcao_" + service.replace("-", "_")
