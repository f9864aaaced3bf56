"""HTTP routes of trackers: set up by administrators, their messages from the gateway, their log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel, Field

from balcao.shared.calls.store import Calls
from balcao.shared.calls.store import State as CallState
from balcao.shared.errors import Invalid, NotAllowed, NotFound
from balcao.shared.events import Party
from balcao.shared.http import caller
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting
from balcao.workflow.api.commands import SERVICE, Body, Expected, member
from balcao.workflow.domain.ready_trackers import READY, READY_PHASES
from balcao.workflow.domain.tracker_mapping import Mapping as TrackerMapping
from balcao.workflow.domain.tracker_mapping import TrackerKind
from balcao.workflow.domain.tracker_outbound import FIELDS, Template, What
from balcao.workflow.domain.tracker_signatures import HEADERS
from balcao.workflow.domain.trackers import MOST_STATES, Tracker
from balcao.workflow.store.trackers import Told, Trackers
from balcao.workflow.trackers.desk import TrackerDesk
from balcao.workflow.trackers.inbound import Inbound
from balcao.workflow.trackers.inbound import Outcome as TakenIn
from balcao.workflow.trackers.tongues import CREDENTIALS

Id = Annotated[str, Path(max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Secret = Annotated[str, Field(min_length=8, max_length=500, description="What it signs with; made here when none.")]
Phases = Annotated[
    dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=100)]], Field(max_length=MOST_STATES)
]
Text = Annotated[str, Field(max_length=500)]
Credentials = Annotated[
    dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")], Annotated[str, Field(max_length=2_000)]],
    Field(max_length=10),
]
Limit = Annotated[int, Query(ge=1, le=100)]
After = Annotated[str | None, Query(max_length=100)]
Once = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
MOST_BODY_SHOWN = 100_000


class OutboundBody(Body):
    """What the tracker is told of our tasks, and how to reach it."""

    tells: tuple[What, ...] = ("created", "moved", "completed", "cancelled", "reopened")
    task_types: list[Annotated[str, Field(max_length=100)]] = Field(
        default=[], max_length=100, description="Types whose new tasks are made there too; none: all."
    )
    base_url: Text = Field(default="", description="Where its API is; needed for Jira.")
    project: Text = Field(default="", description="owner/name, a project's key, or a list's id.")
    issue_type: Annotated[str, Field(max_length=100)] = "Task"
    phases: Phases = Field(default={}, description="From our phases' ids to its label, status, list's id or word.")
    requests: dict[What, Template] = Field(default={}, description="Of a generic one.")
    id_at: Text = ""
    url_at: Text = ""
    credentials: Credentials = Field(default={}, description="Never shown again; left out: those it has.")


class NewTracker(Body):
    """A tracker that tells us of work, and may be told of ours."""

    name: Name
    kind: TrackerKind
    secret: Secret | None = None
    mapping: TrackerMapping | None = Field(default=None, description="None: the ready one of its kind.")
    phases: Phases = Field(default={})
    task_type: Annotated[str, Field(max_length=100)] | None = None
    creates: bool = True
    names_tickets: bool = Field(default=True, description="Off where strangers can write in it.")
    outbound: OutboundBody | None = None


class TrackerChange(Body):
    """What to change of a tracker; null takes mapping, task type or outbound away."""

    name: Name | None = None
    secret: Secret | None = None
    mapping: TrackerMapping | None = None
    phases: Phases | None = None
    task_type: Annotated[str, Field(max_length=100)] | None = None
    creates: bool | None = None
    names_tickets: bool | None = None
    outbound: OutboundBody | None = None
    state: Literal["active", "paused"] | None = None


class DryRun(Body):
    """A payload to try the mapping on."""

    payload: Any


class TrackerOut(BaseModel):
    """A tracker; what it signs with and the credentials are never shown."""

    id: str
    name: str
    kind: TrackerKind
    state: Literal["active", "paused"]
    hook: str = Field(description="Where its messages go, below the gateway's address.")
    signature_header: str
    mapping: TrackerMapping
    phases: dict[str, str]
    ready_phases: dict[str, str] = Field(description="What holds besides.")
    task_type: str | None
    creates: bool
    names_tickets: bool
    outbound: dict[str, Any] | None
    keepers: tuple[Party, ...]
    created_at: datetime
    updated_at: datetime
    version: int


class TrackerWithSecret(TrackerOut):
    """A tracker with what it signs with, which is shown this once."""

    secret: str


class TrackersOut(BaseModel):
    """The company's trackers."""

    items: list[TrackerOut]


class KindOut(BaseModel):
    """A kind of tracker."""

    kind: TrackerKind
    signature_header: str
    mapping: TrackerMapping | None
    phases: dict[str, str]
    credentials: list[str] | None = Field(description="None: any headers.")


class KindsOut(BaseModel):
    """The kinds of trackers."""

    items: list[KindOut]
    template_fields: list[str] = Field(description="What a generic request's template may name.")


class KeptOut(BaseModel):
    """A message from a tracker is kept."""

    delivery_id: str
    new: bool


