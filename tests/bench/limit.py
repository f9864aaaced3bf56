"""The bare limit: aiosmtpd → one journaled insert → one confirmed publish → consume → one journaled transaction.

Nothing is parsed, checked, or deduplicated: what no service desk on these servers can beat. Run as two processes:
`python -m tests.bench.limit receive` and `... consume`; settings by LIMIT_* variables.
"""

import asyncio
import os
import sys
from typing import Any

import aio_pika
import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session
from motor.motor_asyncio import AsyncIOMotorClient

from balcao.shared.ids import new_id

QUEUE = "limit"
DONE = "limit.done"


def _database() -> Any:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        os.environ["LIMIT_MONGO"], w="majority", journal=True
    )
    return client


async def receive() -> None:
    """The receiving end."""
    mails = _database()["limit"]["mails"]
    connection = await aio_pika.connect_robust(os.environ["LIMIT_AMQP"])
    channel = await connection.channel(publisher_confirms=True)

    class Handler:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            mail_id = new_id()
            await mails.insert_one({"_id": mail_id, "raw": envelope.content})
            message = aio_pika.Message(mail_id.encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, QUEUE)
            return "250 kept"

    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), hostname="limit", data_size_limit=2**25), "127.0.0.1", int(os.environ["LIMIT_SMTP"])
    )
    await server.serve_forever()


async def consume() -> None:
    """The storing end."""
    client = _database()
    database = client["limit"]
    for name in {"tickets", "entries"} - set(await database.list_collection_names()):
        await database.create_collection(name)
    connection = await aio_pika.connect_robust(os.environ["LIMIT_AMQP"])
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=64)
    queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})

    async def on_message(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        ticket = {"_id": new_id(), "mail": message.body.decode(), "title": "x" * 60, "text": "y" * 3_000}

        async def write(session: Any) -> None:
            await database["tickets"].insert_one(ticket, session=session)
            await database["entries"].insert_one({"_id": new_id(), "of": ticket["_id"], "n": 1}, session=session)

        async with await client.start_session() as session:
            await session.with_transaction(write)
        await message.ack()
        await channel.default_exchange.publish(aio_pika.Message(b""), DONE)

    await queue.consume(on_message)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(receive() if sys.argv[1] == "receive" else consume())
