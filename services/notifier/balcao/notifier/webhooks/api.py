"""HTTP routes of webhooks, for administrators: endpoints, secrets, the log of what was sent, sending again."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from balcao.notifier.domain.webhooks import LONGEST_OVERLAP, OFFERED, Endpoint, is_internal
from balcao.notifier.webhooks.desk import Webhooks
from balcao.shared.calls.store import Calls, State
from balcao.shared.clock import now
from balcao.shared.errors import Invalid, NotAllowed, NotFound
from balcao.shared.events import Party
from balcao.shared.http import caller, read_version
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting

Name = Annotated[str, Field(min_length=1, max_length=100)]
_FOR_US = re.compile(r" ?\([A-Z]\d+[^)]*\)| ?Said by `[^.]*\.")
Url = Annotated[str, Field(min_length=8, max_length=2_000, description="https, on the public internet.")]
Types = Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=200)]
Id = Annotated[str, Path(max_length=100)]
MOST_BODY_SHOWN = 100_000


class _Body(BaseModel):
    """A misspelt field is an error, not a wish that gets lost."""

    model_config = ConfigDict(extra="forbid")


class NewWebhook(_Body):
    """An endpoint to tell facts to."""

    name: Name
    url: Url
    types: Types = Field(description="Of `GET /v1/webhook-types`.")
    internal: bool = Field(default=False, description="It may get what the team says among itself (W7).")


class WebhookChange(_Body):
    """What to change of an endpoint."""

    name: Name | None = None
    url: Url | None = None
    types: Types | None = None
    internal: bool | None = None
    state: Literal["active", "paused"] | None = None


class Rotation(_Body):
    """A new secret."""

    overlap_hours: float = Field(
        default=24.0,
        ge=0,
        le=LONGEST_OVERLAP.total_seconds() / 3600,
        description="For how long each call is signed with the old secret too.",
    )


class ReplayBody(_Body):
    """Which facts to tell again: those of this time, both ends included."""

    since: AwareDatetime
    until: AwareDatetime | None = Field(default=None, description="Now, unless given.")
    state: State | None = Field(default="failed", description="Only those; null: delivered ones too.")


class WebhookOut(BaseModel):
    """An endpoint."""

    id: str
    name: str
    url: str
    types: tuple[str, ...]
    internal: bool
    state: Literal["active", "paused", "disabled"]
    reason: str = Field(description="Why it was disabled.")
    keepers: tuple[Party, ...] = Field(description="Who set it up or changed it last; told when it is disabled.")
    failures: int = Field(description="Tries in a row that failed.")
    failing_since: datetime | None
    secrets: int = Field(description="How many secrets it is signed with now; two while one is being replaced.")
    created_at: datetime
    updated_at: datetime
    version: int


class WebhookWithSecret(WebhookOut):
    """An endpoint with its secret, which is shown this once."""

    secret: str


class WebhooksOut(BaseModel):
    """The company's endpoints."""

    items: list[WebhookOut]


class TypeOut(BaseModel):
    """A type of fact that can be chosen."""

    type: str
    what: str
    public: bool = Field(description="Requesters see it too.")
    internal: bool = Field(description="Only for endpoints marked internal.")


class TypesOut(BaseModel):
    """All types that can be chosen."""

    items: list[TypeOut]


class TryOut(BaseModel):
    """One try to send."""

    at: datetime
    status: int | None = Field(description="The answer's; none where there was none.")
    reason: str
    excerpt: str = Field(description="The beginning of the answer.")
    duration_ms: int


class DeliveryOut(BaseModel):
    """One fact told to an endpoint, or on its way."""

    id: str
    webhook_id: str = Field(description="The `webhook-id` it carries each time.")
    type: str
    subject: str
    state: State
    at: datetime = Field(description="When it happened.")
    tries: int
    next_try_at: datetime | None
    last: TryOut | None


