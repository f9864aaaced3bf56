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
        acting: desk, outcome: Outcome = "held", limit: Limit = 50, before: datetime | None = None
    ) -> Response:
        """What came in and ended so, the latest first: `{items, next}`; give `next` as `before` for more."""
        at = before.isoformat() if before is not None else None
        answer = await upstreams.intake.get("/v1/messages", acting, outcome=outcome, limit=limit, before=at)
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
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(f'{message_id}-{part}')}",
            "content-security-policy": FILE_POLICY,
            "x-content-type-options": "nosniff",
            "cache-control": "private, max-age=3600",
        }
        return Response(answer.content, media_type=media_type(answer.media_type), headers=headers)

    return router
