"""Webhook endpoints and what is told to them: set up by administrators, called by `balcao.shared.calls`."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from balcao.notifier.domain.webhooks import (
    MOST_ENDPOINTS,
    OFFERED,
    Endpoint,
    Secret,
    TooManyWebhooks,
    WebhookNotActive,
    check_types,
    kept_by,
    new_secret,
    payload,
    rotated,
    signature_headers,
)
from balcao.notifier.store.webhooks import Endpoints
from balcao.shared.bus import Bus
from balcao.shared.calls.outside import Outcome, Outside, Request
from balcao.shared.calls.rounds import Made
from balcao.shared.calls.store import Call, Calls, Lane, NewCall, State, tried_at
from balcao.shared.clock import now
from balcao.shared.errors import Stale
from balcao.shared.events import AnyEnvelope, Envelope, Fact, WebhookDisabled
from balcao.shared.ids import derived_id, new_id
from balcao.shared.sealing import Seal
from balcao.shared.tokens import Acting

QUEUE = "notifier.call_webhooks"
REMEMBERED_S = 2.0
"""Another replica may have changed an endpoint: within this time it counts here too."""
MOST_REPLAYED = 1_000
_GONE = 410

_log = structlog.get_logger()


class WebhookPinged(Fact):
    """Somebody tries an endpoint. Only ever sent to that endpoint, never said on the bus."""

    type = "webhook.pinged.v1"

    name: str


class Webhooks:
    """What the API, the handler and the rounds call."""

    def __init__(self, endpoints: Endpoints, calls: Calls, outside: Outside, seal: Seal, bus: Bus) -> None:
        self._endpoints = endpoints
        self._calls = calls
        self._outside = outside
        self._seal = seal
        self._bus = bus
        self._known: dict[str, tuple[Sequence[Endpoint], float]] = {}

    # What administrators do

    async def register(
        self, acting: Acting, *, name: str, url: str, types: Sequence[str], internal: bool, once: str | None
    ) -> tuple[Endpoint, str]:
        """A new endpoint and its secret, which is shown this once. The same `once` of the same person makes one only.

        Raises `TargetRefused`, `UnknownFactType`, `NeedsInternal`, `TooManyWebhooks`.
        """
        self._outside.reach.check(url)
        chosen = check_types(types, internal=internal)
        company_id, at, secret = acting.company_id, now(), new_secret()
        id_ = derived_id("webhook", company_id, acting.person_id, once) if once else new_id()
        known = await self._endpoints.of(company_id)
        if len(known) >= MOST_ENDPOINTS and all(one.id != id_ for one in known):
            raise TooManyWebhooks(f"a company has at most {MOST_ENDPOINTS} webhooks")
        endpoint = Endpoint(
            id=id_,
            company_id=company_id,
            name=name,
            url=url,
            types=chosen,
            internal=internal,
            secrets=(Secret(sealed=self._seal.close(secret)),),
            keepers=(acting.party(),),
            created_at=at,
            updated_at=at,
        )
        await self._calls.open_lane(company_id, id_)
        await self._listen(chosen)
        if not await self._endpoints.add(endpoint):
            endpoint = await self._endpoints.get(company_id, id_)
            secret = self._seal.open(endpoint.secrets[0].sealed)
        self._known.pop(company_id, None)
        _log.info("webhook.registered", webhook_id=id_, types=len(chosen), internal=internal)
        return endpoint, secret

    async def change(self, acting: Acting, id_: str, wanted: dict[str, Any], expected: int | None) -> Endpoint:
        """Change what is given of an endpoint. To activate it again is to say that it works: its failures are
        forgotten. What waits for one that is paused is not sent any more.

        Raises as `register` does, `NotFound`, `Stale`.
        """
        before = await self.get(acting.company_id, id_)
        if expected is not None and expected != before.version:
            raise Stale("this webhook was changed meanwhile", current_version=before.version)
        after = before.model_copy(
            update={**wanted, "keepers": kept_by(before.keepers, acting.party()), "updated_at": now()}
        )
        self._outside.reach.check(after.url)
        chosen = check_types(after.types, internal=after.internal)
        after = after.model_copy(update={"types": chosen, "reason": before.reason if after.state == "disabled" else ""})
        await self._listen(chosen)
        kept = await self._endpoints.save(before, after)
        if kept.state == "active":
            await self._calls.refresh_lane(id_)
        elif kept.state == "paused":
            await self._calls.fail_waiting(id_, "the webhook was paused")
        self._known.pop(acting.company_id, None)
        return kept

    async def rotate(self, acting: Acting, id_: str, overlap: timedelta) -> tuple[Endpoint, str]:
        """A new secret, shown this once; until the overlap is over each call is signed with the old one too."""
        before, secret = await self.get(acting.company_id, id_), new_secret()
        secrets = rotated(before, self._seal.close(secret), overlap, now())
        changed = {"secrets": secrets, "keepers": kept_by(before.keepers, acting.party()), "updated_at": now()}
        return await self._endpoints.save(before, before.model_copy(update=changed)), secret

    async def remove(self, company_id: str, id_: str) -> None:
        """Take an endpoint away; what still waits for it is not sent any more. Raises `NotFound`."""
        await self.get(company_id, id_)
        await self._endpoints.remove(company_id, id_)
        await self._calls.close_lane(id_, "the webhook was removed")
        self._known.pop(company_id, None)
        _log.info("webhook.removed", webhook_id=id_)

    async def get(self, company_id: str, id_: str) -> Endpoint:
        """An endpoint of the company. Raises `NotFound`."""
        return await self._endpoints.get(company_id, id_)

    async def of(self, company_id: str) -> Sequence[Endpoint]:
        """The company's endpoints."""
        return await self._endpoints.of(company_id)

    async def replay(self, company_id: str, id_: str, call_id: str) -> None:
        """Send one thing again. Raises `NotFound`, `WebhookNotActive`."""
        await self._active(company_id, id_)
        await self._calls.replay(company_id, id_, call_id)

    async def replay_between(
        self, company_id: str, id_: str, since: datetime, until: datetime, state: State | None
    ) -> tuple[int, datetime | None]:
        """Send again what was told of facts in that time, at most 1,000 at once: how many, and where to go on.

        Raises `NotFound`, `WebhookNotActive`.
        """
        await self._active(company_id, id_)
        return await self._calls.replay_between(id_, since, until, state=state, most=MOST_REPLAYED)

    async def _active(self, company_id: str, id_: str) -> None:
        if (await self.get(company_id, id_)).state != "active":
            raise WebhookNotActive("activate the webhook first")

    async def ping(self, acting: Acting, id_: str) -> NewCall:
        """Send a test now, whatever state the endpoint is in, and log how it went; it is not tried again."""
        endpoint, fact_id = await self.get(acting.company_id, id_), new_id()
        event = Envelope[WebhookPinged](
            id=fact_id,
            source="notifier",
            type=WebhookPinged.type,
            subject=endpoint.id,
            time=now(),
            correlationid=fact_id,
            causationid=fact_id,
            companyid=acting.company_id,
            actor=acting.party(),
            data=WebhookPinged(name=endpoint.name),
        )
        call = _call(event, endpoint)
        outcome = await self._send(endpoint, call)
        tried = tried_at(now(), outcome.status, outcome.reason, outcome.excerpt, outcome.duration_ms)
        await self._calls.record(call, "delivered" if outcome.ok else "failed", tried)
        return call

    # What happens

    async def hear(self, event: AnyEnvelope) -> int:
        """Have a fact told to every endpoint that wants it; durable at return. The same fact again changes nothing.

        Returns how many endpoints that were.
        """
        wanting = [one for one in await self._remembered(event.companyid) if one.wants(event.type)]
        for endpoint in wanting:
            await self._calls.add(_call(event, endpoint))
        return len(wanting)

    async def listen(self) -> None:
        """Hear what the endpoints want; at start."""
        await self._listen([one for one in await self._endpoints.wanted_types() if one in OFFERED])

    async def _listen(self, types: Sequence[str]) -> None:
        await self._bus.listen(QUEUE, [OFFERED[one] for one in types])

    async def _remembered(self, company_id: str) -> Sequence[Endpoint]:
        known = self._known.get(company_id)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        found = await self._endpoints.of(company_id)
        self._known[company_id] = (found, time.monotonic() + REMEMBERED_S)
        return found

    # What the rounds call

    async def make(self, call: Call) -> Made | None:
        """Send one call, signed; none when its endpoint is not to be called."""
        endpoint = await self._endpoints.find(call.lane)
        if endpoint is None or endpoint.state != "active":
            return None
        outcome = await self._send(endpoint, call)
        if outcome.status == _GONE:
            await self._disable(endpoint, "it answered 410: gone")
            return Made(replace(outcome, reason="gone: the webhook was disabled"), final=True)
        return Made(outcome)

    async def tired(self, lane: Lane, reason: str) -> None:
        """Disable an endpoint whose server has failed for too long, and tell its keepers."""
        endpoint = await self._endpoints.find(lane.id)
        if endpoint is not None and endpoint.state == "active":
            await self._disable(endpoint, reason)

    async def _disable(self, endpoint: Endpoint, reason: str) -> None:
        at = now()
        disabled = endpoint.model_copy(update={"state": "disabled", "reason": reason, "updated_at": at})
        fact = WebhookDisabled(connection_id=endpoint.id, name=endpoint.name, reason=reason, keepers=endpoint.keepers)
        try:
            await self._endpoints.save(endpoint, disabled, says=[_said(endpoint, fact, at)])
        except Stale:
            return  # a person was quicker; the next failure decides again
        await self._calls.fail_waiting(endpoint.id, "the webhook was disabled")
        self._known.pop(endpoint.company_id, None)
        _log.warning("webhook.disabled", webhook_id=endpoint.id)

    async def _send(self, endpoint: Endpoint, call: NewCall) -> Outcome:
        at = now()
        secrets = [self._seal.open(one) for one in endpoint.signs_with(at)]
        headers = {"content-type": "application/json", **signature_headers(call.message_id, at, call.body, secrets)}
        return await self._outside.call(Request(endpoint.url, call.body, headers=headers))


def _call(event: AnyEnvelope, endpoint: Endpoint) -> NewCall:
    return NewCall(
        id=derived_id("webhook", event.id, endpoint.id),
        company_id=event.companyid,
        lane=endpoint.id,
        kind=event.type,
        message_id=event.id,
        body=payload(event),
        at=_at(event.time),
        about={"subject": event.subject},
    )


def _at(instant: datetime) -> datetime:
    """A fact's own time, or now for one from a clock that is ahead: it must not wait for it."""
    return min(instant, now())


def _said(endpoint: Endpoint, fact: WebhookDisabled, at: datetime) -> AnyEnvelope:
    """Its id follows from the version that was disabled: two replicas say it once."""
    id_ = derived_id(endpoint.id, fact.type, str(endpoint.version))
    return Envelope[Any](
        id=id_,
        source="notifier",
        type=fact.type,
        subject=endpoint.id,
        time=at,
        correlationid=id_,
        causationid=id_,
        companyid=endpoint.company_id,
        actor=None,
        data=fact,
    )
