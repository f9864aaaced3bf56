"""The files of a mail: those of an answer, of which what fits goes along and what doesn't is named, and the logo."""

from collections import OrderedDict
from collections.abc import Iterable

import structlog

from balcao.notifier.letters.case import Enclosed
from balcao.notifier.letters.layout import Attachment
from balcao.notifier.letters.look import logo_content_id
from balcao.shared.errors import NotFound
from balcao.shared.events import AnyEnvelope, CompanyLogo, CompanyProfile, FileRef, TicketReplied
from balcao.shared.files import SCHEME, Files

MOST_ENCLOSED_BYTES = 15 * 1024 * 1024
"""Before encoding; most servers refuse mails above 20 to 25 MB."""

MOST_LOGOS = 64
"""Companies whose logo is remembered, each of at most 100 KB."""

_log = structlog.get_logger()


class Enclosures:
    """Opens the files that facts name."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._logos: OrderedDict[str, Attachment] = OrderedDict()

    async def of(self, event: AnyEnvelope, company: CompanyProfile) -> Enclosed:
        """What goes along with this fact's mail. A file that is gone or too large never holds the mail back."""
        logo = await self._logo(company.logo) if company.logo is not None else None
        if not isinstance(event.data, TicketReplied):
            return Enclosed(logo=logo)
        return await self._open(event.data.files, logo)

    async def _logo(self, logo: CompanyLogo) -> Attachment | None:
        """A company's logo, opened once: another logo has another id."""
        known = self._logos.get(logo.file_id)
        if known is not None:
            self._logos.move_to_end(logo.file_id)
            return known
        content = await self._content(logo.file_id)
        if content is None:
            return None
        name = f"logo.{logo.media_type.rpartition('/')[2]}"
        opened = Attachment(name, logo.media_type, content, logo_content_id(logo))
        self._logos[logo.file_id] = opened
        if len(self._logos) > MOST_LOGOS:
            self._logos.popitem(last=False)
        return opened

    async def _open(self, refs: Iterable[FileRef], logo: Attachment | None) -> Enclosed:
        attachments: list[Attachment] = []
        left_out: list[FileRef] = []
        room = MOST_ENCLOSED_BYTES
        for ref in refs:
            content = await self._content(ref.file_id) if ref.size <= room else None
            if content is None or len(content) > room:
                left_out.append(ref)
            else:
                room -= len(content)
                shown_as = ref.content_id if ref.inline else None
                attachments.append(Attachment(ref.name, ref.media_type, content, shown_as))
        return Enclosed(attachments, left_out, logo)

    async def _content(self, file_id: str) -> bytes | None:
        if not file_id.startswith(SCHEME):
            return None
        try:
            return await self._files.get(file_id)
        except NotFound:
            _log.error("enclosure.not_found", file_id=file_id)
            return None
