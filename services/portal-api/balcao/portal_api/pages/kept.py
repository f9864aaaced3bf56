"""What was typed into a form that was refused, and what somebody else did meanwhile: nothing typed is lost."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """Something that happened to a ticket after the version a form was written on."""

    words: str
    at: str | None


@dataclass(frozen=True)
class Kept:
    """A refused form: its command, what was typed, and why it was refused in words."""

    command: str
    values: dict[str, str]
    words: str
    is_stale: bool = False
    changes: Sequence[Change] = ()
    """What others did meanwhile, oldest first, where the form was decided on an older version."""
    version: str = ""
    """The version to decide on now, to apply it all the same."""

    def get(self, command: str, field: str, otherwise: str = "") -> str:
        """What was typed into this field of this command's form."""
        return self.values.get(field, otherwise) if command == self.command else otherwise
