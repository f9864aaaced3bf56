"""Facts about a person's work of the day (W17): `notifier` wants it when their hour has come, `tickets` draws it up."""

from datetime import datetime

from pydantic import Field

from balcao.shared.events.envelope import Contract, Fact, Party


class AgendaWanted(Fact):
    """The hour has come at which a person hears what is for them to do today. Said once a day and person."""

    type = "agenda.wanted.v1"

    person: Party
    roles: tuple[str, ...] = ()
    day: str = Field(description="YYYY-MM-DD where the person is.")


class AgendaTicket(Contract):
    """A ticket of the day."""

    id: str
    number: int
    title: str
    priority: int = 0
    due: datetime | None = Field(default=None, description="When it is to be done, or was.")


class AgendaDrawn(Fact):
    """What is for a person to do today. Not said on a day off, nor when there is nothing."""

    type = "agenda.drawn.v1"

    person: Party
    day: str
    overdue: tuple[AgendaTicket, ...] = Field(default=(), description="Those of highest priority.")
    today: tuple[AgendaTicket, ...] = Field(default=(), description="Those of highest priority.")
    without_date: tuple[AgendaTicket, ...] = Field(default=(), description="With them and due on no day.")
    overdue_count: int = 0
    today_count: int = 0
    without_date_count: int = 0
