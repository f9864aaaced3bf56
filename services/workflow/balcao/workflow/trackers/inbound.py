"""What trackers tell us: kept at once, read when the bus brings it, applied in the order in which it happened there."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from balcao.shared.aggregate import Change
from balcao.shared.clock import now
from balcao.shared.commit import AlreadyDone
from balcao.shared.errors import Condition, Invalid, NotAllowed, NotFound, Refused, Unavailable
from balcao.shared.events import Envelope, TrackerDelivered
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document
from balcao.shared.numbers import Numbers
from balcao.shared.sealing import Seal
from balcao.shared.timeline import Cause
from balcao.shared.turns import Turns
from balcao.workflow.companies import Companies
from balcao.workflow.domain.expressions import Expression
from balcao.workflow.domain.phases import TaskType
from balcao.workflow.domain.tasks import Task
from balcao.workflow.domain.tracker_mapping import OutsideChange, read_payload
from balcao.workflow.domain.tracker_signatures import WANTED_HEADERS, delivery_key, is_signed
from balcao.workflow.domain.trackers import (
    Command,
    Tracker,
    create_from_outside,
    link_outside,
    name_tickets,
    next_command,
    outside_link,
    task_mac,
)
from balcao.workflow.production import Production
from balcao.workflow.store.task_types import TaskTypes
from balcao.workflow.store.tasks import Tasks
from balcao.workflow.store.trackers import Items, Told, Trackers
from balcao.workflow.trackers.echoes import met_by, outdated_by

LEASE = timedelta(seconds=20)
PATIENCE = timedelta(seconds=5)
MOST_STEPS = 3

_log = structlog.get_logger()


class NotSigned(NotAllowed):
    """The message's signature does not hold."""


class BeingChanged(Unavailable):
    """Something else that the tracker told of the same piece of work is being taken in."""


@dataclass(frozen=True)
class Outcome:
    """What came of a message."""

    state: str
    """created, moved, unchanged, ignored, late, echo, or failed."""
    reason: str = ""
    task_number: int | None = None


