"""What an uploaded logo is, its bytes say."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.portal_api.domain.conditions import FileEmpty, FileTooLarge, LogoTooBig, NotAnImage
from balcao.portal_api.domain.logo_image import MOST_LOGO_BYTES, LogoImage, look_at
from balcao.shared.errors import Invalid
from tests.support.images import png

GIF = b"GIF89a" + struct.pack("<HH", 30, 20) + b"\x00\x00\x00;"
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 20, 30) + b"\x01\x01\x11\x00\xff\xd9"
)
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f" + struct.pack("<I", 29 | 19 << 14) + b"\x00" * 8


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(png(30, 20), "image/png"), (GIF, "image/gif"), (JPEG, "image/jpeg"), (WEBP, "image/webp")],
    ids=["png", "gif", "jpeg", "webp"],
)
def test_the_four_kinds_that_mail_programs_show_are_known_with_their_size(content: bytes, media_type: str) -> None:
    assert look_at(content) == LogoImage(media_type, 30, 20)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"<script>alert(1)</script>",
        b"%PDF-1.7",
        b"BM" + b"\x00" * 60,
        b"\x89PNG\r\n\x1a\n",
        b"GIF8",
        b"\xff\xd8\xff",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"\x00" * 100,
    ],
)
def test_what_is_no_such_image_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnImage):
        look_at(content)


def test_a_logo_has_bounds_in_bytes_and_pixels() -> None:
    with pytest.raises(FileEmpty):
        look_at(b"")
    with pytest.raises(FileTooLarge, match="100 KiB"):
        look_at(png(30, 20) + b"\x00" * MOST_LOGO_BYTES)
    with pytest.raises(LogoTooBig):
        look_at(png(4001, 20))


@settings(deadline=None)
@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF\x00\x00\x00\x00WEBP"]), st.binary()
)
def test_whatever_follows_a_mark_no_error_comes_but_ours(mark: bytes, rest: bytes) -> None:
    try:
        found = look_at(mark + rest)
    except Invalid:
        return
    assert found.width >= 1
    assert found.height >= 1


def test_the_images_of_these_tests_are_real_ones() -> None:
    content = png(3, 2)
    start = content.index(b"IDAT")
    size = int.from_bytes(content[start - 4 : start], "big")
    assert len(zlib.decompress(content[start + 4 : start + 4 + size])) == 2 * (1 + 3 * 3)
