"""The requester's side: everybody sees there what a guest would see, members of the team too (P1, P5)."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, After, Body, Limit, Number, Once, Receipts, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain import public_view
from balcao.portal_api.domain.access import as_requester
from balcao.portal_api.domain.inline_images import on_screen
from balcao.portal_api.gate import Roles
from balcao.portal_api.uploads import Uploads
from balcao.shared.tokens import Acting


class NewRequest(Body):
    """What is asked for (P3)."""

    subject: str = Field(min_length=1, max_length=300)
    text: str = Field(min_length=1, max_length=100_000)
    kind: Literal["request", "question", "fix", "quote", "improvement"] | None = Field(
        default=None, description="O10; none: a request."
    )
    files: Receipts


class End(Body):
    """How one's own ticket ends: solved, or not needed any more (P4)."""

    outcome: Literal["solved", "not_needed"] = "solved"
    text: str = Field(default="", max_length=5_000, description="What one says with it.")


class Reply(Body):
    """An answer (P4). It puts a waiting or resolved ticket back in service (W2)."""

    text: str = Field(min_length=1, max_length=100_000)
    files: Receipts


def routes(roles: Roles, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """Routes of the portal."""
    router = APIRouter(prefix="/portal", responses=PROBLEMS)
    anyone = Annotated[Acting, Depends(roles.anyone)]

    async def say(
        acting: Acting,
        subject: str,
        text: str,
        receipts: list[str],
        ticket_id: str | None = None,
        kind: str | None = None,
    ) -> Response:
        """Requesters' words always come in through intake, whatever the channel."""
        files = [ref.model_dump(exclude_none=True) for ref in uploads.accept(acting, receipts)]
        body: dict[str, Any] = {"subject": subject, "text": text, "files": files}
        if ticket_id is not None:
            body["ticket_id"] = ticket_id
        if kind is not None:
            body["kind"] = kind
        return passed_on(await upstreams.intake.post("/v1/messages", as_requester(acting), body))

    @router.get("/tickets")
    async def list_my_tickets(
        acting: anyone,
        status: Annotated[str | None, Query(max_length=200)] = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """One's own tickets: `{items, next}`."""
        answer = await upstreams.tickets.get(
            "/v1/tickets", as_requester(acting), status=status, limit=limit, after=after
        )
        page = answer.json()
        shown = {"items": [public_view.summary(one) for one in page["items"]], "next": page.get("next")}
        return Response(orjson.dumps(shown), media_type="application/json")

    @router.get("/tickets/{number}")
    async def show_my_ticket(number: Number, acting: anyone) -> Response:
        """One of one's own tickets, with the public part of its history."""
        answer = await upstreams.tickets.get(f"/v1/tickets/{number}", as_requester(acting))
        detail = on_screen(public_view.detail(answer.json(), acting), number)
        return Response(orjson.dumps(detail), media_type="application/json")

    @router.post("/tickets", status_code=202)
    async def ask(body: NewRequest, acting: anyone) -> Response:
        """Ask for something new. Answers `{message_id}`; the ticket follows within moments."""
        return await say(acting, body.subject, body.text, body.files, kind=body.kind)

    @router.post("/tickets/{number}/replies", status_code=202)
    async def reply(number: Number, body: Reply, acting: anyone) -> Response:
        """Answer on one of one's own tickets."""
        ticket = (await upstreams.tickets.get(f"/v1/tickets/{number}", as_requester(acting))).json()
        return await say(acting, str(ticket["title"]), body.text, body.files, str(ticket["id"]))

    @router.post("/tickets/{number}/end")
    async def end(number: Number, body: End, acting: anyone, once: Once = None) -> Response:
        """End one's own ticket (P4). Whoever only gets copies of it may not."""
        answer = await upstreams.tickets.post(
            f"/v1/tickets/{number}/end", as_requester(acting), body.model_dump(), once=once
        )
        detail = on_screen(public_view.detail(answer.json(), acting), number)
        return Response(orjson.dumps(detail), media_type="application/json")

    return router