class OutcomeOut(BaseModel):
    """What came, or would come, of a message."""

    outcome: str
    reason: str
    task_number: int | None
    read: dict[str, Any] | None = Field(description="What the mapping finds in it.")


class DeliveryOut(BaseModel):
    """A message from a tracker."""

    id: str
    at: datetime
    state: str = Field(description="received, created, moved, unchanged, ignored, late, echo, failed, or refused.")
    reason: str
    task_number: int | None
    run: int = Field(description="Grows by one each time it is replayed.")
    count: int = Field(description="Messages that this stands for: of refused ones those of a minute.")


class DeliveryDetailOut(DeliveryOut):
    """A message with its headers and body."""

    headers: dict[str, str]
    body: str


class DeliveriesOut(BaseModel):
    """A page of messages, the latest first."""

    items: list[DeliveryOut]
    next: str | None


class CallOut(BaseModel):
    """Something the tracker was told, or will be."""

    id: str
    type: str
    task_number: int
    state: CallState
    at: datetime
    tries: int
    log: list[dict[str, Any]]


class CallsOut(BaseModel):
    """A page of what the tracker was told, the latest first."""

    items: list[CallOut]
    next: str | None


async def admin(acting: Annotated[Acting, Depends(member)]) -> Acting:
    """An administrator. Raises `NotFound` for guests, `NotAllowed` for the rest of the team."""
    if "admin" not in acting.roles:
        raise NotAllowed("only administrators may do this")
    return acting


Admin = Annotated[Acting, Depends(admin)]


def routes(desk: TrackerDesk, trackers: Trackers, inbound: Inbound, told: Told, calls: Calls) -> APIRouter:
    """The routes below /v1."""
    router = APIRouter(prefix="/v1")
    _add_door(router, inbound)
    _add_settings(router, desk, trackers)
    _add_log(router, trackers, inbound, told)
    _add_calls(router, trackers, calls)
    return router


def _add_door(router: APIRouter, inbound: Inbound) -> None:
    @router.post("/hooks/trackers/{id_}", status_code=202)
    async def take(
        request: Request,
        id_: Id,
        callback: Annotated[str, Query(max_length=500, description="The address that the tracker was given.")],
        acting: Annotated[Acting, Depends(caller(SERVICE))],
    ) -> KeptOut:
        """A message from a tracker, as the gateway got it: its signature says whose it is."""
        if acting.company_id:
            raise NotFound("no such tracker")  # only the gateway itself brings messages, on nobody's behalf
        headers = {name.lower(): value for name, value in request.headers.items()}
        delivery_id, new = await inbound.take(id_, headers, await request.body(), callback)
        return KeptOut(delivery_id=delivery_id, new=new)


def _add_settings(router: APIRouter, desk: TrackerDesk, trackers: Trackers) -> None:
    @router.get("/tracker-kinds")
    async def list_kinds(acting: Admin) -> KindsOut:
        """What trackers there can be, with their ready mappings."""
        del acting
        items = []
        for kind, header in HEADERS.items():
            names = CREDENTIALS[kind]
            items.append(
                KindOut(
                    kind=kind,
                    signature_header=header,
                    mapping=READY.get(kind),
                    phases=dict(READY_PHASES[kind]),
                    credentials=sorted(names) if names is not None else None,
                )
            )
        return KindsOut(items=items, template_fields=sorted(FIELDS))

    @router.get("/trackers")
    async def list_trackers(acting: Admin) -> TrackersOut:
        """The company's trackers by name."""
        return TrackersOut(items=[TrackerOut(**_shown(one)) for one in await trackers.of(acting.company_id)])

    @router.post("/trackers", status_code=201)
    async def register(acting: Admin, body: NewTracker, response: Response, once: Once = None) -> TrackerWithSecret:
        """Set up a tracker. What it signs with is in this answer and never shown again."""
        given, credentials = _given(body)
        tracker, secret = await desk.register(acting, given, body.secret, credentials or {}, once)
        response.headers["ETag"] = f'"{tracker.version}"'
        return TrackerWithSecret(**_shown(tracker), secret=secret)

    @router.get("/trackers/{id_}")
    async def show(acting: Admin, id_: Id, response: Response) -> TrackerOut:
        """A tracker; its version is the ETag."""
        tracker = await trackers.get(acting.company_id, id_)
        response.headers["ETag"] = f'"{tracker.version}"'
        return TrackerOut(**_shown(tracker))

    @router.patch("/trackers/{id_}")
    async def change(acting: Admin, id_: Id, body: TrackerChange, expected: Expected, response: Response) -> TrackerOut:
        """Change a tracker, pause it, or take it up again."""
        given, credentials = _given(body)
        tracker = await desk.change(acting, id_, given, body.secret, credentials, expected)
        response.headers["ETag"] = f'"{tracker.version}"'
        return TrackerOut(**_shown(tracker))

    @router.delete("/trackers/{id_}", status_code=204)
    async def remove(acting: Admin, id_: Id) -> None:
        """Take a tracker away. Its tasks stay."""
        await desk.remove(acting.company_id, id_)