class Inbound:
    """Takes in what trackers tell."""

    def __init__(
        self,
        trackers: Trackers,
        told: Told,
        items: Items,
        tasks: Tasks,
        types: TaskTypes,
        numbers: Numbers,
        production: Production,
        seal: Seal,
        companies: Companies,
        *,
        secret: str,
        public_url: str,
    ) -> None:
        self._trackers = trackers
        self._told = told
        self._items = items
        self._tasks = tasks
        self._types = types
        self._numbers = numbers
        self._production = production
        self._seal = seal
        self._companies = companies
        self._secret = secret
        self._public_url = public_url
        self._turns = Turns()

    async def take(
        self, tracker_id: str, headers: Mapping[str, str], body: bytes, callback_url: str
    ) -> tuple[str, bool]:
        """Keep a message from outside; durable at return. Returns its id, and whether it is new.

        Raises `NotFound` for no tracker of ours, or a paused one, and `NotSigned`.
        """
        tracker, at = await self._trackers.find(tracker_id), now()
        if tracker is None or tracker.state != "active":
            raise NotFound("no such tracker")
        if not is_signed(tracker.kind, self._seal.open(tracker.secret), headers, body, callback_url):
            await self._told.count_refused(tracker, at, "the signature does not hold")
            _log.warning("tracker.not_signed", tracker_id=tracker.id)
            raise NotSigned("the signature does not hold")
        kept = {name: value[:500] for name, value in headers.items() if name in WANTED_HEADERS}
        id_ = derived_id("tracker-delivery", tracker.id, delivery_key(kept, body, _named_inside(tracker, body)))
        new = await self._told.keep(tracker, id_, kept, body, at, _delivered(tracker, id_, 1, at))
        return id_, new

    async def replay(self, company_id: str, tracker_id: str, delivery_id: str) -> None:
        """Read a message again, with the mapping as it is now. Raises `NotFound`, `Invalid`, `Stale`."""
        tracker = await self._trackers.get(company_id, tracker_id)
        found = await self._told.get(company_id, tracker_id, delivery_id)
        if found["state"] == "refused":
            raise Invalid("it was not kept, since its signature did not hold")
        await self._told.again(found, _delivered(tracker, delivery_id, found["run"] + 1, now()))

    async def apply(self, event: Envelope[TrackerDelivered]) -> None:
        """Do what a message leads to, once, and note what came of it. Raises `BeingChanged`, to be tried again."""
        data = event.data
        tracker = await self._trackers.find(data.tracker_id)
        if tracker is None:
            return  # removed meanwhile, and its log with it
        found = await self._told.get(event.companyid, data.tracker_id, data.delivery_id)
        if found["run"] != data.run:
            return  # replayed meanwhile
        # Of what was in it when it came: a replay must not make it news.
        try:
            outcome = await self._apply(
                tracker, found, derived_id(data.delivery_id, str(data.run)), event.correlationid
            )
        except (Invalid, Refused) as error:
            outcome = Outcome("failed", error.message)
        await self._told.settle(data.delivery_id, data.run, outcome.state, outcome.reason, outcome.task_number)
        _log.info("tracker.delivery_settled", tracker_id=tracker.id, state=outcome.state)

    async def try_out(self, tracker: Tracker, payload: Any) -> tuple[OutsideChange | None, Outcome]:
        """What a payload would do, without doing it."""
        try:
            change = await self._read(tracker, payload, now())
        except Invalid as error:
            return None, Outcome("failed", error.message)
        if change is None:
            return None, Outcome("ignored", "not for us, by the mapping's `when`")
        meaning = tracker.phase_of(change.states)
        item = await self._items.peek(tracker, change.outside_id)
        if item is not None and item["task_id"] is not None:
            task = await self._tasks.get(tracker.company_id, item["task_id"])
            if item["seen"] > change.order:
                return change, Outcome("late", "something newer was heard of it", task.number)
            return change, _would_move(meaning, task, await self._type_of(task))
        if unwanted := _unwanted(tracker, meaning):
            return change, Outcome("ignored", unwanted)
        return change, Outcome("created", _words(meaning))

    # Inside

    async def _apply(self, tracker: Tracker, found: Document, cause_id: str, correlation_id: str) -> Outcome:
        payload = _payload(bytes(found["body"]))
        change = await self._read(tracker, payload, found["at"])
        if change is None:
            return Outcome("ignored", "not for us, by the mapping's `when`")
        async with self._turns.turn(f"{tracker.id}/{change.outside_id}"):
            held = await self._hold(tracker, change.outside_id)
            cause = Cause(cause_id, correlation_id, found["at"], tracker.party)
            try:
                return await self._take_in(tracker, held, change, cause)
            except BaseException:
                await self._items.release(held)
                raise

    async def _read(self, tracker: Tracker, payload: Any, received_at: datetime) -> OutsideChange | None:
        company = await self._companies.get(tracker.company_id)
        pages_url = f"{self._public_url}/{company.slug}" if self._public_url else ""
        return read_payload(tracker.kind, tracker.reads_by, payload, received_at, pages_url)

    async def _hold(self, tracker: Tracker, outside_id: str) -> Document:
        """The piece of work, ours alone; waits a moment for another replica that has it. Raises `BeingChanged`."""
        until = now() + PATIENCE
        while (held := await self._items.hold(tracker, outside_id, LEASE)) is None:
            if now() > until:
                raise BeingChanged("another message about the same piece of work is being taken in")
            await asyncio.sleep(0.1)
        return held

    async def _take_in(self, tracker: Tracker, held: Document, change: OutsideChange, cause: Cause) -> Outcome:
        if held["seen"] > change.order:
            await self._items.release(held)
            return Outcome("late", "something newer was heard of it", await self._number(tracker, held["task_id"]))
        meaning = tracker.phase_of(change.states)
        if meaning is not None and (met := met_by(held["expected"], meaning[0])):
            await self._items.release(held, over=met, seen=change.order)
            return Outcome("echo", "it is what we told it ourselves", await self._number(tracker, held["task_id"]))
        task, created = await self._task(tracker, held, change, cause)
        if task is None:
            # What is told late of work that was given up must not make a task of it.
            await self._items.release(held, seen=change.order if tracker.creates else held["seen"])
            return Outcome("ignored", _unwanted(tracker, meaning))
        if tracker.names_tickets and change.tickets:
            task = await self._step(task, cause, "tickets", lambda now_: name_tickets(now_, tracker, change.tickets))
        before = (task.phase.id, task.state)
        if meaning is not None:
            task = await self._follow(task, meaning[1], cause)
        # What it told us it need not be told; what we had still to say of before would take it back.
        knows = task.version if meaning is not None else 0
        told = max(held["told_version"], knows)
        over = outdated_by(held["expected"], change.at) if meaning is not None else ()
        await self._items.release(held, over=over, seen=change.order, task_id=task.id, told_version=told)
        moved = (task.phase.id, task.state) != before
        state = "created" if created else "moved" if moved else "unchanged"
        return Outcome(state, _words(meaning) if change.states or meaning else "", task.number)

    async def _task(
        self, tracker: Tracker, held: Document, change: OutsideChange, cause: Cause
    ) -> tuple[Task | None, bool]:
        """The task that this piece of work is, made now if it is new and wanted; and whether it was."""
        link = outside_link(tracker, change.outside_id, change.label, change.url)
        if held["task_id"] is not None:
            task = await self._tasks.get(tracker.company_id, held["task_id"])
            return await self._step(task, cause, "link", lambda now_: link_outside(now_, link, tracker)), False
        if (ours := await self._made_from(tracker, change)) is not None:
            return await self._step(ours, cause, "link", lambda now_: link_outside(now_, link, tracker)), False
        # Its id follows from the piece of work: two messages about it make one task.
        task_id = derived_id("tracker-task", tracker.id, change.outside_id)
        known = await self._tasks.find(tracker.company_id, task_id)
        if known is not None:
            return known, True
        if _unwanted(tracker, tracker.phase_of(change.states)):
            return None, False
        types = await self._types.of(tracker.company_id)
        task_type = next((one for one in types if one.id == tracker.task_type), types[0])
        number = await self._numbers.next(tracker.company_id, "task")
        made = create_from_outside(change, tracker, task_type, task_id=task_id, number=number, at=cause.at)
        try:
            return await self._tasks.create(made, _step_of(cause, "create")), True
        except AlreadyDone:
            return await self._tasks.get(tracker.company_id, task_id), True

    async def _made_from(self, tracker: Tracker, change: OutsideChange) -> Task | None:
        """The task of ours that this was made from: its mark says so, and only we can write it."""
        if change.task is None:
            return None
        try:
            task = await self._tasks.by_number(tracker.company_id, change.task[0])
        except NotFound:
            return None
        return task if task_mac(task.id, tracker.id, self._secret) == change.task[1] else None

    async def _follow(self, task: Task, wanted: str, cause: Cause) -> Task:
        """Bring the task to where it stands there, by as many commands as the rules need for it."""
        for n in range(MOST_STEPS):
            command = next_command(task, await self._type_of(task), wanted)
            if command is None:
                break
            task = await self._do(task, command, _step_of(cause, f"follow-{n}"))
        return task

    async def _do(self, task: Task, command: Command, cause: Cause) -> Task:
        """As a person's command; tasks that it waits for don't stop work that was done elsewhere, but are noted."""
        if command.what == "cancel":
            return await self._production.cancel(task.company_id, task.number, "", cause, None)
        if command.what == "reopen":
            return await self._production.reopen(task.company_id, task.number, cause, None)
        return await self._production.move(task.company_id, task.number, command.phase, cause, None, overruled=True)

    async def _step(self, task: Task, cause: Cause, name: str, rule: Callable[[Task], Change[Task]]) -> Task:
        return await self._tasks.change(task.company_id, task.id, rule, _step_of(cause, name))

    async def _type_of(self, task: Task) -> TaskType:
        types = await self._types.of(task.company_id)
        return next((one for one in types if one.id == task.type_id), types[0])

    async def _number(self, tracker: Tracker, task_id: str | None) -> int | None:
        task = await self._tasks.find(tracker.company_id, task_id) if task_id is not None else None
        return task.number if task is not None else None


