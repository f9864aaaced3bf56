"""The bytes of a mail: a fixed frame that is filled in, which costs a fraction of building an `EmailMessage`."""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass

from balcao.notifier.letters import headers

_LINE_ENDS = re.compile(r"\r\n|\r|\n|\u2028|\u2029|\x0b|\x0c")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")

_ALTERNATIVE = (
    b'Content-Type: multipart/alternative; boundary="%(mark)s"\r\n\r\n'
    b"--%(mark)s\r\nContent-Type: text/plain; charset=utf-8\r\n%(text)s\r\n"
    b"--%(mark)s\r\nContent-Type: text/html; charset=utf-8\r\n%(html)s\r\n"
    b"--%(mark)s--\r\n"
)
_MIXED = (
    b'Content-Type: multipart/mixed; boundary="%(mark)s"\r\n\r\n--%(mark)s\r\n%(body)s\r\n%(files)s--%(mark)s--\r\n'
)
_RELATED = (
    b'Content-Type: multipart/related; type="multipart/alternative"; boundary="%(mark)s"\r\n\r\n'
    b"--%(mark)s\r\n%(body)s\r\n%(files)s--%(mark)s--\r\n"
)
_FILE = (
    b"--%(mark)s\r\nContent-Type: %(type)s\r\nContent-Transfer-Encoding: base64\r\n%(id)s"
    b"Content-Disposition: %(way)s;\r\n %(name)s\r\n\r\n%(content)s\r\n"
)
_CONTENT_ID = re.compile(r"[A-Za-z0-9._@+-]{1,200}")


@dataclass(frozen=True)
class Attachment:
    """A file that goes along. With a content id it is an image that the HTML shows as `cid:`."""

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


def frame(fields: Sequence[str], text: str, html: str, key: str, attachments: Sequence[Attachment] = ()) -> bytes:
    """The whole mail: these header fields, the text with its HTML twin, and the files.

    `key` (letters and digits, one per mail) makes the boundaries, so the same mail always has the same bytes. Only
    ASCII comes out, no line longer than 76 but for long addresses and file names.
    """
    # "=_" can stand in neither quoted-printable nor base64: no content can close a part early.
    body = _ALTERNATIVE % {b"mark": f"=_a{key}".encode(), b"text": _part(text), b"html": _part(html)}
    shown = [one for one in attachments if one.content_id]
    if shown:
        mark = f"=_r{key}".encode()
        body = _RELATED % {b"mark": mark, b"body": body, b"files": b"".join(_file(mark, one) for one in shown)}
    enclosed = [one for one in attachments if not one.content_id]
    if enclosed:
        mark = f"=_m{key}".encode()
        body = _MIXED % {b"mark": mark, b"body": body, b"files": b"".join(_file(mark, one) for one in enclosed)}
    return "\r\n".join((*fields, "MIME-Version: 1.0", "")).encode("ascii") + body


def plain(text: str) -> str:
    """Text with line ends of one kind and no control characters."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))


def _part(text: str) -> bytes:
    """Content-Transfer-Encoding and content: whichever of the two encodings is shorter."""
    raw = text.encode("utf-8", "replace")
    if raw.translate(None, _ORDINARY):
        raw = plain(text).encode("utf-8", "replace")
    raw = (raw.rstrip(b"\n") + b"\n").replace(b"\n", b"\r\n")
    if 6 * len(raw.translate(None, _ASCII)) > len(raw):
        return b"Content-Transfer-Encoding: base64\r\n\r\n" + _base64(raw)
    return b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b2a_qp(raw, istext=True)


_ASCII = bytes(range(128))
_ORDINARY = bytes({*range(256)} - {*range(0x20)} - {0x7F, 0xE2} | {ord("\t"), ord("\n")})
"""Where there are no other bytes `plain` has nothing to do, and looking is far quicker (0xE2 begins line ends)."""


def _base64(raw: bytes) -> bytes:
    return encodebytes(raw).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def _file(mark: bytes, file: Attachment) -> bytes:
    media_type = file.media_type if _MEDIA_TYPE.fullmatch(file.media_type) else "application/octet-stream"
    if media_type.lower().startswith(("multipart/", "message/")):
        media_type = "application/octet-stream"  # these may not be base64 (RFC 2046)
    content_id = file.content_id if file.content_id and _CONTENT_ID.fullmatch(file.content_id) else ""
    return _FILE % {
        b"mark": mark,
        b"type": media_type.encode(),
        b"id": b"Content-ID: <%s>\r\n" % content_id.encode() if content_id else b"",
        b"way": b"inline" if content_id else b"attachment",
        b"name": headers.file_name(file.name).encode(),
        b"content": _base64(file.content),
    }
