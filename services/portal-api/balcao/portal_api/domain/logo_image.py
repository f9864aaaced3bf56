"""What an uploaded logo is, by its bytes: never by what the browser says of it."""

import struct
from dataclasses import dataclass
from io import BytesIO

import imagesize

from balcao.portal_api.domain.conditions import FileEmpty, FileTooLarge, LogoTooBig, NotAnImage

MOST_LOGO_BYTES = 100 * 1024
"""It goes along with every mail."""
MOST_PIXELS = 4_000
_MARKS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


@dataclass(frozen=True)
class LogoImage:
    """An image's type and size in pixels."""

    media_type: str
    width: int
    height: int


def look_at(content: bytes) -> LogoImage:
    """What these bytes are: a PNG, JPEG, GIF or WebP. SVG is none of them: it can carry scripts.

    Raises `FileEmpty`, `FileTooLarge` past 100 KiB, `NotAnImage`, and `LogoTooBig` past 4,000 pixels a side.
    """
    if not content:
        raise FileEmpty("the file is empty")
    if len(content) > MOST_LOGO_BYTES:
        raise FileTooLarge(
            f"a logo may have at most {MOST_LOGO_BYTES // 1024} KiB: it goes along with every mail",
            most_bytes=MOST_LOGO_BYTES,
        )
    media_type = _type(content)
    width, height = _pixels(content) if media_type else (0, 0)
    if media_type is None or width < 1 or height < 1:
        raise NotAnImage("a logo has to be a PNG, JPEG, GIF or WebP image")
    if max(width, height) > MOST_PIXELS:
        raise LogoTooBig(f"a logo may have at most {MOST_PIXELS} pixels a side", most_pixels=MOST_PIXELS)
    return LogoImage(media_type, width, height)


def _type(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for mark, media_type in _MARKS if content.startswith(mark)), None)


def _pixels(content: bytes) -> tuple[int, int]:
    try:
        width, height = imagesize.get(BytesIO(content))
    except (ValueError, OSError, IndexError, struct.error):
        return 0, 0
    return int(width), int(height)
