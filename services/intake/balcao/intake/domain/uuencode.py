"""Files that stand uuencoded in a text, as programs sent them before MIME. Linear, and never an error."""

import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,250})\r?\n", re.MULTILINE)
_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)
_MOST_FILES = 50


@dataclass(frozen=True, slots=True)
class UuFile:
    """One file; the name as it stands there."""

    name: bytes
    content: bytes


def decode_uu(body: bytes) -> bytes:
    """The first uuencoded file in the body; the body itself when there is none."""
    found = _BEGIN.search(body)
    content = _content(body[found.end() :]) if found is not None else None
    return body if content is None else content


def split_uu(body: bytes) -> tuple[bytes, tuple[UuFile, ...]]:
    """The words around the files that stand in a text, and the files. What can't be decoded stays with the words."""
    words: list[bytes] = []
    files: list[UuFile] = []
    at = 0
    while len(files) < _MOST_FILES and (begin := _BEGIN.search(body, at)) is not None:
        end = _END.search(body, begin.end())
        content = _content(body[begin.end() : end.start()]) if end is not None else None
        if end is None:
            break
        if content:
            words.append(body[at : begin.start()])
            files.append(UuFile(begin[1].strip(), content))
        else:
            words.append(body[at : end.end()])
        at = end.end()
    return (b"".join(words) + body[at:], tuple(files)) if files else (body, ())


def _content(lines: bytes) -> bytes | None:
    pieces: list[bytes] = []
    for line in lines.splitlines():
        if line.strip() in {b"end", b"`", b""}:
            break
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders pad with rubbish: take as many characters as the length byte announces.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                pieces.append(binascii.a2b_uu(line[: wanted + 1]))
            except binascii.Error:
                return None
    return b"".join(pieces)
