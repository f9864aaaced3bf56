"""What the producer hands over with finished work: checked here, told with the task's snapshot (H4)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from balcao.shared.events import Deliverables, DeliveredLink, FileRef
from balcao.workflow.domain.conditions import BadLink
from balcao.workflow.domain.tasks import Task

MOST_LINKS = 20
MOST_FILES = 20
MOST_URL = 2_000


def deliverables(handover: str, files: Sequence[FileRef], links: Sequence[tuple[str, str]]) -> Deliverables | None:
    """What is handed over, each file and link once; none when it is nothing. Raises `BadLink`."""
    checked = {url: DeliveredLink(url=checked_url(url), title=" ".join(title.split())) for url, title in links}
    once = {file.file_id: file for file in files}
    if not (handover.strip() or once or checked):
        return None
    return Deliverables(handover=handover.strip(), files=tuple(once.values()), links=tuple(checked.values()))


def checked_url(url: str) -> str:
    """A link that may be sent to a client. Raises `BadLink` for one that is none, or that names a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadLink(f"{url[:200]!r} is no link", url=url[:200]) from error
    if parts.scheme not in ("http", "https") or not host or len(url) > MOST_URL or not url.isprintable() or " " in url:
        raise BadLink("a link begins with http:// or https:// and names a host", url=url[:200])
    if parts.username is not None or parts.password is not None:
        raise BadLink("a link must not carry a user or password", url=f"{parts.scheme}://…@{host}")
    return url


def deliver(task: Task, handed_over: Deliverables | None) -> Task:
    """The task with what is handed over, before it is finished; what was handed over in this round stays where nothing
    new is (approved work is what was looked at)."""
    return task if handed_over is None else task.model_copy(update={"delivered": handed_over})
