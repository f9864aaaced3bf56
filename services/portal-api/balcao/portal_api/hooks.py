"""The door for trackers elsewhere: their messages go to `workflow` byte for byte, and their signature lets them in."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from balcao.portal_api.api.passing import PROBLEMS, passed_on
from balcao.portal_api.clients import Upstream
from balcao.shared.http import problem
from balcao.shared.tokens import Acting

MOST_BYTES = 1_000_000
_BROUGHT = (
    "x-balcao-signature",
    "x-hub-signature-256",
    "x-hub-signature",
    "x-trello-webhook",
    "x-github-delivery",
    "x-github-event",
    "x-atlassian-webhook-identifier",
    "x-delivery-id",
    "webhook-id",
)
"""Headers that mean something to `workflow`."""
_NOBODY = Acting(company_id="", person_id="hooks", name="", address="")
"""A message comes on nobody's behalf."""


def routes(workflow: Upstream, public_url: str) -> APIRouter:
    """Routes below /hooks."""
    router = APIRouter(prefix="/hooks", tags=["hooks"])
    tracker_id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]

    @router.head("/trackers/{id_}", response_class=Response)
    async def is_there(id_: tracker_id) -> Response:
        """200: Trello asks before it begins to send. It says nothing about whether there is such a tracker."""
        del id_
        return Response()

    @router.post("/trackers/{id_}", status_code=202, response_class=Response, responses=PROBLEMS)
    async def take(request: Request, id_: tracker_id) -> Response:
        """A tracker's message: 202 once it is kept for good. 403 when its signature does not hold, 413 above 1 MB."""
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return problem(413, "too-large", "Too large", f"a message may have at most {MOST_BYTES} bytes")
        headers = {name: request.headers[name] for name in _BROUGHT if name in request.headers}
        # Part of what Trello signs: the address as it was given to the tracker.
        callback = (public_url or str(request.base_url)).rstrip("/") + request.url.path
        path, kind = f"/v1/hooks/trackers/{id_}", "application/octet-stream"
        answer = await workflow.upload(path, _NOBODY, body, kind, headers=headers, callback=callback)
        return passed_on(answer)

    return router
