"""Trackers as administrators set them up."""

import secrets
from collections.abc import Mapping
from typing import Any

import orjson
import structlog

from balcao.shared.bus import Bus
from balcao.shared.calls.outside import Outside
from balcao.shared.calls.store import Calls
from balcao.shared.clock import now
from balcao.shared.errors import Stale
from balcao.shared.ids import derived_id, new_id
from balcao.shared.sealing import Seal
from balcao.shared.tokens import Acting
from balcao.workflow.domain.tracker_outbound import WHAT, Outbound
from balcao.workflow.domain.trackers import (
    MOST_KEEPERS,
    MOST_TRACKERS,
    BadTracker,
    TooManyTrackers,
    Tracker,
    checked,
)
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.trackers import Trackers
from balcao.workflow.trackers.tongues import CREDENTIALS, base_url

QUEUE = "workflow.tell_trackers"

_log = structlog.get_logger()


class TrackerDesk:
    """What the API calls."""

    def __init__(
        self, trackers: Trackers, types: TaskTypes, calls: Calls, outside: Outside, seal: Seal, bus: Bus
    ) -> None:
        self._trackers = trackers
        self._types = types
        self._calls = calls
        self._outside = outside
        self._seal = seal
        self._bus = bus

    async def register(
        self,
        acting: Acting,
        given: Mapping[str, Any],
        secret: str | None,
        credentials: Mapping[str, str],
        once: str | None,
    ) -> tuple[Tracker, str]:
        """A new tracker and the secret that it signs with, which is made here unless one is given.

        The same `once` of the same person makes one only. Raises `BadTracker`, `NoSuchPhase`, `TargetRefused`,
        `TooManyTrackers`.
        """
        company_id, at = acting.company_id, now()
        id_ = derived_id("tracker", company_id, acting.person_id, once) if once else new_id()
        known = await self._trackers.of(company_id)
        if len(known) >= MOST_TRACKERS and all(one.id != id_ for one in known):
            raise TooManyTrackers(f"a company has at most {MOST_TRACKERS} trackers")
        secret = secret or secrets.token_urlsafe(32)
        tracker = Tracker(
            **given,
            id=id_,
            company_id=company_id,
            secret=self._seal.close(secret),
            keepers=(acting.party(),),
            created_at=at,
            updated_at=at,
        )
        tracker = await self._checked(self._sealed(tracker, credentials))
        await self._open(tracker)
        if not await self._trackers.add(tracker):
            tracker = await self._trackers.get(company_id, id_)
            secret = self._seal.open(tracker.secret)
        _log.info("tracker.registered", tracker_id=id_, kind=tracker.kind)
        return tracker, secret

    async def change(
        self,
        acting: Acting,
        id_: str,
        given: Mapping[str, Any],
        secret: str | None,
        credentials: Mapping[str, str] | None,
        expected: int | None,
    ) -> Tracker:
        """Change what is given. Credentials that are not given stay, unless the API they are for is another one.

        Raises as `register` does, `NotFound`, `Stale`.
        """
        before = await self._trackers.get(acting.company_id, id_)
        if expected is not None and expected != before.version:
            raise Stale("this tracker was changed meanwhile", current_version=before.version)
        others = tuple(one for one in before.keepers if one.person_id != acting.person_id)
        values = {**before.model_dump(), **given, "updated_at": now()}
        values["keepers"] = (acting.party(), *others)[:MOST_KEEPERS]
        if secret:
            values["secret"] = self._seal.close(secret)
        after = Tracker.model_validate(values)
        if after.outbound is not None and before.outbound is not None and not credentials:
            same = _places(after) == _places(before)
            kept = {"credentials": before.outbound.credentials if same else ""}
            after = after.model_copy(update={"outbound": after.outbound.model_copy(update=kept)})
        after = await self._checked(self._sealed(after, credentials or {}))
        await self._open(after)
        kept_tracker = await self._trackers.save(before, after)
        if after.outbound is not None:
            await self._calls.refresh_lane(id_)
        return kept_tracker

    async def remove(self, company_id: str, id_: str) -> None:
        """Take a tracker away; its tasks stay, with their links. Raises `NotFound`."""
        await self._trackers.get(company_id, id_)
        await self._trackers.remove(company_id, id_)
        await self._calls.close_lane(id_, "the tracker was removed")
        _log.info("tracker.removed", tracker_id=id_)

    async def listen(self) -> None:
        """Hear what happens to tasks, if any tracker is told of it; at start."""
        if await self._trackers.any_told():
            await self._bus.listen(QUEUE, list(WHAT))

    def _sealed(self, tracker: Tracker, credentials: Mapping[str, str]) -> Tracker:
        if tracker.outbound is None:
            return tracker
        outbound: Outbound = tracker.outbound
        if credentials:
            wanted = CREDENTIALS[tracker.kind]
            if wanted is not None and set(credentials) != wanted:
                raise BadTracker(f"the credentials of this kind are {', '.join(sorted(wanted))}")
            sealed = self._seal.close(orjson.dumps(dict(credentials)).decode())
            outbound = outbound.model_copy(update={"credentials": sealed})
        if not outbound.credentials and CREDENTIALS[tracker.kind] is not None:
            raise BadTracker("to tell this tracker anything, credentials are needed")
        return tracker.model_copy(update={"outbound": outbound})

    async def _checked(self, tracker: Tracker) -> Tracker:
        checked(tracker, await self._types.of(tracker.company_id))
        outbound = tracker.outbound
        if outbound is not None:
            if tracker.kind == "generic":
                for request in outbound.requests.values():
                    self._outside.reach.check(request.url)
            else:
                self._outside.reach.check(base_url(tracker))
                if not outbound.project and outbound.makes(None):
                    raise BadTracker("`project` says where new things are made; without it take `created` from `tells`")
        return tracker

    async def _open(self, tracker: Tracker) -> None:
        if tracker.outbound is not None:
            await self._calls.open_lane(tracker.company_id, tracker.id)
            await self._bus.listen(QUEUE, list(WHAT))


def _places(tracker: Tracker) -> set[str]:
    """Where its credentials go: they are given to no other server than the one they were entered for."""
    assert tracker.outbound is not None
    if tracker.kind != "generic":
        return {base_url(tracker)}
    return {"/".join(one.url.split("/", 3)[:3]).lower() for one in tracker.outbound.requests.values()}
