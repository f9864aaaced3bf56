"""Makes a mail into a broken or hostile one. The same for the same seed."""

import random
from collections.abc import Callable

_MOST_BYTES = 2_000_000
_TOKENS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\x00",
    b"\xff\xfe",
    b"\x1b$B",
    b"=?utf-8?q?",
    b"=?x-none?b?gICA?=",
    b"?=",
    b"=",
    b"--",
    b"--b\r\n",
    b"\r\n--fronteira\r\n",
    b"\r\n--fronteira--\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    b"Content-Type: multipart/alternative; boundary=fronteira\r\n\r\n",
    b"Content-Type: text/html\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"charset=utf-7",
    b"charset=hz",
    b"boundary=",
    b'name="',
    b"filename*0*=utf-8''%",
    b";",
    b"<",
    b">",
    b"(",
    b")",
    b'"',
    b"\\",
    b"@",
    b",",
    b":",
    b"[tipo:",
    b"[",
    b"#",
    b"> ",
    b"\n> ",
    b"\nOn 1 x wrote:\n",
    b"\nFrom: \nTo: \nSubject: \n",
    b"\n" + b"a@" * 165 + b" " + b"b " * 30 + b":",
    b"\n" + b" " * 298 + b"x",
    b"\nde:\nto" + b" " * 290,
    b"\n--" + b" " * 400,
    b"\n-- \n",
    b"begin 644 x\n",
    b"<div>",
    b"<td>",
    b"<b><i>",
    b"<!--",
    b"<style>",
    b"<blockquote type=cite>",
    b"&#x1F600;",
    b"&amp",
    b"\x78\x9f\x3e\x22",
    b"\xff\xff\xff\xff",
    b"delivery to fail ",
    b" ",
    b"\t",
    b"a",
)
_CHARSETS = (b"utf-7", b"utf-16", b"iso-2022-jp", b"hz", b"gb2312", b"rot13", b"idna", b"x" * 50, b"")


def mutant(parents: list[bytes], seed: int) -> bytes:
    """One mutant: a parent, changed one to eight times."""
    chance = random.Random(seed)
    raw = chance.choice(parents)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        raw = chance.choice(_CHANGES)(raw, parents, chance)
    return raw[:_MOST_BYTES]


def _place(raw: bytes, chance: random.Random) -> int:
    # Half of them in the first kilobytes: most of what is read lies in headers.
    return chance.randrange(min(len(raw), 3000) + 1 if chance.random() < 0.5 else len(raw) + 1)


def _piece(raw: bytes, chance: random.Random) -> tuple[int, int]:
    start = _place(raw, chance)
    return start, min(len(raw), start + chance.choice((1, 4, 30, 300, 5000)))


def _flip(raw: bytes, parents: list[bytes], chance: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.choice((1, 5, 50))):
        if changed:
            changed[_place(raw, chance) % len(changed)] = chance.randrange(256)
    return bytes(changed)


def _cut(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    start, end = _piece(raw, chance)
    return raw[:start] + raw[end:]


def _truncate(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    return raw[: _place(raw, chance)]


def _repeat(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    start, end = _piece(raw, chance)
    times = min(chance.choice((2, 10, 200, 3000)), 400_000 // (end - start + 1) + 1)
    return raw[:start] + raw[start:end] * times + raw[end:]


def _insert(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    at = _place(raw, chance)
    token = chance.choice(_TOKENS)
    return raw[:at] + token * chance.choice((1, 1, 3, 50, 2000, 20_000)) + raw[at:]


def _mix(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    at = _place(raw, chance)
    return raw[:at] + b"".join(chance.choice(_TOKENS) for _ in range(chance.choice((5, 60, 3000)))) + raw[at:]


def _splice(raw: bytes, parents: list[bytes], chance: random.Random) -> bytes:
    other = chance.choice(parents)
    return raw[: _place(raw, chance)] + other[_place(other, chance) :]


def _swap_lines(raw: bytes, parents: list[bytes], chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    for _ in range(chance.choice((1, 5, 30))):
        a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _recharset(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    return raw.replace(b"utf-8", chance.choice(_CHARSETS), chance.choice((1, -1)))


def _line_ends(raw: bytes, _: list[bytes], chance: random.Random) -> bytes:
    return raw.replace(b"\r\n", chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r")))


_CHANGES: tuple[Callable[[bytes, list[bytes], random.Random], bytes], ...] = (
    _flip,
    _cut,
    _truncate,
    _repeat,
    _insert,
    _insert,
    _mix,
    _splice,
    _swap_lines,
    _recharset,
    _line_ends,
)
