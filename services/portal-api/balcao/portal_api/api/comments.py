"""The team's words: comments, previews, the undo window, and what is not sent yet."""

from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Number, Once, Receipts, passed_on, shown
from balcao.portal_api.clients import Answer, Upstreams
from balcao.portal_api.edge import FILE_POLICY
from balcao.portal_api.gate import Roles
from balcao.portal_api.uploads import Uploads
from balcao.shared.events import FileRef
from balcao.shared.tokens import Acting

Method = Literal["answered", "no_response", "rejected", "spam", "unknown_sender"]
Id = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="As the ticket or the list names it.")]


class Recipient(Body):
    """Somebody who gets this answer besides those who always do."""

    name: str = Field(default="", max_length=200)
    address: str = Field(min_length=3, max_length=320)


class Recipients(Body):
    """How those who receive this answer differ from the requester and the people in copy."""

    add: list[Recipient] = Field(default=[], max_length=20)
    remove: list[str] = Field(default=[], max_length=200, description="Addresses of people in copy.")


class Then(Body):
    """The change of situation in the same submit (W5, W8)."""

    status: Literal["resolved", "waiting", "open"]
    method: Method | None = Field(default=None, description="Of `resolved`; `answered` if none.")
    reason: Literal["more_information", "follow_up", "visit", "split", "case_launched"] | None = Field(
        default=None, description="Of `waiting`, which needs one (W4)."
    )
    until: datetime | None = Field(default=None, description="Without an offset it is in the company's time zone.")
    days: int | None = Field(default=None, ge=0, le=365)
    close_if_no_answer: bool | None = None


class Words(Body):
    """What is said: plain text, or HTML from an editor. Private, unless `visible`: then it is mailed (W7)."""

    text: str = Field(default="", max_length=100_000)
    html: str | None = Field(
        default=None,
        max_length=200_000,
        description="Instead of `text`. Images as `cid:` and the `content_id` of an uploaded file; what is not on the "
        "list of allowed markup does not get in.",
    )
    visible: bool = False
    files: Receipts
    recipients: Recipients = Recipients()
    then: Then | None = None
    begun_on: int | None = Field(default=None, ge=0, description="The ticket's version when the writing began.")


class UnsentRef(Body):
    """Unsent words that are sent now, as their author last saw them."""

    id: str = Field(max_length=100)
    revision: int = Field(ge=1)


class Comment(Words):
    """A comment, a change of situation, or both in one submit (W8)."""

    confirm: list[str] = Field(
        default=[], max_length=20, description="Codes of warnings that were seen; see `needs-confirmation`."
    )
    unsent: UnsentRef | None = None
    saved_reply_id: str | None = Field(
        default=None,
        max_length=100,
        description="The saved reply it is made of; its fields change as well, and its situation unless `then` is "
        "given, be it as null (W18).",
    )
    title: str | None = Field(default=None, max_length=300, description="Of a draft that has none (O12).")


class Unsent(Words):
    """What one is writing."""

    revision: int | None = Field(
        default=None, ge=0, description="Of the words it replaces, 0 for none; without one, of whatever is there."
    )
    made_of: str = Field(
        default="", max_length=100, description="Id of the unsent words they began as, such as a drafted answer (H4)."
    )


def routes(roles: Roles, upstreams: Upstreams, uploads: Uploads) -> APIRouter:
    """Routes about comments."""
    router = APIRouter(responses=PROBLEMS)
    _comments(router, roles, upstreams, uploads)
    _outgoing(router, roles, upstreams, uploads)
    _unsent(router, roles, upstreams, uploads)
    return router


