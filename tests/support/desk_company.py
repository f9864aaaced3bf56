"""A small company for runs of the whole stack: configured, its people with passwords, and signed in at the gateway."""

import asyncio
import json
import sys
from pathlib import Path

import httpx

from balcao.local.stack import Stack

PASSWORD = "bench mede tudo 42"
ADDRESS = "atendimento@bench.test"
AGENT = "ana@bench.test"
PLANNER = "bia@bench.test"
PRODUCER = "caio@bench.test"
COMPANY = {
    "slug": "bench",
    "name": "Bench",
    "addresses": [ADDRESS],
    "service": AGENT,
    "planning": PLANNER,
    "policies": {"undo_seconds": 1},
    "people": [
        {"name": "Ana Atendimento", "addresses": [AGENT], "roles": ["agent", "admin"]},
        {"name": "Bia Planejamento", "addresses": [PLANNER], "roles": ["agent"]},
        {"name": "Caio Produção", "addresses": [PRODUCER], "roles": ["producer"]},
    ],
}


async def configure(stack: Stack) -> None:
    """Configure the company and give its agent and producer their passwords."""
    file = Path(stack.data, "bench-company.json")
    file.write_text(json.dumps(COMPANY), encoding="utf-8")
    await _command(stack, "tickets", "balcao.tickets", "configure", str(file))
    for address in (AGENT, PRODUCER):
        await _command(
            stack, "portal-api", "balcao.portal_api", "set-password", "--company", "bench", "--address", address
        )


async def sign_in(client: httpx.AsyncClient, address: str) -> None:
    """Have the client act as this person from now on."""
    answer = await client.post("/api/v1/sessions", json={"company": "bench", "address": address, "password": PASSWORD})
    answer.raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"


async def _command(stack: Stack, service: str, module: str, *arguments: str) -> None:
    env = {**stack.env(service), "BALCAO_NEW_PASSWORD": PASSWORD}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments, env=env)
    if await process.wait() != 0:
        raise RuntimeError(f"{module} {arguments[0]} failed")
