"""Handing out files: only to those who see the ticket entry they hang on, and so that nothing in them ever runs."""

from urllib.parse import quote

from fastapi import Response

from balcao.portal_api.clients import Upstreams
from balcao.portal_api.domain.files_of import find_file
from balcao.portal_api.domain.media_type import media_type
from balcao.portal_api.edge import FILE_POLICY
from balcao.shared.errors import NotFound
from balcao.shared.events import FileRef
from balcao.shared.files import SCHEME, Files
from balcao.shared.tokens import Acting

_MAIL = "mail:"


class Downloads:
    """Opens the files of tickets."""

    def __init__(self, upstreams: Upstreams, files: Files) -> None:
        self._upstreams = upstreams
        self._files = files

    async def open(self, acting: Acting, ticket_number: int, file_id: str) -> Response:
        """The file as an attachment. Raises `NotFound` when this person's view of the ticket does not show it."""
        ticket = (await self._upstreams.tickets.get(f"/v1/tickets/{ticket_number}", acting)).json()
        ref = find_file(ticket, file_id)
        if ref is None:
            raise NotFound("no such file on this ticket")
        return await self.hand_out(acting, ref)

    async def open_of_task(self, acting: Acting, task_number: int, file_id: str) -> Response:
        """A file of a task, of its comments or its history. Raises `NotFound` when the task does not show it."""
        task = (await self._upstreams.workflow.get(f"/v1/tasks/{task_number}", acting)).json()
        ref = find_file(task, file_id)
        if ref is None:
            raise NotFound("no such file on this task")
        return await self.hand_out(acting, ref)

    async def hand_out(self, acting: Acting, ref: FileRef) -> Response:
        """A file as an attachment, for somebody who is known to see it."""
        headers = {
            "content-disposition": _attachment(ref.name),
            "content-security-policy": FILE_POLICY,
            "cache-control": "private, max-age=3600",
        }
        return Response(await self._bytes(acting, ref.file_id), media_type=media_type(ref.media_type), headers=headers)

    async def _bytes(self, acting: Acting, file_id: str) -> bytes:
        if file_id.startswith(SCHEME):
            return await self._files.get(file_id)
        message_id, slash, part = file_id.removeprefix(_MAIL).partition("/")
        if not file_id.startswith(_MAIL) or not slash:
            raise NotFound("no such file")
        path = f"/v1/files/{quote(message_id, safe='')}/{quote(part, safe='')}"
        return (await self._upstreams.intake.get(path, acting)).content


def _attachment(name: str) -> str:
    """A Content-Disposition that every browser reads: an ASCII stand-in, and the real name (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in name) or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
