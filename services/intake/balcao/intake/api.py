"""The HTTP door of `intake`: portal messages in, rows of the ledger out."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import httpx
import structlog
from fastapi import APIRouter, Depends, Header, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from balcao.intake.domain.letting_in import may_be_let_in
from balcao.intake.domain.mail import OUTCOMES
from balcao.intake.fates import Fates
from balcao.intake.ledger import Accepted, Ledger
from balcao.intake.reception import PortalMessage, Reception, event_id
from balcao.intake.store import HeldState, Mails
from balcao.shared.clock import now
from balcao.shared.errors import Invalid, NotFound
from balcao.shared.events import FileRef
from balcao.shared.http import caller
from balcao.shared.mongo import Document
from balcao.shared.tokens import Acting

SERVICE = "intake"
_MOST_TEXT = 100_000
_MOST_ASKED = 10_000
UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

_log = structlog.get_logger()


class MessageBody(BaseModel):
    """What a person wrote in the portal."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: str | None = Field(default=None, pattern=UUID, description="The ticket it answers; none opens one.")
    subject: str = Field(default="", max_length=500)
    text: str = Field(default="", max_length=_MOST_TEXT)
    files: tuple[FileRef, ...] = Field(default=(), max_length=100)
    kind: Literal["request", "question", "fix", "quote", "improvement"] | None = Field(
        default=None, description="What is asked for, where it opens a ticket (P3)."
    )


class MessageOut(BaseModel):
    """The message is stored."""

    message_id: str
    event_id: str = Field(description="What the words lead to names this as its cause.")


class LedgerOut(BaseModel):
    """How everything that came in ended. `total` counts arrivals: each is in exactly one outcome."""

    since: datetime
    counts: dict[str, int]
    total: int


class PageOut(BaseModel):
    """Rows of the ledger, newest first."""

    items: list[dict[str, Any]]
    next: datetime | None = Field(description="Give it as `before` for the next page.")


class ProblemOut(BaseModel):
    """Something that must not be, with the first messages it is about."""

    kind: Literal["in_no_outcome", "without_a_rule", "bytes_lost", "repeat_of_nothing", "not_said", "stuck"]
    count: int
    ids: tuple[str, ...]


class AccountOut(BaseModel):
    """Arrivals counted by themselves, the outcomes that must add up to them, and all that is wrong."""

    since: datetime
    arrivals: int
    counts: dict[str, int]
    waiting: int = Field(description="Held mails that wait for a decision, however long.")
    accepted: dict[str, int] | None = Field(
        description=f"What became of those accepted, of the latest {_MOST_ASKED:,}: opened, appended, held, refused, "
        "under_way. None where `tickets` can't be asked."
    )
    problems: list[ProblemOut]


def routes(reception: Reception, mails: Mails, ledger_of: Ledger, fates: Fates | None = None) -> APIRouter:
    """Everything below /v1. Without `fates` the ledger does not know what became of accepted messages."""
    router = APIRouter(prefix="/v1")
    someone = Annotated[Acting, Depends(caller(SERVICE))]
    message_path = Annotated[str, Path(pattern=UUID)]

    @router.post("/messages", status_code=202)
    async def write(
        body: MessageBody,
        acting: someone,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
    ) -> MessageOut:
        """A message from the portal. With an Idempotency-Key a repeat is the same message."""
        written = PortalMessage(body.subject.strip(), body.text.strip(), body.ticket_id, body.files, body.kind)
        _check(written)
        message_id = await reception.take_portal_message(written, acting, idempotency_key)
        return MessageOut(message_id=message_id, event_id=event_id(message_id))

    @router.get("/messages")
    async def page(
        acting: someone,
        outcome: Annotated[str, Query(pattern=f"^({'|'.join(OUTCOMES)})$")],
        before: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        state: Annotated[HeldState | None, Query(description="Of what is held: what waits, or was put aside.")] = None,
    ) -> PageOut:
        """The ledger's rows with one outcome; what is held, for example."""
        rows = await mails.page(of_team(acting).company_id, outcome, before, limit, state)
        return PageOut(items=[_row(one) for one in rows.items], next=rows.before)

    @router.get("/messages/{message_id}")
    async def row(message_id: message_path, acting: someone) -> dict[str, Any]:
        """What became of a message and why."""
        return _row(await mails.row(of_team(acting).company_id, message_id))

    @router.get("/ledger")
    async def ledger(acting: someone, days: Annotated[int, Query(ge=1, le=366)] = 30) -> LedgerOut:
        """How many messages ended in each outcome in the last days."""
        since = now() - timedelta(days=days)
        counts = await mails.counts(of_team(acting).company_id, since)
        return LedgerOut(since=since, counts=counts, total=sum(counts.values()))

    @router.get("/ledger/account")
    async def account(acting: someone, days: Annotated[int, Query(ge=1, le=366)] = 30) -> AccountOut:
        """Whether everything that came in is accounted for: in one outcome, with its rule and its bytes, and said."""
        since = now() - timedelta(days=days)
        found = await ledger_of.account(of_team(acting).company_id, since)
        unsaid = await ledger_of.unsaid()
        accepted = await _accepted(ledger_of, acting.company_id, since, fates)
        return AccountOut(
            since=found.since,
            arrivals=found.arrivals,
            counts=found.counts,
            waiting=found.waiting,
            accepted=accepted.counts if accepted is not None else None,
            problems=[
                ProblemOut(kind=one.kind, count=one.count, ids=one.ids)
                for one in (*found.problems, unsaid, accepted.stuck if accepted is not None else None)
                if one
            ],
        )

    return router


def of_team(acting: Acting) -> Acting:
    """Whoever asks, when they are of the team. Raises `NotFound`: outsiders don't learn what there is."""
    if not acting.is_team:
        raise NotFound("no such message")
    return acting


async def _accepted(ledger: Ledger, company_id: str, since: datetime, fates: Fates | None) -> Accepted | None:
    """What became of accepted messages; none when `tickets` can't be asked, which hides nothing else."""
    if fates is None:
        return None
    try:
        return await ledger.accepted(company_id, since, fates, most=_MOST_ASKED)
    except httpx.HTTPError as error:
        _log.warning("ledger.fates_unknown", reason=type(error).__name__)
        return None


def _check(written: PortalMessage) -> None:
    if not written.text and not written.files:
        raise Invalid("a message needs words or a file")
    for one in written.files:
        # A `mail:` reference would open other people's attachments to whoever guesses one.
        if not one.file_id.startswith("sha256:"):
            raise Invalid("files of a portal message must be in the file store (`sha256:…`)")


def _row(document: Document) -> dict[str, Any]:
    if document["outcome"] == "held":
        document["may_be_let_in"] = may_be_let_in(document["rule"], document["sender"]["address"])
    document["id"] = document.pop("_id")
    for inner in ("request_digest", "raw_file", "version"):
        document.pop(inner, None)
    return document
