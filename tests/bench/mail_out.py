"""Facts on the bus → mails taken by a real SMTP server (aiosmtpd), unsigned and signed."""

import asyncio
import time
from typing import Any

import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from balcao.shared.bus import Bus
from balcao.shared.events import AnyEnvelope, read
from balcao.shared.ids import derived_id
from tests.bench.world import World, until

DOMAINS = 50
"""Requesters are spread over these."""
MAILS_PER_FACT = 2
"""A ticket opened by mail: acknowledgement and notice."""
_WITHIN_S = 180


async def mail_out(world: World, facts: int) -> dict[str, float]:
    """Mails a second that the notifier hands over, with its own processor time for each; then the same signed."""
    template = await _a_ticket_opened(world)
    await world.sink.stop()  # its place is taken by the real server, at the same port
    server = _Server()
    controller = Controller(server, hostname="127.0.0.1", port=world.sink.port)
    controller.start()
    bus = Bus(world.stack.url("broker"), service="tickets")
    await bus.connect_only()
    try:
        await _hand_over(world, server, bus, template, 60, "warm")
        unsigned = await _hand_over(world, server, bus, template, facts, "plain")
        await _sign(world.agent)
        signed = await _hand_over(world, server, bus, template, facts, "signed")
    finally:
        await bus.disconnect()
        controller.stop()
        await world.sink.start(world.sink.port)
    if server.signed < facts * MAILS_PER_FACT:
        raise RuntimeError(f"only {server.signed} mails were signed")
    return {
        "mail_out.per_s": unsigned[0],
        "mail_out.cpu_ms": unsigned[1],
        "mail_out.signed_per_s": signed[0],
        "mail_out.signed_cpu_ms": signed[1],
    }


class _Server:
    """Takes every mail and counts."""

    def __init__(self) -> None:
        self.taken = 0
        self.signed = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Count one mail."""
        del server, session
        assert isinstance(envelope.content, bytes)
        self.taken += 1
        self.signed += envelope.content.startswith(b"DKIM-Signature:")
        return "250 kept"


async def _a_ticket_opened(world: World) -> AnyEnvelope:
    world.facts.clear()
    (await world.agent.post("/api/v1/tickets", json={"title": "Modelo"})).raise_for_status()
    await until(lambda: len(world.facts.of("ticket.opened.v1")) > 0, 30, "a ticket to copy")
    return read(httpx.Response(200, json=world.facts.of("ticket.opened.v1")[0][1]).content, "ticket.opened.v1")


async def _hand_over(
    world: World, server: _Server, bus: Bus, template: AnyEnvelope, facts: int, run: str
) -> tuple[float, float]:
    wanted = server.taken + facts * MAILS_PER_FACT
    events = [_one(template, f"{run}{n}", n) for n in range(facts)]
    cpu = world.cpu_s()["notifier"]
    begun = time.perf_counter()
    await asyncio.gather(*(bus.publish(event) for event in events))
    await until(lambda: server.taken >= wanted, _WITHIN_S, f"{facts} facts told by mail")
    took = time.perf_counter() - begun
    return facts * MAILS_PER_FACT / took, (world.cpu_s()["notifier"] - cpu) / (facts * MAILS_PER_FACT) * 1000


def _one(template: AnyEnvelope, name: str, n: int) -> AnyEnvelope:
    """A ticket opened by another requester's mail."""
    who = n % DOMAINS
    requester = template.data.ticket.requester.model_copy(
        update={"person_id": f"cliente{who}", "name": f"José {who}", "address": f"cliente{who}@loja{who}.test"}
    )
    changes: dict[str, Any] = {"id": derived_id("bench", name), "number": 100_000 + n, "requester": requester}
    ticket = template.data.ticket.model_copy(update=changes)
    words = "O banner da campanha não abre no celular.\n\nVejam por favor."
    fact = template.data.model_copy(update={"ticket": ticket, "channel": "mail", "excerpt": words})
    return template.model_copy(update={"id": derived_id("fact", name), "actor": requester, "data": fact})


async def _sign(admin: httpx.AsyncClient) -> None:
    """Have the company's mail signed, and wait until the notifier does."""
    key = {"domain": "bench.test", "selector": "bench"}
    (await admin.post("/api/v1/mail-identity/keys", json=key)).raise_for_status()
    (await admin.post("/api/v1/mail-identity/keys/bench.test/bench/use")).raise_for_status()
