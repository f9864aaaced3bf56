"""The files of an answer, opened for its mail: what fits goes along, what doesn't is named."""

from collections.abc import Iterable

import structlog

from balcao.notifier.letters.compose import Enclosed
from balcao.notifier.letters.layout import Attachment
from balcao.shared.errors import NotFound
from balcao.shared.events import AnyEnvelope, FileRef, TicketReplied
from balcao.shared.files import SCHEME, Files

MOST_ENCLOSED_BYTES = 15 * 1024 * 1024
"""Before encoding; most servers refuse mails above 20 to 25 MB."""

_log = structlog.get_logger()


class Enclosures:
    """Opens the files that facts name."""

    def __init__(self, files: Files) -> None:
        self._files = files

    async def of(self, event: AnyEnvelope) -> Enclosed:
        """The files that go along with this fact's mail. A file that is gone or too large never holds the mail back."""
        if not isinstance(event.data, TicketReplied):
            return Enclosed()
        return await self._open(event.data.files)

    async def _open(self, refs: Iterable[FileRef]) -> Enclosed:
        attachments: list[Attachment] = []
        left_out: list[FileRef] = []
        room = MOST_ENCLOSED_BYTES
        for ref in refs:
            content = await self._content(ref) if ref.size <= room else None
            if content is None or len(content) > room:
                left_out.append(ref)
            else:
                room -= len(content)
                shown_as = ref.content_id if ref.inline else None
                attachments.append(Attachment(ref.name, ref.media_type, content, shown_as))
        return Enclosed(attachments, left_out)

    async def _content(self, ref: FileRef) -> bytes | None:
        if not ref.file_id.startswith(SCHEME):
            return None
        try:
            return await self._files.get(ref.file_id)
        except NotFound:
            _log.error("enclosure.not_found", file_id=ref.file_id)
            return None
