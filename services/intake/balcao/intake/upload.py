"""The HTTP door for raw mails: one signed request, one mail, stored durably before the answer."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, Field
from pymongo.errors import PyMongoError

from balcao.intake.domain.addresses import normal_address
from balcao.intake.domain.mail import Delivery
from balcao.intake.domain.signatures import BadSignature, check
from balcao.intake.reception import NobodysMail
from balcao.intake.smtp import MOST_RECIPIENTS, STORED_WITHIN_S, Receiver, Recipients
from balcao.shared.clock import now
from balcao.shared.errors import Invalid, NotFound, NotSignedIn, TooMany, Unavailable

_AT_ONCE = 8
_BODY_WITHIN_S = 300.0


class UploadedOut(BaseModel):
    """The mail at one company."""

    id: str
    outcome: str = Field(description="As in the ledger; `duplicate` when it was there already.")
    ledger: str = Field(description="Where the gateway tells the team what became of it.")


class UploadsOut(BaseModel):
    """The mail is stored durably, once for each company it is for."""

    messages: list[UploadedOut]


def routes(recipients: Recipients, receiver: Receiver, secrets: Sequence[str]) -> APIRouter:
    """The route, which is there only when there is a secret to sign with."""
    router = APIRouter(prefix="/v1")
    room = asyncio.Semaphore(_AT_ONCE)

    @router.post("/raw-mails", status_code=202)
    async def upload(
        request: Request,
        to: Annotated[list[str], Query(max_length=MOST_RECIPIENTS, description="Envelope recipients.")] = [],  # noqa: B006
        sender: Annotated[
            str | None, Query(alias="from", max_length=1000, description="Envelope sender; empty for reports.")
        ] = None,
        timestamp: Annotated[str, Header(alias="Balcao-Timestamp", max_length=20)] = "",
        signature: Annotated[str, Header(alias="Balcao-Signature", max_length=100)] = "",
        digest: Annotated[str, Header(alias="Content-Digest", max_length=100)] = "",
    ) -> UploadsOut:
        """Take in one raw mail (RFC 5322), signed. Sent again it is a duplicate. 503 means: send it again later."""
        if not secrets:
            raise NotFound("uploads are off: set BALCAO_UPLOAD_SECRETS")
        query = request.scope["query_string"].decode("latin-1")
        try:
            expected = check(secrets, timestamp, query, digest, signature, time.time())
        except BadSignature as error:
            raise NotSignedIn(str(error)) from error
        if room.locked():
            raise TooMany("too many uploads at once; try again in a moment")
        async with room:
            raw = await _body(request, expected)
            return await _receive(recipients, receiver, raw, _delivery(request, to, sender))

    return router


async def _body(request: Request, expected: bytes) -> bytes:
    try:
        async with asyncio.timeout(_BODY_WITHIN_S):
            raw = await request.body()
    except TimeoutError as error:
        raise Invalid("the mail took too long to come") from error
    if not raw:
        raise Invalid("there is no mail in the request")
    if not hmac.compare_digest(hashlib.sha256(raw).digest(), expected):
        raise NotSignedIn("this is not the mail that was signed")
    return raw


def _delivery(request: Request, to: Sequence[str], sender: str | None) -> Delivery:
    recipients = [normal_address(one) for one in to]
    if None in recipients:
        raise Invalid("each `to` must be an address", to=list(to))
    return Delivery(
        received_at=now(),
        recipients=tuple(dict.fromkeys(one for one in recipients if one is not None)),
        sender=sender.strip().lower() if sender is not None else None,
        client=request.client.host if request.client else "",
    )


async def _receive(recipients: Recipients, receiver: Receiver, raw: bytes, delivery: Delivery) -> UploadsOut:
    try:
        async with asyncio.timeout(STORED_WITHIN_S):
            unknown = [one for one in delivery.recipients if not await recipients.knows(one)]
            if unknown:
                raise Invalid("nobody here has these addresses", to=unknown)
            kept = await receiver.receive(raw, delivery)
    except NobodysMail as error:
        raise Invalid("the mail names none of our addresses; say whom it is for with `to`") from error
    except (PyMongoError, TimeoutError, OSError) as error:
        raise Unavailable("it could not be stored; send it again later") from error
    return UploadsOut(
        messages=[UploadedOut(id=one.id, outcome=one.outcome, ledger=f"/api/v1/mails/{one.id}") for one in kept]
    )