def _comments(router: APIRouter, roles: Roles, upstreams: Upstreams, uploads: Uploads) -> None:
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.post("/tickets/{number}/comments", response_class=Response)
    async def comment(
        number: Number, body: Comment, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Write a private note, or with `visible` an answer to the requester, and change the situation with `then`.

        Answers the ticket, with `accepted`: an answer is held until `goes_out_at` and can be undone until then.
        409 `needs-confirmation` names what should be looked at first; repeat it with those codes in `confirm`.
        """
        words = _given(body, uploads, acting)
        path = f"/v1/tickets/{number}/comments"
        return shown(await upstreams.tickets.post(path, acting, words, if_match=if_match, once=once), number)

    @router.post("/tickets/{number}/comments/preview", response_class=Response)
    async def preview(number: Number, body: Words, acting: desk) -> Response:
        """The very mails this comment would send, who gets one, and what should be looked at before (W7).

        `{recipients, unreachable, mails: [{recipient, subject, text, html, raw}], warnings, undo_seconds}`; no mails
        for a private note.
        """
        path = f"/v1/tickets/{number}/comments/preview"
        found = (await upstreams.tickets.post(path, acting, _given(body, uploads, acting))).json()
        fact = found.pop("fact")
        mails: dict[str, Any] = {"mails": [], "unreachable": []}
        if fact is not None:
            mails = (await upstreams.notifier.post("/v1/preview", acting, {"fact": fact})).json()
        return Response(orjson.dumps({**found, **mails}), media_type="application/json")


def _outgoing(router: APIRouter, roles: Roles, upstreams: Upstreams, uploads: Uploads) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.get("/tickets/{number}/outgoing", response_class=Response)
    async def list_outgoing(number: Number, acting: team) -> Response:
        """Answers that are about to go out: `{items: [{id, text, html, recipients, goes_out_at, …}], now}`."""
        return shown(await upstreams.tickets.get(f"/v1/tickets/{number}/outgoing", acting), number)

    @router.get("/tickets/{number}/outgoing/{reply_id}/preview", response_class=Response)
    async def preview_outgoing(number: Number, reply_id: Id, acting: team) -> Response:
        """The mails of an answer that is about to go out, byte for byte (W7): `{mails, unreachable}`.

        409 where it is out already, was taken back, or would not go out any more.
        """
        told = (await upstreams.tickets.get(f"/v1/tickets/{number}/outgoing/{reply_id}/fact", acting)).json()
        return passed_on(await upstreams.notifier.post("/v1/preview", acting, told))

    @router.post("/tickets/{number}/outgoing/{reply_id}/undo", response_class=Response)
    async def undo(number: Number, reply_id: Id, acting: desk, once: Once = None) -> Response:
        """Take an answer back. Its words are its author's unsent words again; the ticket, with `unsent` for them."""
        answer = await upstreams.tickets.post(f"/v1/tickets/{number}/outgoing/{reply_id}/undo", acting, {}, once=once)
        ticket = answer.json()
        ticket["unsent"] = [_with_receipts(one, uploads, acting) for one in ticket["unsent"]]
        return passed_on(Answer(answer.status, orjson.dumps(ticket), answer.etag, answer.media_type))

    @router.post("/tickets/{number}/outgoing/{reply_id}/send-now", response_class=Response)
    async def send_now(number: Number, reply_id: Id, acting: desk, once: Once = None) -> Response:
        """Send an answer before its window ends."""
        path = f"/v1/tickets/{number}/outgoing/{reply_id}/send-now"
        return shown(await upstreams.tickets.post(path, acting, {}, once=once), number)


def _unsent(router: APIRouter, roles: Roles, upstreams: Upstreams, uploads: Uploads) -> None:
    desk = Annotated[Acting, Depends(roles.desk)]

    @router.get("/tickets/{number}/unsent", response_class=Response)
    async def show_unsent(number: Number, acting: desk) -> Response:
        """One's own unsent words on the ticket: `{items, revision, recipients}`; each file with a receipt."""
        found = (await upstreams.tickets.get(f"/v1/tickets/{number}/unsent", acting)).json()
        items = [_with_receipts(one, uploads, acting) for one in found["items"]]
        return Response(orjson.dumps({**found, "items": items}), media_type="application/json")

    @router.put("/tickets/{number}/unsent", response_class=Response)
    async def keep_unsent(number: Number, body: Unsent, acting: desk) -> Response:
        """Keep what one is writing. 409 `unsent-changed` with `theirs` and `yours` when another tab was quicker."""
        words = _given(body, uploads, acting)
        kept = (await upstreams.tickets.put(f"/v1/tickets/{number}/unsent", acting, words)).json()
        return Response(orjson.dumps(_with_receipts(kept, uploads, acting)), media_type="application/json")

    @router.delete("/tickets/{number}/unsent/{unsent_id}", status_code=204)
    async def drop_unsent(
        number: Number, unsent_id: Id, acting: desk, revision: Annotated[int | None, Query(ge=0)] = None
    ) -> Response:
        """Drop unsent words of one's own."""
        await upstreams.tickets.delete(f"/v1/tickets/{number}/unsent/{unsent_id}", acting, revision=revision)
        return Response(status_code=204)

    @router.get("/unsent", response_class=Response)
    async def list_unsent(acting: desk) -> Response:
        """All of one's own unsent words, the latest first: `{items}`."""
        found = (await upstreams.tickets.get("/v1/unsent", acting)).json()
        items = [_with_receipts(one, uploads, acting) for one in found["items"]]
        return Response(orjson.dumps({"items": items}), media_type="application/json")

    @router.get("/uploads", response_class=Response)
    async def show_upload(acting: desk, receipt: Annotated[str, Query(max_length=4_000)]) -> Response:
        """An uploaded file that hangs on no ticket yet, for whoever uploaded it: images while writing."""
        ref, content = await uploads.open(acting, receipt)
        headers = {
            "content-disposition": "attachment",
            "content-security-policy": FILE_POLICY,
            "cache-control": "private, max-age=3600",
        }
        return Response(content, media_type=ref.media_type, headers=headers)


def _given(body: Words, uploads: Uploads, acting: Acting) -> dict[str, Any]:
    """The fields that were given, as `tickets` takes them; receipts become the files they stand for."""
    files = [ref.model_dump(exclude_none=True) for ref in uploads.accept(acting, body.files)]
    return {**body.model_dump(mode="json", exclude_unset=True), "files": files}


def _with_receipts(kept: dict[str, Any], uploads: Uploads, acting: Acting) -> dict[str, Any]:
    """Unsent words with a fresh receipt for each of their files: the old ones may have expired meanwhile."""
    files = [
        {**file, "receipt": uploads.receipt(acting, FileRef.model_validate(file))} for file in kept.get("files", ())
    ]
    return {**kept, "files": files}
