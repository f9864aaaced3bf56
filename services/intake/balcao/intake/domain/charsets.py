"""Bytes to text: declared charsets by their supersets, undeclared and wrong ones by guessing. Never an error."""

import codecs
import re
from functools import lru_cache

import chardet

_GUESS_FROM = 4096

_SUPERSETS = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "cp1255",
    "iso-8859-8-e": "cp1255",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "x-x-big5": "cp950",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "iso-10646": "utf-16",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "utf8": "utf-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-unknown": "",
    "unknown-8bit": "",
    "x-user-defined": "",
    "default": "",
}
"""Charsets that senders name while they mean a larger one; empty where the name says nothing."""


class Hint:
    """What a mail tells of its charsets as a whole, and how often more may be guessed in it.

    A guess takes 2 ms, and a hostile mail asks for thousands: past the budget undeclared text is read as Windows-1252.
    """

    __slots__ = ("charset", "guesses")

    def __init__(self, charset: str | None = None, guesses: int = 40) -> None:
        self.charset = charset
        self.guesses = guesses


_LATIN = frozenset({"cp1252", "cp1254", "iso8859-15", "utf-8"})
_FEW = 24
_WESTERN = frozenset("áàâãäçéèêëíìîïñóòôõöúùûüÁÀÂÃÄÇÉÈÊÍÓÔÕÖÚÜßªº°§«»“”‘’–—…€\xa0".encode("cp1252"))
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


@lru_cache(maxsize=256)
def codec_of(declared: str) -> str | None:
    """The codec that reads a declared charset; none for one that nobody knows."""
    name = declared.strip().strip("\"'").lower().replace("_iso", "").removeprefix("charset=")
    name = _SUPERSETS.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # Codecs such as base64 or rot13 are no charsets.
    return found.name if getattr(found, "_is_text_encoding", True) and found.name not in {"idna", "punycode"} else None


def clean(text: str) -> str:
    """Without null characters and lone surrogates, which neither the database nor JSON can carry."""
    return _NOT_TEXT.sub("\ufffd", text) if _NOT_TEXT.search(text) else text


def decode(content: bytes, declared: str | None = None, hint: Hint | None = None) -> str:
    """The text in these bytes. `declared` is what the part says, `hint` what the rest of the mail uses."""
    if content.isascii() and b"\x1b" not in content and not _is_stateful(declared):
        return clean(content.decode("ascii"))
    return clean(_decode(content, declared, hint))


def _is_stateful(declared: str | None) -> bool:
    """Whether ASCII bytes may mean something else in that charset."""
    codec = codec_of(declared) if declared else None
    return codec is not None and codec.startswith(("utf-7", "utf-16", "utf-32", "hz", "iso2022"))


def _decode(content: bytes, declared: str | None, hint: Hint | None) -> str:
    codec = codec_of(declared) if declared else None
    if codec is None or codec in _LATIN:
        # Text that is valid UTF-8 beyond ASCII is UTF-8, whatever a part claims: by chance it hardly ever is.
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    if codec is not None and codec != "utf-8":
        try:
            return content.decode(codec)
        except (UnicodeError, ValueError):
            return content.decode(codec, "replace") if codec != "cp1252" else _lossless_latin(content)
    if codec == "utf-8" and _nearly_utf8(content):
        return content.decode("utf-8", "replace")
    return _guess(content, hint)


def _nearly_utf8(content: bytes) -> bool:
    """Whether a few bytes spoil what is UTF-8 otherwise (a text cut in the middle of a character)."""
    wrong = content.decode("utf-8", "replace").count("\ufffd")
    return wrong * 20 < sum(byte > 127 for byte in content[:_GUESS_FROM])


def _guess(content: bytes, hint: Hint | None) -> str:
    if b"\x1b$" in content or b"\x1b(" in content:
        return content.decode("iso2022_jp_ext", "replace")
    codec = codec_of(hint.charset) if hint is not None and hint.charset else None
    if codec is not None and codec != "utf-8":
        try:
            return content.decode(codec)
        except (UnicodeError, ValueError):
            pass
    if _is_short_western(content):
        return _lossless_latin(content)
    if hint is not None:
        hint.guesses -= 1
        if hint.guesses < 0:
            return _lossless_latin(content)
    try:
        found = chardet.detect(content[:_GUESS_FROM])
    except Exception:  # a guess is not worth a mail
        found = None
    guessed = codec_of(found["encoding"]) if found and found["encoding"] else None
    if guessed is not None and guessed != "utf-8":
        try:
            return content.decode(guessed)
        except (UnicodeError, ValueError):
            pass
    return _lossless_latin(content)


def _is_short_western(content: bytes) -> bool:
    """Whether a short text reads as a Western language with an accent here and there, which guessers take for Greek."""
    high = [byte for byte in content[:_GUESS_FROM] if byte > 127]
    letters = sum(byte < 128 and chr(byte).isalpha() for byte in content[:_GUESS_FROM])
    if len(high) > _FEW or len(high) * 2 > letters:
        return False
    return all(byte in _WESTERN for byte in high)


def _lossless_latin(content: bytes) -> str:
    """Windows-1252, with the five bytes it leaves open read as Latin-1."""
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")
