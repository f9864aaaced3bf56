"""How much a mail may ask of us. Past a limit it is held with its raw text, never refused for its form."""

from dataclasses import dataclass


class LimitExceeded(Exception):
    """A mail goes past a limit. `limit` names it in one word, the message is for people."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts and bytes of one mail. Its size as a whole is limited where it comes in."""

    parts: int = 1000
    nesting: int = 50
    header_fields: int = 2000
    header_bytes: int = 256 * 1024
    recipients: int = 1000
    delimiters: int = 20_000
    """Lines that might part a multipart, looked at in the whole mail."""


LIMITS = Limits()
