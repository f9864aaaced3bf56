"""Asks `tickets` what became of the messages that were accepted here."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from balcao.intake.reception import event_id
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting, sign_acting

MOST_AT_ONCE = 500
"""As many as `tickets` answers about in one request."""
WANTED: Document = {"evidence": 1, "message_id": 1, "received_at": 1, "decision.at": 1}
"""What of a ledger's row is needed to ask."""
_ANSWERED_WITHIN_S = 30.0
_MOST_ID = 1000
_MOST_NUMBER = 2**53


class Fates:
    """Asks in the service's own name; nobody need be signed in. Every call raises `httpx.HTTPError` when `tickets`
    does not answer, or refuses."""

    def __init__(self, url: str, secret: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._secret = secret
        self._client = httpx.AsyncClient(base_url=url, timeout=_ANSWERED_WITHIN_S, transport=transport, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def of(self, company_id: str, rows: Sequence[Document]) -> dict[str, str]:
        """What became of the messages of these rows, by the message's id; one that nothing has come of is not among
        it."""
        events = {event_id(row["_id"]): row for row in rows}
        asking = {"messages": [_asked(id_, row) for id_, row in events.items()]}
        me = Acting(company_id=company_id, person_id="intake", name="intake", address="", roles=("agent",))
        headers = {"Authorization": f"Bearer {sign_acting(me, self._secret, 'tickets')}"}
        answer = await self._client.post("/v1/messages/fates", json=asking, headers=headers)
        answer.raise_for_status()
        found: dict[str, str] = answer.json()["fates"]
        return {events[id_]["_id"]: fate for id_, fate in found.items()}


def _asked(event: str, row: Document) -> dict[str, Any]:
    evidence = row.get("evidence") or {}
    named = (evidence.get("token_ticket_id"), evidence.get("reference_ticket_id"))
    number = evidence.get("subject_number") or 0
    message_id = row.get("message_id") or ""
    return {
        "event_id": event,
        "ticket_ids": [one for one in named if one],
        "number": number if 0 < number <= _MOST_NUMBER else None,
        "internet_message_id": message_id if 0 < len(message_id) <= _MOST_ID else None,
    }
