"""HTTP route of previews: the very mails that a fact would send."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, ValidationError

from balcao.notifier.domain.kinds import Kind
from balcao.notifier.domain.table import TABLE
from balcao.notifier.previews import Previews
from balcao.shared.clock import now
from balcao.shared.errors import Invalid, NotFound
from balcao.shared.events import AnyEnvelope, Envelope, Fact, Party, TicketReplied
from balcao.shared.http import caller
from balcao.shared.ids import new_id
from balcao.shared.tokens import Acting

Caller = Annotated[Acting, Depends(caller("notifier"))]
_TOLD: dict[str, type[Fact]] = {fact.type: fact for fact in TABLE}


class UnknownFact(Invalid):
    """There is no such fact that anybody would be told of, or it is not as such a fact is."""


class PreviewIn(BaseModel):
    """A fact that is about to be said.

    The gateway has it from the service that will say it, never from a browser: the reply address of the ticket named
    here is signed.
    """

    fact: dict[str, Any] = Field(description="Its data.")
    type: str = Field(default=TicketReplied.type, description="One that somebody is told of.")
    event_id: str | None = Field(default=None, description="Id of the fact, where known: decides the Message-ID.")
    time: datetime | None = Field(
        default=None, description="Time of the fact, where known: decides the Date, unless an answer brings its own."
    )
    actor: Party | None = Field(default=None, description="Who does it, where that is not the caller: not told of it.")
    kind: Kind | None = Field(
        default=None, description="Only the mails of this kind. Of an answer, those of the answer itself: `reply`."
    )


class PreviewedMail(BaseModel):
    """A mail as it would go out."""

    recipient: Party
    subject: str
    text: str
    html: str
    raw: str = Field(description="The very bytes, which are ASCII.")


class PreviewOut(BaseModel):
    """One mail per recipient who would get one."""

    mails: list[PreviewedMail]
    unreachable: list[Party] = Field(description="Recipients whose address no mail can be sent to.")


def routes(previews: Previews) -> APIRouter:
    """The route below /v1."""
    router = APIRouter(prefix="/v1")

    @router.post("/preview")
    async def preview(wanted: PreviewIn, acting: Caller) -> PreviewOut:
        """The mails that this fact would send, written as the real ones are (W7). For the team; others get 404."""
        if not acting.is_team:
            raise NotFound("no such page")
        event = _as_event(wanted, acting)
        answered = Kind.REPLY if isinstance(event.data, TicketReplied) else None
        found = await previews.of(event, wanted.kind or answered)
        mails = [
            PreviewedMail(
                recipient=to, subject=mail.subject, text=mail.text, html=mail.html, raw=mail.raw.decode("ascii")
            )
            for to, mail in found.mails
        ]
        return PreviewOut(mails=mails, unreachable=list(found.unreachable))

    return router


def _as_event(wanted: PreviewIn, acting: Acting) -> AnyEnvelope:
    fact = _fact(wanted)
    event_id = wanted.event_id or new_id()
    return Envelope[Any](
        id=event_id,
        source="preview",
        type=fact.type,
        subject=event_id,
        time=wanted.time or now(),
        correlationid=event_id,
        causationid=event_id,
        companyid=acting.company_id,
        actor=wanted.actor or acting.party(),
        data=fact,
    )


def _fact(wanted: PreviewIn) -> Fact:
    kind = _TOLD.get(wanted.type)
    if kind is None:
        raise UnknownFact("nobody would be told of such a fact", type=wanted.type)
    try:
        return kind.model_validate(wanted.fact)
    except ValidationError as error:
        wrong = [".".join(str(part) for part in one["loc"]) for one in error.errors()]
        raise UnknownFact(f"this is no {wanted.type}: {', '.join(wrong)[:200]}", fields=wrong[:20]) from error
