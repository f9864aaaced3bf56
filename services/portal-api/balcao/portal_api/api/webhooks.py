"""Webhooks: facts told to the company's own servers, set up by administrators. Answers come from `notifier`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AwareDatetime, Field

from balcao.portal_api.api.directory import given
from balcao.portal_api.api.passing import PROBLEMS, After, Body, IfMatch, Limit, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Url = Annotated[str, Field(min_length=8, max_length=2_000)]
Types = Annotated[list[Annotated[str, Field(max_length=100)]], Field(min_length=1, max_length=200)]
State = Literal["waiting", "delivered", "failed"]


class NewWebhook(Body):
    """An endpoint to tell facts to."""

    name: Name
    url: Url = Field(description="https, on the public internet.")
    types: Types = Field(description="Of `GET /api/v1/webhook-types`.")
    internal: bool = Field(default=False, description="It may get what the team says among itself (W7).")


class WebhookChange(Body):
    """What to change of an endpoint."""

    name: Name | None = None
    url: Url | None = None
    types: Types | None = None
    internal: bool | None = None
    state: Literal["active", "paused"] | None = None


class Rotation(Body):
    """A new secret."""

    overlap_hours: float = Field(default=24.0, ge=0, le=168, description="For how long the old secret signs too.")


class Replay(Body):
    """Which facts to tell again."""

    since: AwareDatetime
    until: AwareDatetime | None = None
    state: State | None = Field(default="failed", description="Only those; null: delivered ones too.")


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about webhooks."""
    router = APIRouter(responses=PROBLEMS)
    _add_endpoints(router, roles, upstreams)
    _add_log(router, roles, upstreams)
    return router


def _add_endpoints(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    admin = Annotated[Acting, Depends(roles.admin)]
    notifier = upstreams.notifier

    @router.get("/webhook-types", response_class=Response)
    async def list_webhook_types(acting: admin) -> Response:
        """What can be told, and which of it only to endpoints marked internal."""
        return passed_on(await notifier.get("/v1/webhook-types", acting))

    @router.get("/webhooks", response_class=Response)
    async def list_webhooks(acting: admin) -> Response:
        """The company's endpoints, with how they do."""
        return passed_on(await notifier.get("/v1/webhooks", acting))

    @router.post("/webhooks", status_code=201, response_class=Response)
    async def register_webhook(body: NewWebhook, acting: admin, once: Once = None) -> Response:
        """Set up an endpoint. Its secret (Standard Webhooks, `whsec_…`) is in this answer and never shown again."""
        return passed_on(await notifier.post("/v1/webhooks", acting, given(body), once=once))

    @router.get("/webhooks/{id_}", response_class=Response)
    async def show_webhook(id_: Id, acting: admin) -> Response:
        """An endpoint; its version is the ETag."""
        return passed_on(await notifier.get(f"/v1/webhooks/{id_}", acting))

    @router.patch("/webhooks/{id_}", response_class=Response)
    async def change_webhook(id_: Id, body: WebhookChange, acting: admin, if_match: IfMatch = None) -> Response:
        """Change an endpoint, pause it, or activate it again."""
        return passed_on(await notifier.patch(f"/v1/webhooks/{id_}", acting, given(body), if_match=if_match))

    @router.delete("/webhooks/{id_}", status_code=204, response_class=Response)
    async def remove_webhook(id_: Id, acting: admin) -> Response:
        """Take an endpoint away, with what still waits for it."""
        return passed_on(await notifier.delete(f"/v1/webhooks/{id_}", acting))

    @router.post("/webhooks/{id_}/secret", response_class=Response)
    async def rotate_webhook_secret(id_: Id, acting: admin, body: Rotation | None = None) -> Response:
        """A new secret, shown this once; until the overlap is over each call is signed with both."""
        wanted = (body or Rotation()).model_dump()
        return passed_on(await notifier.post(f"/v1/webhooks/{id_}/secret", acting, wanted))

    @router.post("/webhooks/{id_}/ping", response_class=Response)
    async def ping_webhook(id_: Id, acting: admin) -> Response:
        """Send a test now; the answer says how it went."""
        return passed_on(await notifier.post(f"/v1/webhooks/{id_}/ping", acting, {}))


def _add_log(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    admin = Annotated[Acting, Depends(roles.admin)]
    notifier = upstreams.notifier

    @router.get("/webhooks/{id_}/deliveries", response_class=Response)
    async def list_webhook_deliveries(
        id_: Id,
        acting: admin,
        state: Annotated[State | None, Query()] = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """What was told to an endpoint in the last 30 days, the latest first."""
        path = f"/v1/webhooks/{id_}/deliveries"
        return passed_on(await notifier.get(path, acting, state=state, limit=limit, after=after))

    @router.get("/webhooks/{id_}/deliveries/{delivery_id}", response_class=Response)
    async def show_webhook_delivery(id_: Id, delivery_id: Id, acting: admin) -> Response:
        """One of them: what was sent, and every try with its answer."""
        return passed_on(await notifier.get(f"/v1/webhooks/{id_}/deliveries/{delivery_id}", acting))

    @router.post("/webhooks/{id_}/deliveries/{delivery_id}/replay", status_code=202, response_class=Response)
    async def replay_webhook_delivery(id_: Id, delivery_id: Id, acting: admin) -> Response:
        """Send it again, with the same `webhook-id`."""
        return passed_on(await notifier.post(f"/v1/webhooks/{id_}/deliveries/{delivery_id}/replay", acting, {}))

    @router.post("/webhooks/{id_}/replay", status_code=202, response_class=Response)
    async def replay_webhook(id_: Id, body: Replay, acting: admin) -> Response:
        """Send again what was told of a time, 1,000 at once; `continue_from` says that there are more."""
        wanted = body.model_dump(mode="json")
        return passed_on(await notifier.post(f"/v1/webhooks/{id_}/replay", acting, wanted))
