"""Files that travel inside another part: in a winmail.dat, or uuencoded in a text."""

from dataclasses import dataclass

from balcao.intake.domain.charsets import Hint
from balcao.intake.domain.entity import Entity
from balcao.intake.domain.headers import decode_words
from balcao.intake.domain.tnef import SIGNATURE, read_tnef
from balcao.intake.domain.uuencode import split_uu

_TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef", "application/x-ms-tnef"})
_TNEF_NAMES = frozenset({"winmail.dat", "win.dat"})


@dataclass(frozen=True, slots=True)
class InnerFile:
    """A file inside a part; what it says of itself, empty where it says nothing."""

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """What a container holds. `is_all` is false when the container should be offered too: something stays in it."""

    files: tuple[InnerFile, ...]
    text: str = ""
    html: str = ""
    is_all: bool = True


def may_be_tnef(entity: Entity, name: str) -> bool:
    """Whether a part says that it is a winmail.dat."""
    return entity.media_type in _TNEF_TYPES or name.lower() in _TNEF_NAMES


def inside_tnef(entity: Entity) -> Inside | None:
    """What a winmail.dat holds; none when the part is none."""
    content = entity.content()
    if not content.startswith(SIGNATURE):
        return None
    found = read_tnef(content)
    if found is None:
        return None
    files = tuple(InnerFile(one.name, one.media_type, one.content, one.content_id) for one in found.files)
    shows = bool(files or found.text.strip() or found.html.strip())
    return Inside(files, found.text, found.html, is_all=found.is_whole and shows)


def inside_text(content: bytes, hint: Hint | None) -> tuple[bytes, tuple[InnerFile, ...]]:
    """The words of a text, and the files that stand uuencoded in it."""
    if b"begin " not in content:
        return content, ()
    words, files = split_uu(content)
    return words, tuple(InnerFile(decode_words(one.name, hint), "", one.content) for one in files)
