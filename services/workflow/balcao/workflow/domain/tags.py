"""The tags of tasks: the company's own, shared with tickets (O14)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import TagName, TagProfile, TaskTagged
from balcao.workflow.domain.conditions import UnknownTag
from balcao.workflow.domain.tasks import MOST_TAGS, Task

Known = Mapping[str, TagProfile]
"""The company's tags by id, archived ones too."""


def retag(task: Task, add: Sequence[str], remove: Sequence[str], known: Known, *, at: datetime) -> Change[Task]:
    """Put tags on a task and take tags off; in whatever state it is, and what is as wanted already says nothing.

    Raises `UnknownTag` for one to put on that the company does not have or has archived, for more than `MOST_TAGS`, and
    for one that is to be both put on and taken off.
    """
    strange = [id_ for id_ in add if id_ not in known or known[id_].archived]
    if strange:
        raise UnknownTag("there is no such tag", tags=strange)
    if both := sorted(set(add) & set(remove)):
        raise UnknownTag("a tag is either added or removed", tags=both)
    added = tuple(dict.fromkeys(id_ for id_ in add if id_ not in task.tags))
    removed = tuple(id_ for id_ in task.tags if id_ in remove)
    kept = tuple(id_ for id_ in task.tags if id_ not in removed)
    if len(kept) + len(added) > MOST_TAGS:
        raise UnknownTag(f"a task has at most {MOST_TAGS} tags", tags=list(added))
    revision = Revision(task)
    if added or removed:
        revision.set(tags=(*kept, *added), updated_at=max(task.updated_at, at))
        revision.say(TaskTagged, added=named(added, known), removed=named(removed, known))
    return revision.done()


def named(ids: Iterable[str], known: Known) -> tuple[TagName, ...]:
    """Tags as they are called now; one that is not known here yet has no name."""
    return tuple(
        TagName(id=id_, name=known[id_].name, colour=known[id_].colour) if id_ in known else TagName(id=id_)
        for id_ in ids
    )
