"""Builds winmail.dat contents by MS-OXTNEF, independently of the reader."""

import struct

NEW_FILE = 0x00069002
MESSAGE_PROPERTIES = 0x00069003
FILE_PROPERTIES = 0x00069005
TITLE = 0x00018010
DATA = 0x0006800F
MESSAGE_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")


def attribute(tag: int, data: bytes, level: int = 2) -> bytes:
    """One attribute with its checksum."""
    return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _padded(value: bytes) -> bytes:
    return value + b"\0" * (-len(value) % 4)


def text_property(key: int, value: str) -> bytes:
    """A property of Unicode text."""
    encoded = (value + "\0").encode("utf-16-le")
    return struct.pack("<HHII", 0x1F, key, 1, len(encoded)) + _padded(encoded)


def binary_property(key: int, value: bytes, kind: int = 0x102) -> bytes:
    """A property of bytes, or an object."""
    return struct.pack("<HHII", kind, key, 1, len(value)) + _padded(value)


def properties(*each: bytes) -> bytes:
    """A block of properties."""
    return struct.pack("<I", len(each)) + b"".join(each)


def a_tnef(*attributes: bytes) -> bytes:
    """A whole winmail.dat."""
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def a_file(name: str, content: bytes) -> bytes:
    """A file by its properties, with a long name."""
    return (
        attribute(NEW_FILE, b"\x01\0" + b"\0" * 12)
        + attribute(TITLE, b"SHORT~1.DAT\0")
        + attribute(DATA, content)
        + attribute(FILE_PROPERTIES, properties(text_property(0x3707, name)))
    )


def a_message(subject: str, text: str, *files: bytes) -> bytes:
    """A message inside, as a file of the outer one."""
    inner = a_tnef(
        attribute(MESSAGE_PROPERTIES, properties(text_property(0x37, subject), text_property(0x1000, text)), level=1),
        *files,
    )
    held = binary_property(0x3701, MESSAGE_INTERFACE + inner, kind=0x0D)
    return attribute(NEW_FILE, b"\x01\0" + b"\0" * 12) + attribute(FILE_PROPERTIES, properties(held))
