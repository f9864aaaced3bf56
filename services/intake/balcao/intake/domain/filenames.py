"""File names that are safe to show, to save and to put in a header, made of whatever a mail says."""

import re
import unicodedata

_MOST_CHARACTERS = 150
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_EXTENSIONS = {
    "application/ms-tnef": "dat",
    "application/msword": "doc",
    "application/octet-stream": "bin",
    "application/pdf": "pdf",
    "application/pgp-signature": "asc",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/zip": "zip",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/delivery-status": "txt",
    "message/disposition-notification": "txt",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/rfc822-headers": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
}


def safe_name(given: str, *, part: str, media_type: str) -> str:
    """A file name without paths, control and direction characters; one made of the part's number when none is left."""
    last = re.split(r"[/\\]", given)[-1]
    kept = "".join(" " if c in "\t\r\n" else c for c in last if c in "\t\r\n" or unicodedata.category(c)[0] != "C")
    name = " ".join(_FORBIDDEN.sub("_", kept).split()).lstrip(".")
    if not name.strip("._ "):
        return f"attachment-{part}.{_EXTENSIONS.get(media_type, 'bin')}"
    if len(name) <= _MOST_CHARACTERS:
        return name
    stem, dot, extension = name.rpartition(".")
    if dot and len(extension) <= 10:
        return f"{stem[: _MOST_CHARACTERS - len(extension) - 1]}.{extension}"
    return name[:_MOST_CHARACTERS]