class DeliveryDetailOut(DeliveryOut):
    """A delivery with what was sent and every try."""

    body: Any = Field(description="What was sent; its beginning as text where it is very long.")
    log: list[TryOut] = Field(description="The last 20 tries.")


class DeliveriesOut(BaseModel):
    """A page of deliveries, the latest first."""

    items: list[DeliveryOut]
    next: str | None


class ReplayedOut(BaseModel):
    """How many will be sent again."""

    replayed: int
    continue_from: datetime | None = Field(description="There are more: ask again from here.")


async def admin(acting: Annotated[Acting, Depends(caller("notifier"))]) -> Acting:
    """An administrator. To guests there is nothing here; the rest of the team may not."""
    if not acting.is_team:
        raise NotFound("no such page")
    if "admin" not in acting.roles:
        raise NotAllowed("only administrators may do this")
    return acting


async def if_match(if_match: Annotated[str | None, Header(max_length=40)] = None) -> int | None:
    """The version a change insists on; none when it takes any."""
    return read_version(if_match)


Admin = Annotated[Acting, Depends(admin)]
Expected = Annotated[int | None, Depends(if_match)]
Once = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


def routes(webhooks: Webhooks, calls: Calls) -> APIRouter:
    """The routes below /v1."""
    router = APIRouter(prefix="/v1")
    _add_endpoints(router, webhooks, calls)
    _add_log(router, webhooks, calls)
    return router


def _add_endpoints(router: APIRouter, webhooks: Webhooks, calls: Calls) -> None:
    @router.get("/webhook-types")
    async def list_types(acting: Admin) -> TypesOut:
        """What can be told."""
        del acting
        items = [
            TypeOut(type=name, what=for_reader(fact.__doc__), public=fact.public, internal=is_internal(fact))
            for name, fact in OFFERED.items()
        ]
        return TypesOut(items=items)

    @router.get("/webhooks")
    async def list_webhooks(acting: Admin) -> WebhooksOut:
        """The company's endpoints by name."""
        found = await webhooks.of(acting.company_id)
        standing = await calls.standing([one.id for one in found])
        return WebhooksOut(items=[WebhookOut(**_shown(one, standing)) for one in found])

    @router.post("/webhooks", status_code=201)
    async def register(acting: Admin, body: NewWebhook, response: Response, once: Once = None) -> WebhookWithSecret:
        """Set up an endpoint. Its secret is in this answer and never shown again."""
        endpoint, secret = await webhooks.register(acting, **body.model_dump(), once=once)
        response.headers["ETag"] = f'"{endpoint.version}"'
        return WebhookWithSecret(**_shown(endpoint, {}), secret=secret)

    @router.get("/webhooks/{id_}")
    async def show(acting: Admin, id_: Id, response: Response) -> WebhookOut:
        """An endpoint; its version is the ETag."""
        endpoint = await webhooks.get(acting.company_id, id_)
        response.headers["ETag"] = f'"{endpoint.version}"'
        return WebhookOut(**_shown(endpoint, await calls.standing([id_])))

    @router.patch("/webhooks/{id_}")
    async def change(acting: Admin, id_: Id, body: WebhookChange, expected: Expected, response: Response) -> WebhookOut:
        """Change an endpoint, pause it, or activate it again."""
        given = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
        endpoint = await webhooks.change(acting, id_, given, expected)
        response.headers["ETag"] = f'"{endpoint.version}"'
        return WebhookOut(**_shown(endpoint, await calls.standing([id_])))

    @router.delete("/webhooks/{id_}", status_code=204)
    async def remove(acting: Admin, id_: Id) -> None:
        """Take an endpoint away, with what still waits for it and its log."""
        await webhooks.remove(acting.company_id, id_)

    @router.post("/webhooks/{id_}/secret")
    async def rotate(acting: Admin, id_: Id, body: Rotation | None = None) -> WebhookWithSecret:
        """A new secret; the old one signs too until the overlap is over."""
        overlap = timedelta(hours=(body or Rotation()).overlap_hours)
        endpoint, secret = await webhooks.rotate(acting, id_, overlap)
        return WebhookWithSecret(**_shown(endpoint, await calls.standing([id_])), secret=secret)

    @router.post("/webhooks/{id_}/ping")
    async def ping(acting: Admin, id_: Id) -> DeliveryDetailOut:
        """Send a test now; the answer says how it went."""
        call = await webhooks.ping(acting, id_)
        return _detail(await calls.one(acting.company_id, id_, call.id))


