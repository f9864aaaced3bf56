"""DKIM signatures (RFC 6376: rsa-sha256, relaxed/relaxed) over the mails that we wrote ourselves.

The bytes are known to be ASCII with CRLF line ends; nothing here reads mail of others.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime

SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"in-reply-to",
    b"references",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
    b"auto-submitted",
    b"list-unsubscribe",
)
"""Fields that a signature covers where they are there. From and Subject are named once more than they occur, so that
none can be added (RFC 6376, 8.15)."""
OVERSIGNED = (b"from", b"subject", b"to", b"reply-to")

_FOLDS = re.compile(rb"\r\n(?=[ \t])")
_SPACES = re.compile(rb"[ \t]+")
_TRAILING_SPACES = re.compile(rb"[ \t]+(?=\r\n|\Z)")


def signature(raw: bytes, *, domain: str, selector: str, at: datetime, sign: Callable[[bytes], bytes]) -> bytes:
    """The field to put before the mail, with its line end. The same mail and moment give the same field.

    `sign` makes an RSASSA-PKCS1-v1_5 signature with SHA-256 of what it is given.
    """
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = _fields(head + b"\r\n")
    named = [name for name, _ in fields if name in SIGNED]
    covered = [*named, *(name for name in OVERSIGNED if name in named)]
    unsigned = (
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector};\r\n"
        f" t={int(at.timestamp())}; bh={b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()};\r\n"
        f" h={_listed(covered)};\r\n b="
    ).encode()
    signed = b"".join(_relaxed(field) for _, field in _picked(fields, covered)) + _relaxed(unsigned).removesuffix(
        b"\r\n"
    )
    return unsigned + _folded(b64encode(sign(signed))) + b"\r\n"


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Name in lower case and whole field of each, in their order."""
    lines = _FOLDS.sub(b"\0", head).split(b"\r\n")
    whole = [line.replace(b"\0", b"\r\n") for line in lines if line]
    return [(line.partition(b":")[0].strip().lower(), line) for line in whole]


def _picked(fields: list[tuple[bytes, bytes]], covered: list[bytes]) -> list[tuple[bytes, bytes]]:
    """The fields in the order of `h=`: of several with one name the last first; what is not there counts as empty."""
    left = list(fields)
    picked = []
    for name in covered:
        place = next((place for place in range(len(left) - 1, -1, -1) if left[place][0] == name), None)
        if place is not None:
            picked.append(left.pop(place))
    return picked


def _relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    unfolded = _SPACES.sub(b" ", _FOLDS.sub(b"", value)).strip()
    return name.strip().lower() + b":" + unfolded + b"\r\n"


def _relaxed_body(body: bytes) -> bytes:
    plain = _SPACES.sub(b" ", _TRAILING_SPACES.sub(b"", body)) if b" " in body or b"\t" in body else body
    stripped = plain.rstrip(b"\r\n")
    return stripped + b"\r\n" if stripped else b""


def _listed(names: list[bytes]) -> str:
    """The list for `h=`, folded."""
    lines, line = [], ""
    for name in names:
        piece = name.decode() + ":"
        if len(line) + len(piece) > 70:
            lines.append(line)
            line = ""
        line += piece
    return "\r\n  ".join([*lines, line]).rstrip(":")


def _folded(value: bytes) -> bytes:
    return b"\r\n  ".join(value[place : place + 70] for place in range(0, len(value), 70))
