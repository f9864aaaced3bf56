"""Draws up what is for somebody to do today (W17), when their hour has come. Asked by a fact, answered by a fact."""

from datetime import date
from typing import Any, Literal

from balcao.shared import telemetry
from balcao.shared.clock import now
from balcao.shared.commit import Committer, Work
from balcao.shared.events import AgendaDrawn, AgendaTicket, AgendaWanted, Envelope
from balcao.shared.ids import derived_id
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting
from balcao.tickets.domain.filters import Filter
from balcao.tickets.domain.ticket import ACTIVE
from balcao.tickets.finding import Asked, TicketFinder
from balcao.tickets.store.directory import Directory

MOST_NAMED = 20
"""Tickets of each part that are named; the others are counted."""
_MOST_LOOKED_AT = 100


class Agendas:
    """The lists are those of the desk: the same filters, the same order, the same day."""

    def __init__(self, finder: TicketFinder, directory: Directory, committer: Committer) -> None:
        self._finder = finder
        self._directory = directory
        self._committer = committer

    async def draw(self, event: Envelope[AgendaWanted]) -> None:
        """Say what is for this person to do on the day, unless it is nothing or the company doesn't work.

        Asked again it says the same fact again, by its id.
        """
        wanted = event.data
        calendar = (await self._directory.team(event.companyid)).company.calendar()
        if not calendar.is_business_day(date.fromisoformat(wanted.day)):
            return
        acting = _acting(event)
        overdue, overdue_count = await self._due(acting, "overdue")
        today, today_count = await self._due(acting, "today")
        if not overdue_count and not today_count:
            return
        without_date = await self._without_date(acting)
        drawn = AgendaDrawn(
            person=wanted.person,
            day=wanted.day,
            overdue=overdue,
            today=today,
            without_date=without_date[:MOST_NAMED],
            overdue_count=overdue_count,
            today_count=today_count,
            without_date_count=len(without_date),
        )
        await self._committer.save(Work(events=[_said(event, drawn)]))

    async def _due(self, acting: Acting, work: Literal["today", "overdue"]) -> tuple[tuple[AgendaTicket, ...], int]:
        asked = _with(acting, work=work)
        page = await self._finder.page(acting, asked, after=None, limit=MOST_NAMED)
        count = len(page.rows) if page.following is None else (await self._finder.count(acting, asked)).count
        return tuple(_ticket(row) for row in page.rows), count

    async def _without_date(self, acting: Acting) -> tuple[AgendaTicket, ...]:
        """What is with them and in service, due on no day; among the first hundred by priority."""
        page = await self._finder.page(acting, _with(acting), after=None, limit=_MOST_LOOKED_AT)
        return tuple(_ticket(row) for row in page.rows if row["status"] == "open" and _due_of(row) is None)


def _with(acting: Acting, work: Literal["today", "overdue"] | None = None) -> Asked:
    """What is with somebody now: they act in the current stage (H9)."""
    return Asked(Filter(status=tuple(ACTIVE), executor=(acting.person_id,), work=work), "rank")


def _acting(event: Envelope[AgendaWanted]) -> Acting:
    person = event.data.person
    return Acting(
        company_id=event.companyid,
        person_id=person.person_id or "",
        name=person.name,
        address=person.address or "",
        roles=event.data.roles,
        locale=person.locale,
    )


def _due_of(row: Document) -> Any:
    return row.get("due") or row.get("promised_for")


def _ticket(row: Document) -> AgendaTicket:
    return AgendaTicket(
        id=row["_id"], number=row["number"], title=row["title"], priority=row.get("priority", 0), due=_due_of(row)
    )


def _said(event: Envelope[AgendaWanted], drawn: AgendaDrawn) -> Envelope[Any]:
    return Envelope[Any](
        id=derived_id(event.id, drawn.type),
        source="tickets",
        type=drawn.type,
        subject=event.subject,
        time=now(),
        correlationid=event.correlationid,
        causationid=event.id,
        companyid=event.companyid,
        traceparent=telemetry.traceparent(),
        data=drawn,
    )
