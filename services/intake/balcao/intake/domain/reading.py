"""Everything that a mail's bytes alone can tell: read, classified, folded, its directives found. The costly half.

It needs no company and no secret, so it can be done elsewhere: in this process for ordinary mails, in one that may be
killed for all others (`readers.py`).
"""

import hashlib
from dataclasses import dataclass

from balcao.intake.domain.classify import Nature, classify
from balcao.intake.domain.directives import directives
from balcao.intake.domain.entity import Entity, normalised, read_entity
from balcao.intake.domain.inside import may_be_tnef
from balcao.intake.domain.limits import LIMITS, LimitExceeded, Limits
from balcao.intake.domain.mail import Mail
from balcao.intake.domain.parse import read_mail
from balcao.intake.domain.quotes import quote_offset
from balcao.shared.events import MailDirective

MOST_TEXT = 100_000
"""Characters of text that facts carry; the raw mail keeps the rest."""

_ORDINARY_BYTES = 512 * 1024
_ORDINARY_PARTS = 40
_ORDINARY_FIELDS = 250
_ORDINARY_HEADER = 24 * 1024
_ORDINARY_WORDS = 64 * 1024
_ORDINARY_DELIMITERS = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail that could be read."""

    mail: Mail
    nature: Nature
    quote_at: int | None
    directives: tuple[MailDirective, ...]
    raw_digest: str
    """SHA-256 of the whole mail, for one without a Message-ID; else empty."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A mail that could not be read: by which rule, and why in words for people."""

    rule: str
    reason: str


def read(raw: bytes, envelope_sender: str | None, limits: Limits = LIMITS) -> Reading | Unread:
    """Read a mail. Never an error: what goes past a limit or breaks us is `Unread`, and kept for a person."""
    try:
        return _read(raw, read_entity(normalised(raw), limits), envelope_sender, limits)
    except LimitExceeded as error:
        return past_limit(error)
    except Exception as error:
        return broken(error)


def read_if_ordinary(raw: bytes, envelope_sender: str | None) -> Reading | Unread | None:
    """The same for a mail whose cost is known to be small; none for any other, which costs little to find out.

    Ordinary is measured in what reading takes time for: bytes of header, of words, parts. Attachments don't count: they
    are skipped by searching.
    """
    if len(raw) > _ORDINARY_BYTES:
        return None
    try:
        root = read_entity(normalised(raw), _STRUCTURE)
        return _read(raw, root, envelope_sender, LIMITS) if _is_ordinary(root) else None
    except LimitExceeded:
        return None  # the judgement is left to whoever reads it whole
    except Exception as error:
        return broken(error)


_STRUCTURE = Limits(
    parts=_ORDINARY_PARTS,
    nesting=12,
    header_fields=_ORDINARY_FIELDS,
    header_bytes=_ORDINARY_HEADER,
    delimiters=_ORDINARY_DELIMITERS,
)


def past_limit(error: LimitExceeded) -> Unread:
    """A mail that goes past a limit."""
    return Unread(f"limit_{error.limit}", str(error))


def broken(error: Exception) -> Unread:
    """A mail that breaks us: a person gets it, with what broke."""
    return Unread("unreadable", f"could not be read ({type(error).__name__})")


def _read(raw: bytes, root: Entity, envelope_sender: str | None, limits: Limits) -> Reading:
    mail = read_mail(root, limits)
    text = mail.text[:MOST_TEXT]
    quote_at = quote_offset(text)
    return Reading(
        mail=mail,
        nature=classify(mail, envelope_sender),
        quote_at=quote_at,
        directives=directives(mail.subject, text, quote_at),
        raw_digest=hashlib.sha256(raw).hexdigest() if mail.message_id is None else "",
    )


def _is_ordinary(root: Entity) -> bool:
    words = header = 0
    for one in root.walk():
        header += sum(len(name) + len(value) for name, value in one.fields)
        if one.children:
            continue
        if may_be_tnef(one, one.params.get("name", "")):
            return False
        if one.media_type.startswith(("text/", "message/", "multipart/")):
            words += one.end - one.start
        elif one.encoding not in {"base64", "7bit", "8bit", "binary", ""}:
            words += one.end - one.start  # it is decoded to know its size
    return words <= _ORDINARY_WORDS and header <= _ORDINARY_HEADER
