"""HTTP routes about one's own notices."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from balcao.notifier.domain.kinds import Kind
from balcao.notifier.in_app import InApp
from balcao.notifier.letters.titles import title_of
from balcao.notifier.store.notices import Notice, Notices
from balcao.shared.clock import now
from balcao.shared.http import caller
from balcao.shared.tokens import Acting

Caller = Annotated[Acting, Depends(caller("notifier"))]


class NoticeOut(BaseModel):
    """An in-app notice."""

    id: str
    kind: Kind
    title: str = Field(description="In the reader's language.")
    ticket_number: int | None = Field(description="Null where it is about no ticket: a task, an unknown sender (O3).")
    task_number: int | None = Field(default=None, description="Where it is about a task.")
    at: datetime
    read_at: datetime | None


class NoticesOut(BaseModel):
    """A page of notices, newest first."""

    items: list[NoticeOut]
    unread: int = Field(description="Unread ones among the newest 500.")
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class UnreadOut(BaseModel):
    """The number at the bell."""

    unread: int = Field(description="Unread ones among the newest 500.")


class AllReadOut(BaseModel):
    """What marking all as read came to."""

    read: int = Field(description="How many were unread.")


def routes(notices: Notices, in_app: InApp) -> APIRouter:
    """The routes below /v1/notices."""
    router = APIRouter(prefix="/v1/notices")

    @router.get("")
    async def list_notices(
        acting: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 50, after: str | None = None
    ) -> NoticesOut:
        """One's own notices."""
        found = await notices.of(acting.company_id, acting.person_id, limit, after)
        unread = await notices.count_unread(acting.company_id, acting.person_id)
        last = found[-1].place if len(found) == limit else None
        return NoticesOut(items=[_notice(one, acting) for one in found], unread=unread, next=last)

    @router.get("/unread")
    async def count_unread(acting: Caller) -> UnreadOut:
        """How many of one's own notices are unread."""
        return UnreadOut(unread=await notices.count_unread(acting.company_id, acting.person_id))

    @router.post("/read")
    async def read_all_notices(acting: Caller) -> AllReadOut:
        """Mark all of one's own notices as read; a repeat finds none."""
        return AllReadOut(read=await in_app.read_all(acting.company_id, acting.person_id, now()))

    @router.post("/{notice_id}/read")
    async def read_notice(notice_id: str, acting: Caller) -> NoticeOut:
        """Mark one's own notice as read; 404 for anybody else's."""
        return _notice(await in_app.read(acting.company_id, acting.person_id, notice_id, now()), acting)

    return router


def _notice(notice: Notice, acting: Acting) -> NoticeOut:
    return NoticeOut(
        id=notice.id,
        kind=notice.kind,
        title=title_of(notice.kind, notice.ticket_title, notice.who, acting.locale),
        ticket_number=notice.ticket_number,
        task_number=notice.task_number,
        at=notice.at,
        read_at=notice.read_at,
    )
