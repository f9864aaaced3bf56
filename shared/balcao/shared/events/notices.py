"""Facts about notices, said by `notifier`: to pages that are open at this moment, which nothing keeps; and what was
gathered."""

from datetime import datetime

from pydantic import Field

from balcao.shared.events.envelope import Contract, Fact, Party


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
    notice_ids: tuple[str, ...] = Field(default=(), description="None: all they had.")


class GatheredNotice(Contract):
    """One notice among several."""

    fact_id: str = Field(description="Event that led to it.")
    kind: str
    at: datetime
    who: str = Field(default="", description="Who did it; empty for Balcão itself.")
    title: str = ""
    ticket_number: int | None = None
    task_number: int | None = None


class NoticesGathered(Fact):
    """What a person was to be told within a short time, in one: it goes out as one mail. Said by `notifier`, once."""

    type = "notices.gathered.v1"

    recipient: Party
    items: tuple[GatheredNotice, ...] = Field(description="In the order in which it happened.")
