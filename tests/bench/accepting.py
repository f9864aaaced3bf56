"""How many mails a second intake accepts durably, by itself: over SMTP, on the embedded database with its journal."""

import time
from statistics import median
from typing import Any

from pymongo import AsyncMongoClient

from balcao.intake.domain.mail import OUTCOMES
from balcao.local.stack import Stack
from balcao.shared.events import CompanyProfile
from tests.bench.mails import samples
from tests.bench.smtp import send_all
from tests.support.desk_company import ADDRESS

CONNECTIONS = 20
_ROUNDS = 3
_WARM_UP = 60


async def accepting(mails: int) -> dict[str, float]:
    """The median of some rounds; each mail is answered with 250 and found in the database afterwards."""
    async with Stack(catcher=False, services=("intake",), env={"*": {"BALCAO_LOG_LEVEL": "warning"}}) as stack:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(stack.url("database"))
        database = client["balcao_intake"]
        try:
            profile = CompanyProfile(id="bench", slug="bench", name="Bench", addresses=(ADDRESS,))
            await database["companies"].insert_one({"_id": "bench", "version": 0, "profile": profile.model_dump()})
            port = stack.ports["smtp"]
            await send_all("127.0.0.1", port, ADDRESS, samples(_WARM_UP, ADDRESS, seed=1, run="warm."), CONNECTIONS)
            rates = []
            for number in range(_ROUNDS):
                batch = samples(mails, ADDRESS, seed=number, run=f"smtp{number}.")
                begun = time.perf_counter()
                await send_all("127.0.0.1", port, ADDRESS, batch, CONNECTIONS)
                rates.append(mails / (time.perf_counter() - begun))
            stored = await database["mails"].count_documents({"outcome": {"$in": list(OUTCOMES)}})
            assert stored == _WARM_UP + _ROUNDS * mails, f"{stored} of the acknowledged mails are there"
        finally:
            await client.close()
    return {"smtp.mails_per_s": median(rates)}
