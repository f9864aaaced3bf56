"""What production handed over, on its way to the requester: what is still to be sent, and what went out (H4).

Nothing of it is the requester's to see before somebody of the team has sent it.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from balcao.shared.aggregate import Said
from balcao.shared.events import (
    Deliverables,
    DeliveredLink,
    FileRef,
    TaskSnapshot,
    TicketDeliveryDraftDropped,
    TicketReplied,
)


class HandedOut(BaseModel):
    """Deliverables of a task that were sent to the requester, or that the team will not send."""

    model_config = ConfigDict(frozen=True)

    task_id: str
    what: str
    """A digest of all that was handed over, sent or not: the same of the same round is not drafted again."""
    rounds: int
    entry: int
    """The timeline entry it was decided in."""
    sent: bool = True
    files: tuple[FileRef, ...] = ()
    """Those that went out."""
    links: tuple[DeliveredLink, ...] = ()


def digest(delivered: Deliverables) -> str:
    """What tells one delivery from another: work taken up again may hand over the very same, or more."""
    return hashlib.sha256(delivered.model_dump_json().encode()).hexdigest()[:20]


def to_hand_out(
    tasks: Iterable[TaskSnapshot], handed_out: Iterable[HandedOut], going_out: Collection[str] = ()
) -> tuple[TaskSnapshot, ...]:
    """Finished tasks whose deliverables nobody has sent; those of tasks in `going_out` are on their way.

    A task that was taken up again has none: what it had handed over is withdrawn with that.
    """
    decided = {(one.task_id, one.what, one.rounds) for one in handed_out}
    return tuple(
        task
        for task in tasks
        if task.delivered is not None
        and task.id not in going_out
        and (task.id, digest(task.delivered), task.rounds) not in decided
    )


def handed_out_after(
    before: tuple[HandedOut, ...], tasks: Sequence[TaskSnapshot], said: tuple[Said, ...]
) -> tuple[HandedOut, ...]:
    """What was handed out once a change has said all that: an answer hands out what it was drafted from, and whatever
    of a delivery it has as a file or as a link in its words. A dropped draft is decided too, with nothing sent."""
    now = before
    for one in said:
        if one.fact is TicketReplied:
            now = (*now, *_sent(to_hand_out(tasks, now), one))
        elif one.fact is TicketDeliveryDraftDropped:
            given_up = [task for task in to_hand_out(tasks, now) if task.id in one.data["tasks"]]
            now = (*now, *(_handed_out(task, one.n, sent=False) for task in given_up))
    return now


def _sent(tasks: Iterable[TaskSnapshot], answer: Said) -> Iterable[HandedOut]:
    text = str(answer.data.get("text", ""))
    attached = {file.file_id for file in answer.data.get("files", ())}
    for task in tasks:
        assert task.delivered is not None
        files = tuple(file for file in task.delivered.files if file.file_id in attached)
        links = tuple(link for link in task.delivered.links if link.url in text)
        if files or links or task.id in answer.data.get("delivered", ()):
            yield _handed_out(task, answer.n, files=files, links=links)


def _handed_out(
    task: TaskSnapshot,
    entry: int,
    *,
    sent: bool = True,
    files: tuple[FileRef, ...] = (),
    links: tuple[DeliveredLink, ...] = (),
) -> HandedOut:
    assert task.delivered is not None
    return HandedOut(
        task_id=task.id,
        what=digest(task.delivered),
        rounds=task.rounds,
        entry=entry,
        sent=sent,
        files=files,
        links=links,
    )
