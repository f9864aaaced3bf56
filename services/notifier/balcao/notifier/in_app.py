"""In-app notices as pages see them at once: what is stored is also said to whoever has a page open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.letters.titles import title_of
from balcao.notifier.store.notices import Notice, Notices
from balcao.shared.bus import Bus
from balcao.shared.catalogues import LOCALES
from balcao.shared.clock import now
from balcao.shared.events import Envelope, Fact, NoticeGiven, NoticesRead
from balcao.shared.ids import derived_id, new_id


class InApp:
    """Keeps nothing itself: a page that missed what was said finds it in the list."""

    def __init__(self, notices: Notices, bus: Bus) -> None:
        self._notices = notices
        self._bus = bus

    async def show(self, given: Sequence[Delivery]) -> None:
        """Have pages that are open show these notices, which are stored."""
        for one in given:
            about, actor = one.about, one.event.actor
            who = (actor.name or actor.address or "") if actor else ""
            fact = NoticeGiven(
                person_id=one.telling.recipient.person_id or "",
                notice_id=one.id,
                kind=one.telling.kind,
                titles={locale: title_of(one.telling.kind, about.title, who, locale) for locale in LOCALES},
                ticket_number=about.number,
                task_number=about.task_number,
                at=one.event.time,
            )
            await self._say(fact, derived_id(one.id, fact.type), one.event.companyid)

    async def read(self, company_id: str, person_id: str, notice_id: str, at: datetime) -> Notice:
        """Mark a person's own notice as read. Raises `NotFound`."""
        notice = await self._notices.read(company_id, person_id, notice_id, at)
        await self._say(NoticesRead(person_id=person_id, notice_ids=(notice_id,)), new_id(), company_id)
        return notice

    async def read_all(self, company_id: str, person_id: str, at: datetime) -> int:
        """Mark all that a person has not read; returns how many."""
        count = await self._notices.read_all(company_id, person_id, at)
        if count:
            await self._say(NoticesRead(person_id=person_id), new_id(), company_id)
        return count

    async def _say(self, fact: Fact, id_: str, company_id: str) -> None:
        await self._bus.whisper(
            Envelope[Any](
                id=id_,
                source="notifier",
                type=fact.type,
                subject=company_id,
                time=now(),
                correlationid=id_,
                causationid=id_,
                companyid=company_id,
                data=fact,
            )
        )
