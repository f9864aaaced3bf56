"""The checklist of a task: bounded, in an order people choose, each item ticked by somebody at some time."""

from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import ChecklistItem, Party, TaskChecklistChanged
from balcao.workflow.domain.conditions import NoSuchItem, TooMuch
from balcao.workflow.domain.held import ChecklistEntry
from balcao.workflow.domain.tasks import Task

MOST_ITEMS = 100
MOST_ITEM_TEXT = 300


def add_item(task: Task, id_: str, text: str, *, at: datetime) -> Change[Task]:
    """Put an item at the end. Raises `TooMuch` past `MOST_ITEMS`."""
    if len(task.checklist) >= MOST_ITEMS:
        raise TooMuch(f"a checklist has at most {MOST_ITEMS} items")
    item = ChecklistEntry(id=id_, text=_said(text))
    return _changed(task, (*task.checklist, item), "added", item, at)


def rename_item(task: Task, id_: str, text: str, *, at: datetime) -> Change[Task]:
    """Let an item say something else. Raises `NoSuchItem`."""
    before = _item(task, id_)
    after = before.model_copy(update={"text": _said(text)})
    if after == before:
        return Revision(task).done()
    return _changed(task, _replaced(task, after), "renamed", after, at, before.text)


def tick_item(task: Task, id_: str, by: Party, *, done: bool, at: datetime) -> Change[Task]:
    """Tick an item, or take the tick away. Nothing happens when it is so already. Raises `NoSuchItem`."""
    before = _item(task, id_)
    if (before.done_at is not None) == done:
        return Revision(task).done()
    after = before.model_copy(update={"done_by": by if done else None, "done_at": at if done else None})
    return _changed(task, _replaced(task, after), "ticked" if done else "unticked", after, at)


def move_item(task: Task, id_: str, to: int, *, at: datetime) -> Change[Task]:
    """Put an item at another place, 0 the first; beyond the end is the end. Raises `NoSuchItem`."""
    item = _item(task, id_)
    others = [one for one in task.checklist if one.id != id_]
    others.insert(to, item)
    if tuple(others) == task.checklist:
        return Revision(task).done()
    return _changed(task, tuple(others), "moved", item, at)


def remove_item(task: Task, id_: str, *, at: datetime) -> Change[Task]:
    """Take an item off; the history keeps what it said. Raises `NoSuchItem`."""
    item = _item(task, id_)
    return _changed(task, tuple(one for one in task.checklist if one.id != id_), "removed", item, at)


def _changed(
    task: Task, checklist: tuple[ChecklistEntry, ...], what: str, item: ChecklistEntry, at: datetime, before: str = ""
) -> Change[Task]:
    done = sum(one.done_at is not None for one in checklist)
    return (
        Revision(task)
        .set(checklist=checklist, updated_at=max(task.updated_at, at))
        .say(
            TaskChecklistChanged,
            what=what,
            item=ChecklistItem(id=item.id, text=item.text),
            before=before,
            done=done,
            of=len(checklist),
        )
        .done()
    )


def _item(task: Task, id_: str) -> ChecklistEntry:
    found = next((one for one in task.checklist if one.id == id_), None)
    if found is None:
        raise NoSuchItem("there is no such item on the checklist")
    return found


def _replaced(task: Task, item: ChecklistEntry) -> tuple[ChecklistEntry, ...]:
    return tuple(item if one.id == item.id else one for one in task.checklist)


def _said(text: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > MOST_ITEM_TEXT:
        raise TooMuch(f"an item says something, in at most {MOST_ITEM_TEXT} characters")
    return said
