"""The ledger of what came in, for the desk: how each mail ended and why, its words made safe, whether all adds up."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response

from balcao.portal_api.api.passing import PROBLEMS, Limit, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain.media_type import media_type
from balcao.portal_api.edge import FILE_POLICY
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Outcome = Literal["accepted", "held", "bounced", "auto_replied", "rejected"]


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about mails as they came in."""
    router = APIRouter(responses=PROBLEMS)
    desk = Annotated[Acting, Depends(roles.desk)]
    message = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
    days = Annotated[int, Query(ge=1, le=366, description="How far to look back.")]

    @router.get("/mails", response_class=Response)
    async def list_mails(
        acting: desk,
        outcome: Outcome = "held",
        limit: Limit = 50,
        before: datetime | None = None,
        state: Literal["waiting", "put_aside"] | None = None,
    ) -> Response:
        """What came in and ended so, the latest first: `{items, next}`; give `next` as `before` for more. `state`: of
        those held, what waits for a decision or was put aside by one."""
        at = before.isoformat() if before is not None else None
        answer = await upstreams.intake.get(
            "/v1/messages", acting, outcome=outcome, limit=limit, before=at, state=state
        )
        return passed_on(answer)

    @router.get("/mails/account", response_class=Response)
    async def account(acting: desk, within: days = 30) -> Response:
        """Whether everything that came in is accounted for: `{since, arrivals, counts, accepted, problems}`; `accepted`
        says what became of the accepted ones."""
        return passed_on(await upstreams.intake.get("/v1/ledger/account", acting, days=within))

    @router.get("/mails/mailboxes", response_class=Response)
    async def list_mailboxes(acting: Annotated[Acting, Depends(roles.admin)]) -> Response:
        """How the mailboxes stand that are fetched by IMAP: `{items}`; `state` and `reason` say what is wrong."""
        return passed_on(await upstreams.intake.get("/v1/mailboxes", acting))

    @router.get("/mails/{message_id}", response_class=Response)
    async def show_mail(message_id: message, acting: desk) -> Response:
        """How a mail ended, by which rule, and what in it pointed at a ticket."""
        return passed_on(await upstreams.intake.get(f"/v1/messages/{message_id}", acting))

    @router.post("/mails/{message_id}/{decision}", response_class=Response)
    async def decide_mail(
        message_id: message, decision: Literal["let-in", "put-aside", "wait-again"], acting: desk
    ) -> Response:
        """Let a mail in that is held: it goes where it would have gone at its arrival. Put it aside, or let one that
        was put aside wait again. 409 when somebody decided meanwhile, or when it does not say who wrote it."""
        return passed_on(await upstreams.intake.post(f"/v1/messages/{message_id}/{decision}", acting, {}))

    @router.get("/mails/{message_id}/raw", response_class=Response)
    async def show_original(message_id: message, acting: Annotated[Acting, Depends(roles.admin)]) -> Response:
        """A mail byte for byte as it came, to be saved."""
        answer = await upstreams.intake.get(f"/v1/messages/{message_id}/raw", acting)
        return _to_be_saved(answer.content, f"{message_id}.eml", "message/rfc822")

    @router.get("/mails/{message_id}/files", response_class=Response)
    async def list_files(message_id: message, acting: desk) -> Response:
        """What is attached to a mail: `{items}`; none of one that can't be read."""
        return passed_on(await upstreams.intake.get(f"/v1/messages/{message_id}/files", acting))

    @router.get("/mails/{message_id}/body", response_class=Response)
    async def show_body(message_id: message, acting: desk, images: bool = False) -> Response:
        """A mail's words as text and as HTML that is safe to show; `images` lets remote pictures be fetched."""
        answer = await upstreams.intake.get(
            f"/v1/messages/{message_id}/body",
            acting,
            images=str(images).lower(),
            files=f"/api/v1/mails/{message_id}/files",
        )
        return passed_on(answer)

    @router.get("/mails/{message_id}/files/{part}", response_class=Response)
    async def show_file(
        message_id: message, part: Annotated[str, Path(pattern=r"^\d{1,4}(\.\d{1,4}){0,60}$")], acting: desk
    ) -> Response:
        """A file of a mail, always to be saved: an image may be shown by a page of ours, nothing else runs."""
        answer = await upstreams.intake.get(f"/v1/files/{message_id}/{part}", acting)
        return _to_be_saved(answer.content, f"{message_id}-{part}", media_type(answer.media_type))

    return router


def _to_be_saved(content: bytes, name: str, type_: str) -> Response:
    """Bytes from strangers: a browser saves them, whatever they say they are."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-security-policy": FILE_POLICY,
        "x-content-type-options": "nosniff",
        "cache-control": "private, max-age=3600",
    }
    return Response(content, media_type=type_, headers=headers)
