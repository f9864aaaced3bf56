"""Which archives only a password opens, so that no scanner can look into them."""

import struct

SIGNATURE = b"PK\x03\x04"
_ENTRY = struct.Struct("<4s2xH10xI4xHH")
_ENCRYPTED = 1
_MOST_ENTRIES = 1000


def is_encrypted(content: bytes) -> bool:
    """Whether an entry of a ZIP says so (APPNOTE 4.3.7, 4.4.4); `content` may be its beginning alone.

    False of everything else, and of entries behind one whose size is not said before it.
    """
    at = 0
    for _ in range(_MOST_ENTRIES):
        if at + _ENTRY.size > len(content):
            return False
        signature, flags, size, name, extra = _ENTRY.unpack_from(content, at)
        if signature != SIGNATURE:
            return False
        if flags & _ENCRYPTED:
            return True
        at += _ENTRY.size + name + extra + size
    return False
