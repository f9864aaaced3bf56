"""What was typed into a form that was refused, and what somebody else did meanwhile: nothing typed is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


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
    several: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """All values of the fields that were sent more than once."""

    def get(self, command: str, field: str, otherwise: str = "") -> str:
        """What was typed into this field of this command's form."""
        return self.values.get(field, otherwise) if command == self.command else otherwise

    def all(self, command: str, field: str, otherwise: Sequence[str] = ()) -> Sequence[str]:
        """What was ticked of this field of this command's form."""
        if command != self.command:
            return otherwise
        return self.several.get(field) or [one for one in (self.values.get(field),) if one]

    def pairs(self) -> list[tuple[str, str]]:
        """All that was sent, as a form of hidden fields sends it once more."""
        return [(name, value) for name, last in self.values.items() for value in self.several.get(name, (last,))]
