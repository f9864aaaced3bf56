"""The live stream as Server-Sent Events: a browser's `EventSource` reads it and comes back by itself."""

import asyncio
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from balcao.portal_api.api.passing import PROBLEMS
from balcao.portal_api.gate import Gate, Roles
from balcao.portal_api.live import CUT_OFF, SENT_WITHIN_S, Live, Stream
from balcao.portal_api.sign_in import SignIn
from balcao.shared.errors import NotSignedIn
from balcao.shared.mongo import DATABASE_AWAY
from balcao.shared.tokens import Acting

_log = structlog.get_logger()


class LiveResponse(Response):
    """Sends a stream's pieces until one of both sides goes; a reader who takes nothing is cut off."""

    media_type = "text/event-stream"

    def __init__(self, live: Live, stream: Stream) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        # As it is, without a charset: proxies and our own metrics know it by its name.
        self.headers["content-type"] = "text/event-stream"
        self._live = live
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, for as long as it lasts."""
        gone = asyncio.create_task(self._wait_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for piece in self._stream.pieces():
                async with asyncio.timeout(SENT_WITHIN_S):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                if gone.done():
                    return
            async with asyncio.timeout(SENT_WITHIN_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            # Returning before the end makes the server drop the connection.
            CUT_OFF.labels("stuck_reader").inc()
            _log.info("live.stuck_reader_cut_off", company_id=self._stream.acting.company_id)
        finally:
            self._live.leave(self._stream)
            gone.cancel()

    async def _wait_until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stream.end("reader_gone")


def routes(gate: Gate, roles: Roles, sign_in: SignIn, live: Live) -> APIRouter:
    """The one route."""
    router = APIRouter(responses=PROBLEMS)

    @router.get(
        "/live",
        response_class=Response,
        responses={200: {"content": {"text/event-stream": {}}, "description": "Events until one side goes."}},
    )
    async def listen(
        request: Request,
        acting: Annotated[Acting, Depends(roles.anyone)],
        last_event_id: Annotated[str | None, Header(max_length=40)] = None,
        since: Annotated[int | None, Query(ge=0, le=1 << 50)] = None,
    ) -> Response:
        """What changes, as it changes, as far as one may see it: `ticket` and `task` (`id`, `number`, `version`, `what`
        happened), `presence` (`number` of a ticket at which somebody else of the team is now, or not any more),
        `notice`, `notices_read`, `held`. `reset` means that something was missed: load anew. An event may
        come twice. With `Last-Event-ID` it goes on from there, else from `since` (milliseconds since 1970, by the
        gateway's clock), so that nothing is lost between a page's making and its first connection."""
        key = (await gate.visitor(request)).session.key

        async def still_signed_in() -> Acting | None:
            try:
                return (await sign_in.read_by_key(key)).acting
            except NotSignedIn:
                return None
            except DATABASE_AWAY:
                return acting  # looked up again in a minute

        return LiveResponse(
            live, live.join(acting, still_signed_in, last_event_id or (None if since is None else str(since)))
        )

    return router
