"""Receipts for uploaded files: only what somebody uploaded themselves can be attached by them.

Without them anybody could name the id of a file they may not see, attach it to a ticket of theirs, and read it there.
"""

import time
from typing import Any

import jwt
from pydantic import BaseModel, Field, ValidationError

from balcao.portal_api.domain.conditions import AttachmentExpired, FileEmpty, FileTooLarge
from balcao.portal_api.domain.media_type import media_type
from balcao.shared.errors import Invalid
from balcao.shared.events import FileRef
from balcao.shared.files import SCHEME, Files
from balcao.shared.tokens import Acting

_AUDIENCE = "upload"
_LIFETIME_S = 24 * 3600
MOST_FILE_BYTES = 25 * 1024 * 1024
MOST_FILES = 20
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What every mail program shows inside a text. SVG is left out: it can carry scripts."""


class Upload(BaseModel):
    """A file that was kept. Give `receipt` to the command that attaches it, within a day."""

    receipt: str
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    content_id: str | None = Field(
        default=None, description="Of an image: `cid:` and this shows it inside the HTML of a comment (W11)."
    )


class Uploads:
    """Keeps uploaded files and says whose they are."""

    def __init__(self, files: Files, secret: str) -> None:
        self._files = files
        self._secret = secret

    async def keep(self, acting: Acting, name: str, declared_type: str, content: bytes) -> Upload:
        """Store an upload. Raises `Invalid` for an empty one or one over 25 MiB."""
        if not content:
            raise FileEmpty("the file is empty")
        if len(content) > MOST_FILE_BYTES:
            raise FileTooLarge(f"a file may have at most {MOST_FILE_BYTES // 1024 // 1024} MiB")
        file_id, type_ = await self._files.put(content), media_type(declared_type)
        ref = FileRef(
            file_id=file_id,
            name=_clean(name) or "file",
            media_type=type_,
            size=len(content),
            content_id=content_id(file_id) if type_ in IMAGES else None,
        )
        return Upload(
            receipt=self.receipt(acting, ref),
            name=ref.name,
            media_type=ref.media_type,
            size=ref.size,
            content_id=ref.content_id,
        )

    def receipt(self, acting: Acting, ref: FileRef) -> str:
        """A receipt for a file this person may attach: uploaded by them, or come back with words of theirs."""
        claims: dict[str, Any] = {
            "aud": _AUDIENCE,
            "exp": int(time.time()) + _LIFETIME_S,
            "sub": acting.person_id,
            "company": acting.company_id,
            "file": ref.model_dump(exclude_none=True),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    async def open(self, acting: Acting, receipt: str) -> tuple[FileRef, bytes]:
        """An uploaded file and its bytes, for whoever holds its receipt. Raises as `accept` does."""
        ref = self._accept(acting, receipt)
        return ref, await self._files.get(ref.file_id)

    def accept(self, acting: Acting, receipts: list[str]) -> list[FileRef]:
        """The files these receipts stand for. Raises `Invalid` for one that is forged, expired or somebody else's."""
        if len(receipts) > MOST_FILES:
            raise Invalid(f"at most {MOST_FILES} files at once")
        return [self._accept(acting, receipt) for receipt in receipts]

    def _accept(self, acting: Acting, receipt: str) -> FileRef:
        try:
            claims = jwt.decode(receipt, self._secret, algorithms=["HS256"], audience=_AUDIENCE)
            ref = FileRef.model_validate(claims["file"])
        except (jwt.PyJWTError, ValidationError, KeyError) as error:
            raise AttachmentExpired("an attachment's receipt is not valid any more; upload the file again") from error
        if (claims.get("sub"), claims.get("company")) != (acting.person_id, acting.company_id):
            raise AttachmentExpired("an attachment's receipt belongs to somebody else")
        return ref


def content_id(file_id: str) -> str:
    """How the HTML of a comment names an uploaded image: it follows from the image's bytes."""
    return f"{file_id.removeprefix(SCHEME)[:32]}@balcao"


def _clean(text: str) -> str:
    """One line without control characters or folders, at most 200 characters."""
    printable = "".join(c for c in text if c.isprintable())
    return printable.replace("\\", "/").rsplit("/", 1)[-1].strip()[:200]
