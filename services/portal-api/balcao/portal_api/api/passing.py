"""What the API's routes share: shapes of requests, and passing a service's answer on as it is."""

from typing import Annotated, Any

import orjson
from fastapi import Header, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from balcao.portal_api.clients import Answer
from balcao.portal_api.domain.inline_images import on_screen

Number = Annotated[int, Path(ge=1, le=2**53, description="The ticket's or task's number in the company.")]
IfMatch = Annotated[
    str | None, Header(max_length=40, description="The version (ETag) this was decided on; 409 when it has changed.")
]
Once = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", max_length=100, description="A name for this request, so that a repeat acts only once."
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="Entries per page.")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": what, "content": {"application/problem+json": {}}}
    for status, what in {
        401: "Not signed in.",
        403: "Signed in, but not allowed.",
        404: "Not there, or not for this person's eyes.",
        409: "The rules don't allow it now, or somebody changed it first.",
        422: "The request makes no sense as written.",
        503: "A part of Balcão is away; try again soon.",
    }.items()
}


class Body(BaseModel):
    """A request's body. Unknown fields are refused: a misspelt one must not be ignored silently."""

    model_config = ConfigDict(extra="forbid", str_max_length=200_000)


Receipts = Annotated[
    list[str], Field(default_factory=list, max_length=20, description="Receipts of `POST /api/v1/files`.")
]


def passed_on(answer: Answer) -> Response:
    """A service's answer, byte for byte, with its version."""
    headers = {"etag": answer.etag} if answer.etag else {}
    return Response(answer.content, status_code=answer.status, media_type=answer.media_type, headers=headers)


def shown(answer: Answer, number: int) -> Response:
    """A ticket, with the images in its comments at addresses that a browser can open; byte for byte without any."""
    if b"cid:" not in answer.content:
        return passed_on(answer)
    content = orjson.dumps(on_screen(answer.json(), number))
    return passed_on(Answer(answer.status, content, answer.etag, answer.media_type))