def _add_log(router: APIRouter, trackers: Trackers, inbound: Inbound, told: Told) -> None:
    @router.post("/trackers/{id_}/dry-run")
    async def try_out(acting: Admin, id_: Id, body: DryRun) -> OutcomeOut:
        """What a payload would do, without doing it."""
        change, outcome = await inbound.try_out(await trackers.get(acting.company_id, id_), body.payload)
        read = None
        if change is not None:
            read = {**vars(change), "task": change.task is not None}
        return OutcomeOut(**_outcome(outcome), read=read)

    @router.get("/trackers/{id_}/deliveries")
    async def list_deliveries(
        acting: Admin,
        id_: Id,
        *,
        state: Annotated[str | None, Query(max_length=20)] = None,
        limit: Limit = 50,
        after: After = None,
    ) -> DeliveriesOut:
        """What a tracker told in the last 30 days, the latest first."""
        await trackers.get(acting.company_id, id_)
        found, following = await told.log(id_, limit=limit, after=after, state=state)
        return DeliveriesOut(items=[DeliveryOut(**_delivery(one)) for one in found], next=following)

    @router.get("/trackers/{id_}/deliveries/{delivery_id}")
    async def show_delivery(acting: Admin, id_: Id, delivery_id: Id) -> DeliveryDetailOut:
        """A message with its headers and body."""
        return _detail(await told.get(acting.company_id, id_, delivery_id))

    @router.post("/trackers/{id_}/deliveries/{delivery_id}/replay", status_code=202)
    async def replay(acting: Admin, id_: Id, delivery_id: Id) -> DeliveryDetailOut:
        """Read a message again, with the mapping as it is now."""
        await inbound.replay(acting.company_id, id_, delivery_id)
        return _detail(await told.get(acting.company_id, id_, delivery_id))


def _add_calls(router: APIRouter, trackers: Trackers, calls: Calls) -> None:
    @router.get("/trackers/{id_}/calls")
    async def list_calls(
        acting: Admin, id_: Id, *, state: CallState | None = None, limit: Limit = 50, after: After = None
    ) -> CallsOut:
        """What the tracker was told of our tasks in the last 30 days, the latest first."""
        await trackers.get(acting.company_id, id_)
        found, following = await calls.log(id_, limit=limit, after=after, state=state)
        return CallsOut(items=[_told(one) for one in found], next=following)

    @router.post("/trackers/{id_}/calls/{call_id}/replay", status_code=202)
    async def tell_again(acting: Admin, id_: Id, call_id: Id) -> CallOut:
        """Tell one thing again."""
        tracker = await trackers.get(acting.company_id, id_)
        if tracker.outbound is None or tracker.outbound.state != "active" or tracker.state != "active":
            raise Invalid("this tracker is not told anything now")
        await calls.replay(acting.company_id, id_, call_id)
        return _told(await calls.one(acting.company_id, id_, call_id))


def _given(body: NewTracker | TrackerChange) -> tuple[dict[str, Any], Mapping[str, str] | None]:
    """The fields that were given, and the credentials if there are any."""
    given = body.model_dump(exclude_unset=True, exclude={"secret"})
    may_be_null = {"mapping", "task_type", "outbound"}
    given = {name: value for name, value in given.items() if value is not None or name in may_be_null}
    credentials = None
    if isinstance(given.get("outbound"), dict):
        credentials = given["outbound"].pop("credentials", None) or None
    return given, credentials


def _shown(tracker: Tracker) -> dict[str, Any]:
    outbound = tracker.outbound.model_dump(exclude={"credentials"}) if tracker.outbound is not None else None
    return {
        **tracker.model_dump(exclude={"secret", "company_id", "mapping", "outbound"}),
        "hook": f"/hooks/trackers/{tracker.id}",
        "signature_header": HEADERS[tracker.kind],
        "mapping": tracker.reads_by,
        "ready_phases": dict(READY_PHASES[tracker.kind]),
        "outbound": outbound,
    }


def _outcome(outcome: TakenIn) -> dict[str, Any]:
    return {"outcome": outcome.state, "reason": outcome.reason, "task_number": outcome.task_number}


def _delivery(document: Document) -> dict[str, Any]:
    return {
        "id": document["_id"],
        "at": document["at"],
        "state": document["state"],
        "reason": document.get("reason", ""),
        "task_number": document.get("task_number"),
        "run": document["run"],
        "count": document.get("count", 1),
    }


def _detail(document: Document) -> DeliveryDetailOut:
    body = bytes(document["body"])[:MOST_BODY_SHOWN].decode("utf-8", "replace")
    return DeliveryDetailOut(**_delivery(document), headers=document["headers"], body=body)


def _told(document: Document) -> CallOut:
    return CallOut(
        id=document["_id"],
        type=document["kind"],
        task_number=document["about"]["task_number"],
        state=document["state"],
        at=document["at"],
        tries=document["tries"],
        log=[orjson.loads(orjson.dumps(one)) for one in document["log"]],
    )
