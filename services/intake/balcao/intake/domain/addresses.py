"""Mail addresses as people and programs write them. Linear in the header's length, and never an error."""

import re
from collections.abc import Iterable, Iterator

from balcao.intake.domain.charsets import Hint, decode
from balcao.intake.domain.headers import decode_words, one_line, unfold
from balcao.intake.domain.mail import Mailbox

_TOKEN = re.compile(
    r'"((?:[^"\\]|\\.)*)(?:"|\Z)'  # quoted phrase; an unclosed one takes the rest, so that nothing is read twice
    r"|<([^<>]*)>"  # address
    r"|\(((?:[^()\\]|\\.)*)(?:\)|\Z|(?=\())"  # comment
    r"|([,;])"
    r'|([^",;<>()]+)'
    r"|(.)",
    re.DOTALL,
)
# It begins where a word does, or each character of a word would be tried as a beginning.
_BARE = re.compile(r"(?<![^\s<>@,;:\"()\[\]'])[^\s<>@,;:\"()\[\]']{1,200}@[^\s<>@,;:\"()']{1,255}")
_LOCAL = re.compile(r"([^<>@]{0,200})<([\w.+-]{1,64})>$|([\w.+-]{1,64})(?: \(([^()]{0,200})\))?$")
_MOST_LENGTH = 320


def mailboxes(raw: bytes, hint: Hint | None = None) -> list[Mailbox]:
    """The addresses in a From, To, Cc … field, in their order; what has no address in it is left out."""
    value = unfold(raw)
    text = value.decode("ascii") if value.isascii() else decode(value, hint=hint)
    return list(_read(text, hint))


def every_mailbox(values: Iterable[bytes], hint: Hint | None = None) -> list[Mailbox]:
    """The addresses of several fields, each address once."""
    found: dict[str, Mailbox] = {}
    for value in values:
        for one in mailboxes(value, hint):
            found.setdefault(one.address, one)
    return list(found.values())


class _Piece:
    """What stands between two commas."""

    def __init__(self) -> None:
        self.phrase: list[str] = []
        self.comment = ""
        self.angle: str | None = None

    def __bool__(self) -> bool:
        return bool(self.angle or "".join(self.phrase).strip())


def _read(text: str, hint: Hint | None) -> Iterator[Mailbox]:
    piece = _Piece()
    carried = ""
    for match in _TOKEN.finditer(text):
        quoted, angle, comment, separator, bare, other = match.groups()
        if separator:
            found = _mailbox(piece, carried, hint)
            # A comma in an unquoted name ("Doe, John <j@x>") splits it: the first half waits for the rest.
            carried = "" if found or separator == ";" else _carry(carried, piece)
            if found:
                yield found
            piece = _Piece()
        elif angle is not None:
            piece.angle = piece.angle if piece.angle and "@" in piece.angle else angle
        elif quoted is not None:
            piece.phrase.append(re.sub(r"\\(.)", r"\1", quoted))
        elif comment is not None:
            piece.comment = piece.comment or comment
        else:
            piece.phrase.append(bare or ("" if other in '"<>()' else other))
    if found := _mailbox(piece, carried, hint):
        yield found


def _carry(carried: str, piece: _Piece) -> str:
    words = " ".join("".join(piece.phrase).split())
    return f"{carried}, {words}"[-300:] if carried else words[-300:]


def _mailbox(piece: _Piece, carried: str, hint: Hint | None) -> Mailbox | None:
    if not piece:
        return None
    phrase = " ".join(part.strip() for part in piece.phrase if part.strip())
    address = normal_address(piece.angle) if piece.angle else None
    name = f"{carried}, {phrase}" if carried and phrase else phrase
    if address is None:
        plain = _decoded(phrase, hint) if "=?" in phrase else phrase
        bare = _BARE.search(plain) or (_BARE.search(piece.angle) if piece.angle else None)
        address = normal_address(bare[0]) if bare else None
        if address is None or bare is None:
            return None
        name = plain.replace(bare[0], " ").rpartition(":")[2].strip(" '") or piece.comment
    return Mailbox(one_line(_decoded(name, hint)).strip("'\" ")[:200], address)


def _decoded(text: str, hint: Hint | None) -> str:
    return decode_words(text.encode(), hint) if "=?" in text else text


def normal_address(text: str) -> str | None:
    """An address in lower case without decoration; none when it is none.

    The local part's case is folded too: RFC 5321 allows it to matter, and in practice nobody lets it.
    """
    address = "".join(text.split()).lower().removeprefix("mailto:").strip("<>'")
    if address.startswith("@"):  # a source route (RFC 5321, appendix C)
        address = address.rpartition(":")[2]
    local, at, domain = address.rpartition("@")
    domain = domain.rstrip(".")
    if not at or not local or not domain or len(address) > _MOST_LENGTH or not address.isprintable():
        return None
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        local = local[1:-1].replace("\\", "")
    return f"{local}@{domain}"


def local_mailbox(raw: bytes, hint: Hint | None = None) -> Mailbox | None:
    """A sender without a domain, as programs on the same machine write (`root`, `Moderator <moderator>`).

    It says who wrote, and can't be answered.
    """
    text = one_line(decode_words(unfold(raw)[: _MOST_LENGTH * 2], hint))
    match = _LOCAL.match(text)
    if match is None:
        return None
    return Mailbox((match[1] or match[4] or "").strip("\"' "), (match[2] or match[3]).lower())


def company_forms(address: str) -> Iterator[str]:
    """The address itself, then without its plus parts one by one: what a company may have as its own."""
    local, _, domain = address.rpartition("@")
    yield address
    while "+" in local:
        local = local.rpartition("+")[0]
        if local:
            yield f"{local}@{domain}"
