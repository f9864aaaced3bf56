"""The HTTP door to what mails hold: as they came, their words made safe to show, their files."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from balcao.intake.api import SERVICE, UUID, of_team
from balcao.intake.domain.facts import file_refs
from balcao.intake.domain.reading import Unread
from balcao.intake.readers import Readers
from balcao.intake.store import Mails
from balcao.shared.errors import NotFound, Refused
from balcao.shared.events import FileRef
from balcao.shared.http import caller
from balcao.shared.tokens import Acting


class BodyOut(BaseModel):
    """A mail's words in both forms. The HTML is safe to show inside a page."""

    text: str
    quote_at: int | None = Field(description="Where in the text quoted words or a signature begin.")
    html: str
    html_is_made: bool = Field(description="Made from the text, since the mail brought none that can be shown.")
    blocked_images: int = Field(description="Pictures left out because they are fetched from elsewhere.")


class FilesOut(BaseModel):
    """What is attached to a mail."""

    items: tuple[FileRef, ...]


class Unreadable(Refused):
    """The mail is too broken or too hostile to be shown."""


def routes(mails: Mails, readers: Readers) -> APIRouter:
    """What mails hold, below /v1."""
    router = APIRouter(prefix="/v1")
    someone = Annotated[Acting, Depends(caller(SERVICE))]
    message_path = Annotated[str, Path(pattern=UUID)]

    @router.get("/messages/{message_id}/raw")
    async def raw(message_id: message_path, acting: someone) -> Response:
        """A mail byte for byte as it came."""
        content = await mails.raw(of_team(acting).company_id, message_id)
        return _file(content, f"{message_id}.eml", "message/rfc822")

    @router.get("/files/{message_id}/{part}")
    async def file(
        message_id: message_path, part: Annotated[str, Path(pattern=r"^\d{1,4}(\.\d{1,4}){0,60}$")], acting: someone
    ) -> Response:
        """An attachment. Whoever calls for a guest has checked that the ticket shows it to them."""
        found = await readers.extract(await mails.raw(acting.company_id, message_id), part)
        if found is None:
            raise NotFound("the mail has no such attachment")
        return _file(found[1], found[0].name, found[0].media_type)

    @router.get("/messages/{message_id}/files")
    async def files(message_id: message_path, acting: someone) -> FilesOut:
        """The files of a mail, as its fact names them; none of one that can't be read."""
        reading = await readers.read(await mails.raw(of_team(acting).company_id, message_id), None)
        return FilesOut(items=() if isinstance(reading, Unread) else file_refs(message_id, reading.mail))

    @router.get("/messages/{message_id}/body")
    async def body(
        message_id: message_path,
        acting: someone,
        images: Annotated[bool, Query(description="Show pictures that are fetched from elsewhere.")] = False,
        files: Annotated[
            str | None,
            Query(pattern=r"^/[A-Za-z0-9/_-]{0,300}$", description="Stands before a part in the address of a picture."),
        ] = None,
    ) -> BodyOut:
        """A mail's words, made safe to show: no script, no form, nothing fetched from elsewhere unless asked for."""
        raw = await mails.raw(of_team(acting).company_id, message_id)
        found = await readers.body(raw, files or f"/v1/files/{message_id}", remote_images=images)
        if found is None:
            raise Unreadable("this mail can't be shown; take it as it came")
        return BodyOut(
            text=found.text,
            quote_at=found.quote_at,
            html=found.html,
            html_is_made=found.is_html_made,
            blocked_images=found.blocked_images,
        )

    return router


def _file(content: bytes, name: str, media_type: str) -> Response:
    """Bytes from strangers: to be saved, never to be shown as a page of ours."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    safe = media_type if media_type.isascii() and media_type.isprintable() else "application/octet-stream"
    return Response(content, media_type=safe, headers=headers)