def _add_log(router: APIRouter, webhooks: Webhooks, calls: Calls) -> None:
    @router.get("/webhooks/{id_}/deliveries")
    async def list_deliveries(
        acting: Admin,
        id_: Id,
        *,
        state: State | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        after: Annotated[str | None, Query(max_length=100)] = None,
    ) -> DeliveriesOut:
        """What was told to an endpoint in the last 30 days, the latest first."""
        await webhooks.get(acting.company_id, id_)
        found, following = await calls.log(id_, limit=limit, after=after, state=state)
        return DeliveriesOut(items=[DeliveryOut(**_delivery(one)) for one in found], next=following)

    @router.get("/webhooks/{id_}/deliveries/{delivery_id}")
    async def show_delivery(acting: Admin, id_: Id, delivery_id: Id) -> DeliveryDetailOut:
        """A delivery with what was sent and every try."""
        return _detail(await calls.one(acting.company_id, id_, delivery_id))

    @router.post("/webhooks/{id_}/deliveries/{delivery_id}/replay", status_code=202)
    async def replay(acting: Admin, id_: Id, delivery_id: Id) -> DeliveryDetailOut:
        """Send it again, with the same `webhook-id`."""
        await webhooks.replay(acting.company_id, id_, delivery_id)
        return _detail(await calls.one(acting.company_id, id_, delivery_id))

    @router.post("/webhooks/{id_}/replay", status_code=202)
    async def replay_between(acting: Admin, id_: Id, body: ReplayBody) -> ReplayedOut:
        """Send again what was told of a time: after an outage of the endpoint's."""
        until = body.until or now()
        if until < body.since:
            raise Invalid("`until` lies before `since`")
        count, following = await webhooks.replay_between(acting.company_id, id_, body.since, until, body.state)
        return ReplayedOut(replayed=count, continue_from=following)


def _shown(endpoint: Endpoint, standing: dict[str, Document]) -> dict[str, Any]:
    lane = standing.get(endpoint.id, {})
    shown = endpoint.model_dump(exclude={"secrets", "company_id"})
    signing = len(endpoint.signs_with(now()))
    return {
        **shown,
        "secrets": signing,
        "failures": lane.get("failures", 0),
        "failing_since": lane.get("failing_since"),
    }


def _delivery(document: Document) -> dict[str, Any]:
    return {
        "id": document["_id"],
        "webhook_id": document["message_id"],
        "type": document["kind"],
        "subject": document["about"].get("subject", ""),
        "state": document["state"],
        "at": document["at"],
        "tries": document["tries"],
        "next_try_at": document.get("due"),
        "last": TryOut(**document["log"][-1]) if document["log"] else None,
    }


def _detail(document: Document) -> DeliveryDetailOut:
    raw = bytes(document["body"])
    body = orjson.loads(raw) if len(raw) <= MOST_BODY_SHOWN else raw[:MOST_BODY_SHOWN].decode("utf-8", "ignore")
    return DeliveryDetailOut(**_delivery(document), body=body, log=[TryOut(**one) for one in document["log"]])


def for_reader(docstring: str | None) -> str:
    """A docstring's first paragraph, without what only we need: numbers of rules, and which service says it."""
    first = " ".join((docstring or "").split("\n\n")[0].split())
    return _FOR_US.sub("", first).replace("`", "").strip()