def _unwanted(tracker: Tracker, meaning: tuple[str, str] | None) -> str:
    """Why what is new there becomes no task; empty when it does."""
    if not tracker.creates:
        return "new there, and the tracker makes no tasks"
    if meaning is not None and meaning[1] == "@cancel":
        return "given up there before it was known here"
    return ""


def _would_move(meaning: tuple[str, str] | None, task: Task, task_type: TaskType) -> Outcome:
    if meaning is None:
        return Outcome("unchanged", _words(meaning), task.number)
    try:
        command = next_command(task, task_type, meaning[1])
    except Condition as error:
        return Outcome("failed", error.message, task.number)
    return Outcome("moved" if command is not None else "unchanged", _words(meaning), task.number)


def _words(meaning: tuple[str, str] | None) -> str:
    return f"{meaning[0]!r} means {meaning[1]}" if meaning is not None else "no phase is named for its state"


def _payload(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"the message is no JSON: {str(error)[:200]}") from error


def _named_inside(tracker: Tracker, body: bytes) -> str:
    """The message's own id where it stands in the message; a broken one is told apart by its bytes."""
    if not tracker.reads_by.delivery:
        return ""
    try:
        payload = orjson.loads(body)
        found = Expression(tracker.reads_by.delivery).of(payload)
    except (orjson.JSONDecodeError, Invalid):
        return ""
    return str(found) if isinstance(found, str | int) else ""


def _step_of(cause: Cause, name: str) -> Cause:
    """A cause of its own for each step: each acts once."""
    return Cause(derived_id(cause.id, name), cause.correlation_id, cause.at, cause.actor)


def _delivered(tracker: Tracker, delivery_id: str, run: int, at: datetime) -> Envelope[TrackerDelivered]:
    id_ = derived_id("tracker-delivered", delivery_id, str(run))
    return Envelope[TrackerDelivered](
        id=id_,
        source="workflow",
        type=TrackerDelivered.type,
        subject=tracker.id,
        time=at,
        correlationid=id_,
        causationid=id_,
        companyid=tracker.company_id,
        actor=tracker.party,
        data=TrackerDelivered(tracker_id=tracker.id, delivery_id=delivery_id, run=run),
    )
