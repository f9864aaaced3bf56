"""What colleagues write to each other about a task. Nobody outside the team ever reads it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from balcao.shared.aggregate import Change, Revision
from balcao.shared.events import FileRef, Party, PersonProfile, TaskCommented
from balcao.shared.rich_text import MOST_TEXT, clean, plain, with_images
from balcao.workflow.domain.conditions import TooMuch, UnknownMember
from balcao.workflow.domain.tasks import Task

MOST_MENTIONS = 50
MOST_COMMENTS = 5_000


def comment(
    task: Task,
    text: str,
    html: str | None,
    files: Sequence[FileRef],
    mentions: Sequence[str],
    team: Mapping[str, PersonProfile],
    *,
    at: datetime,
) -> Change[Task]:
    """Write about the task, in whatever state it is; who is mentioned by id will be told.

    Raises `UnknownMember` for somebody who is not of the team, `TooMuch` for an empty or an endless one, and what
    `rich_text.clean` raises.
    """
    words = clean(html, files) if html is not None else plain(text.strip())
    if not words.text and not files:
        raise TooMuch("a comment says something or brings a file")
    if len(words.text) > MOST_TEXT or task.comments >= MOST_COMMENTS:
        raise TooMuch(f"at most {MOST_TEXT} characters, and {MOST_COMMENTS} comments on a task")
    called = members(mentions, team)
    revision = Revision(task).set(comments=task.comments + 1, updated_at=max(task.updated_at, at))
    return revision.say(
        TaskCommented, text=words.text, html=words.html, files=with_images(files, words.images), mentions=called
    ).done()


def members(ids: Sequence[str], team: Mapping[str, PersonProfile]) -> tuple[Party, ...]:
    """People of the team by id, each once. Raises `UnknownMember` for others, and past `MOST_MENTIONS`."""
    wanted = tuple(dict.fromkeys(ids))
    if len(wanted) > MOST_MENTIONS:
        raise UnknownMember(f"at most {MOST_MENTIONS} people can be mentioned")
    if strange := [id_ for id_ in wanted if id_ not in team or not is_member(team[id_])]:
        raise UnknownMember("only people of the team can be mentioned", people=strange)
    return tuple(team[id_].party() for id_ in wanted)


def is_member(person: PersonProfile) -> bool:
    """Whether somebody is of the team and has not left it."""
    return person.active and bool(person.roles)
