"""Facts about in-app notices. Said by `notifier` to pages that are open at this moment; nothing keeps them."""

from datetime import datetime

from pydantic import Field

from balcao.shared.events.envelope import Fact


class NoticeGiven(Fact):
    """Somebody got an in-app notice. It lies stored with the notifier: this only makes it show at once."""

    type = "notice.given.v1"

    person_id: str
    notice_id: str
    kind: str
    titles: dict[str, str] = Field(description="What it says, by language.")
    ticket_number: int | None = None
    task_number: int | None = None
    at: datetime


class NoticesRead(Fact):
    """Somebody read a notice, or all they had: their other pages show it too."""

    type = "notices.read.v1"

    person_id: str
    notice_ids: tuple[str, ...] = Field(default=(), description="None: all up to now.")
