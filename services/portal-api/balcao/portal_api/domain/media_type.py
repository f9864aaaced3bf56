"""Media types as they may stand in a header."""

import re

UNKNOWN = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")


def media_type(text: str) -> str:
    """`type/subtype` in lower case without parameters; what is no media type counts as unknown bytes."""
    kind = text.split(";", 1)[0].strip().lower()
    return kind if _TYPE.fullmatch(kind) else UNKNOWN
