"""What trackers are told of our tasks: queued when it is heard, told in order by `balcao.shared.calls`."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import structlog

from balcao.shared.calls.outside import Outcome, Outside
from balcao.shared.calls.rounds import Made
from balcao.shared.calls.store import Call, Calls, Lane, NewCall
from balcao.shared.clock import now
from balcao.shared.errors import Stale, Unavailable
from balcao.shared.events import AnyEnvelope, Envelope, TrackerDisabled, read
from balcao.shared.ids import derived_id
from balcao.shared.sealing import Seal
from balcao.shared.timeline import Cause
from balcao.workflow.domain.tracker_outbound import WHAT, values_of
from balcao.workflow.domain.trackers import Tracker, actor_id, link_outside, outside_link, task_mark
from balcao.workflow.store.tasks import Tasks
from balcao.workflow.store.trackers import Items, Trackers
from balcao.workflow.trackers import tongues
from balcao.workflow.trackers.echoes import Expecting
from balcao.workflow.trackers.tongues import Talk

REMEMBERED_S = 2.0
LEASE = timedelta(seconds=20)
PATIENCE = timedelta(seconds=5)
_COMES_RIGHT = frozenset({401, 403, 408, 409, 423, 425, 429})
"""Refusals that may end: of credentials, of too much at once."""

_log = structlog.get_logger()


class Outbound:
    """What the handler and the rounds call."""

    def __init__(
        self, trackers: Trackers, items: Items, tasks: Tasks, calls: Calls, outside: Outside, seal: Seal, secret: str
    ) -> None:
        self._trackers = trackers
        self._items = items
        self._tasks = tasks
        self._calls = calls
        self._outside = outside
        self._seal = seal
        self._secret = secret
        self._known: dict[str, tuple[Sequence[Tracker], float]] = {}

    async def hear(self, event: AnyEnvelope) -> int:
        """Queue it for every tracker that is told of it and has, or will have, the task; durable at return.

        What a tracker told us itself is not told back to it. Returns how many trackers that were.
        """
        what = WHAT[type(event.data)]
        actor = event.actor.person_id if event.actor is not None else None
        wanting = [
            one
            for one in await self._remembered(event.companyid)
            if _is_told(one) and what in one.outbound.tells and actor != actor_id(one.id)  # type: ignore[union-attr]
        ]
        if not wanting:
            return 0
        known = await self._items.of_task(event.companyid, event.data.task.id)
        told = [
            one
            for one in wanting
            if one.id in known or one.outbound.makes(event.data.task.type_id)  # type: ignore[union-attr]
        ]
        for tracker in told:
            await self._calls.add(_call(event, tracker))
        return len(told)

    async def make(self, call: Call) -> Made | None:
        """Tell one thing; none when there is nobody to tell any more."""
        tracker = await self._trackers.find(call.lane)
        if tracker is None or not _is_told(tracker):
            return None
        event = read(call.body, call.kind)
        item = (await self._items.of_task(tracker.company_id, event.data.task.id)).get(tracker.id)
        what = WHAT[type(event.data)]
        if what == "created" and item is not None:
            return Made(Outcome(204, "it is there already"))
        if what != "created" and item is None:
            return Made(Outcome(None, "the tracker does not have the task"), final=True)
        version = event.data.task.version
        if item is not None and what != "commented" and item["told_version"] >= version:
            return Made(Outcome(204, "something newer was told already"))
        talk = await self._talk(tracker, event, item, call.id)
        outcome = await tongues.tell(talk)
        if talk.made is not None and outcome.ok:
            await self._remember(tracker, event, talk.made)
        elif outcome.ok and item is not None and what != "commented":
            await self._items.told(item["_id"], version)
        return Made(outcome, final=_is_final(outcome))

    async def tired(self, lane: Lane, reason: str) -> None:
        """Stop telling a tracker whose server has failed for too long, and tell its keepers."""
        tracker = await self._trackers.find(lane.id)
        if tracker is None or not _is_told(tracker):
            return
        assert tracker.outbound is not None
        off = tracker.outbound.model_copy(update={"state": "disabled", "reason": reason})
        disabled = tracker.model_copy(update={"outbound": off, "updated_at": now()})
        try:
            await self._trackers.save(tracker, disabled, says=[_said(tracker, reason)])
        except Stale:
            return  # a person was quicker; the next failure decides again
        await self._calls.fail_waiting(tracker.id, "the tracker was disabled")
        _log.warning("tracker.disabled", tracker_id=tracker.id)

    async def _talk(self, tracker: Tracker, event: AnyEnvelope, item: dict[str, Any] | None, call_id: str) -> Talk:
        outbound = tracker.outbound
        assert outbound is not None
        what, snapshot = WHAT[type(event.data)], event.data.task
        task = await self._tasks.get(tracker.company_id, snapshot.id)
        state = outbound.phases.get(snapshot.phase_id or "", "")
        outside_id = item["outside_id"] if item is not None else ""
        link = next((one for one in task.outside if one.tracker_id == tracker.id), None)
        values = values_of(
            event, what, outside_id=outside_id, state=state, mark=task_mark(task, tracker.id, self._secret)
        )
        return Talk(
            tracker=tracker,
            outbound=outbound,
            credentials=orjson.loads(self._seal.open(outbound.credentials)) if outbound.credentials else {},
            what=what,
            task=snapshot,
            text=values["task.description"] if what == "created" else values["text"],
            state=state,
            outside_id=outside_id,
            label=link.label if link is not None else "",
            mark=values["mark"],
            values=values,
            send=self._outside.call,
            expecting=Expecting(self._items, tracker, item["_id"] if item is not None else None, call_id),
        )

    async def _remember(self, tracker: Tracker, event: AnyEnvelope, made: tongues.Made) -> None:
        """Link what was made there to the task. Its own message may have come before the answer: then it is linked."""
        until = now() + LEASE + PATIENCE
        while (held := await self._items.hold(tracker, made.outside_id, LEASE)) is None:
            if now() > until:
                raise Unavailable("the new piece of work is being taken in")
            await asyncio.sleep(0.2)
        task_id = event.data.task.id
        link = outside_link(tracker, made.outside_id, made.label, made.url)
        cause = Cause(derived_id(event.id, "outside", tracker.id), event.correlationid, now(), tracker.party)
        await self._tasks.change(tracker.company_id, task_id, lambda task: link_outside(task, link, tracker), cause)
        await self._items.release(held, task_id=task_id, told_version=event.data.task.version)

    async def _remembered(self, company_id: str) -> Sequence[Tracker]:
        known = self._known.get(company_id)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        found = await self._trackers.of(company_id)
        self._known[company_id] = (found, time.monotonic() + REMEMBERED_S)
        return found


def _is_told(tracker: Tracker) -> bool:
    return tracker.state == "active" and tracker.outbound is not None and tracker.outbound.state == "active"


def _is_final(outcome: Outcome) -> bool:
    """A request that it will never take, however often it is made."""
    status = outcome.status
    return status is not None and 400 <= status < 500 and status not in _COMES_RIGHT


def _call(event: AnyEnvelope, tracker: Tracker) -> NewCall:
    return NewCall(
        id=derived_id("tracker-call", event.id, tracker.id),
        company_id=event.companyid,
        lane=tracker.id,
        kind=event.type,
        message_id=event.id,
        body=event.to_json(),
        at=min(event.time, now()),
        about={"task_number": event.data.task.number},
    )


def _said(tracker: Tracker, reason: str) -> AnyEnvelope:
    fact = TrackerDisabled(connection_id=tracker.id, name=tracker.name, reason=reason, keepers=tracker.keepers)
    id_ = derived_id(tracker.id, fact.type, str(tracker.version))
    return Envelope[Any](
        id=id_,
        source="workflow",
        type=fact.type,
        subject=tracker.id,
        time=now(),
        correlationid=id_,
        causationid=id_,
        companyid=tracker.company_id,
        data=fact,
    )
