"""Header fields as bytes: encoded by RFC 2047, folded, and closed to injection."""

import re
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote

MOST_REFERENCES = 20

_MOST_LINE = 76
_MOST_VALUE = 500
_MOST_ENCODED_BYTES = 45
"""Of the 75 characters of an encoded word 12 are its frame; base64 makes 60 of 45 bytes."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
"""Line ends of every kind, other controls, and marks that turn the direction of writing (they disguise names)."""
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


class AddressUnusable(ValueError):
    """No mail can be sent to or from this address."""


def one_line(value: str) -> str:
    """The value without line ends, controls and direction marks, cut to what a header should hold."""
    return _CONTROLS.sub(" ", value).strip()[:_MOST_VALUE]


def unstructured(name: str, value: str) -> str:
    """A field of free text such as Subject, without the line end."""
    line = f"{name}: {one_line(value)}"
    if line.isascii() and len(line) <= _MOST_LINE and "=?" not in line:
        return line
    return f"{name}: {_encoded_words(one_line(value), len(name) + 2)}"


def mailbox(name: str, display: str, address: str) -> str:
    """A field with one mailbox such as From, without the line end. Raises `AddressUnusable`."""
    usable = usable_address(address)
    display = one_line(display)
    if not display or display == address:
        return f"{name}: {usable}"
    if display.isascii() and "=?" not in display and len(display) <= 60:
        phrase = display if _PHRASE.fullmatch(display) else '"' + re.sub(r'(["\\])', r"\\\1", display) + '"'
    else:
        phrase = _encoded_words(display, len(name) + 2)
    separator = "\r\n " if len(name) + len(phrase.rpartition("\n")[2]) + len(usable) + 5 > _MOST_LINE else " "
    return f"{name}: {phrase}{separator}<{usable}>"


def usable_address(address: str) -> str:
    """The address as it goes on the wire, its domain in ASCII (IDNA).

    Raises `AddressUnusable` for what is no address, or one whose local part is not ASCII: few servers take those.
    """
    local, _, domain = address.strip().rpartition("@")
    try:
        wire = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise AddressUnusable("the address has no usable domain") from error
    if len(wire) > 254 or not _ADDRESS.fullmatch(wire):
        raise AddressUnusable("this is not an address that mail can be sent to")
    return wire


def message_ids(name: str, values: Iterable[str]) -> str | None:
    """A field of Message-IDs such as References, one per line; what is not a Message-ID is left out.

    Of a long thread the first and the newest are kept. None when nothing is left.
    """
    good = list(dict.fromkeys(found for value in values for found in _MESSAGE_ID.findall(value)))
    if len(good) > MOST_REFERENCES:
        good = [good[0], *good[1 - MOST_REFERENCES :]]
    return f"{name}: " + "\r\n ".join(good) if good else None


def file_name(value: str) -> str:
    """A file name as the parameter of Content-Disposition, in RFC 2231's form where it is not plain ASCII."""
    value = _short_enough(one_line(value).replace("/", "_").replace("\\", "_")) or "file"
    if value.isascii():
        return 'filename="' + value.replace('"', '\\"') + '"'
    return f"filename*=utf-8''{quote(value, safe='')}"


def _short_enough(name: str) -> str:
    """At most 200 bytes, the ending kept: programs go by it, and a parameter has to fit on one line."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 10:
        stem, dot, ending = name, "", ""
    room = 200 - len((dot + ending).encode("utf-8", "replace"))
    return stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + dot + ending


def _encoded_words(value: str, column: int) -> str:
    """Encoded words, none longer than 75, none splitting a character, folded so that lines stay within 76."""
    whole = value.encode("utf-8", "replace")
    if column + 12 + (len(whole) + 2) // 3 * 4 <= _MOST_LINE:
        return _encoded_word(whole)
    words: list[str] = []
    room = min(_MOST_ENCODED_BYTES, max(0, (_MOST_LINE - column - 12) // 4 * 3))
    chunk = b""
    for character in value:
        raw = character.encode("utf-8", "replace")
        if len(chunk) + len(raw) > room:
            words.append(_encoded_word(chunk))
            chunk, room = b"", _MOST_ENCODED_BYTES
        chunk += raw
    words.append(_encoded_word(chunk))
    return "\r\n ".join(words)


def _encoded_word(chunk: bytes) -> str:
    return f"=?utf-8?b?{b64encode(chunk).decode()}?="
