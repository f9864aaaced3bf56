"""The HTTP door to how mailboxes stand."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from balcao.intake.api import SERVICE, of_team
from balcao.intake.imap.standing import Standing, Standings, State
from balcao.intake.known import KnownCompanies
from balcao.shared.clock import now
from balcao.shared.http import caller
from balcao.shared.tokens import Acting


class LeftOut(BaseModel):
    """A mail that could not be taken; it stays in the mailbox and is tried again."""

    uid: int
    tries: int
    reason: str
    at: datetime


class MailboxOut(BaseModel):
    """A mailbox that is fetched by IMAP, as it was noted last."""

    name: str
    address: str
    state: State = Field(description="`waiting` is well; `away`, `refused`, `no_company` and `store_away` are not.")
    since: datetime | None
    reason: str = Field(description="What is wrong.")
    warning: str = Field(description="What the server refuses to do with mails that are stored.")
    retry_at: datetime | None
    heard_at: datetime | None = Field(description="When the server answered last.")
    behind: int = Field(description="Mails that wait there.")
    tended: bool = Field(description="Whether a replica has it now.")
    left: list[LeftOut]


class MailboxesOut(BaseModel):
    """The company's mailboxes, by name."""

    items: list[MailboxOut]


def routes(standings: Standings, companies: KnownCompanies) -> APIRouter:
    """Mailboxes, below /v1."""
    router = APIRouter(prefix="/v1")

    @router.get("/mailboxes")
    async def list_mailboxes(acting: Annotated[Acting, Depends(caller(SERVICE))]) -> MailboxesOut:
        """How each mailbox of the company stands. Never fails because one of them is in trouble."""
        company_id = of_team(acting).company_id
        found = await standings.all()
        owners = {one.name: companies.directory(one.address) for one in found}
        mine = [one for one in found if (owner := owners[one.name]) is not None and owner.id == company_id]
        return MailboxesOut(items=[_shown(one) for one in mine])

    return router


def _shown(standing: Standing) -> MailboxOut:
    condition, left = standing.condition, standing.position.left if standing.position is not None else ()
    return MailboxOut(
        name=standing.name,
        address=standing.address,
        state=condition.state if condition is not None else "connecting",
        since=condition.since if condition is not None else None,
        reason=condition.reason if condition is not None else "",
        warning=condition.warning if condition is not None else "",
        retry_at=condition.retry_at if condition is not None else None,
        heard_at=condition.heard_at if condition is not None else None,
        behind=condition.behind if condition is not None else 0,
        tended=standing.leased_until > now().timestamp(),
        left=[LeftOut(uid=one.uid, tries=one.tries, reason=one.reason, at=one.at) for one in left],
    )
