"""Which files belong to a ticket: everything its viewer may see of it, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from balcao.shared.events import FileRef


def find_file(ticket: Mapping[str, Any], file_id: str) -> FileRef | None:
    """The reference to this file anywhere in the ticket as its viewer was given it; none when it is not there.

    The ticket decides who may open a file: whoever may not see an entry may not open what hangs on it.
    """
    for found in _references(ticket):
        if found.get("file_id") == file_id:
            try:
                return FileRef.model_validate(found)
            except ValidationError:
                return None
    return None


def _references(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("file_id"), str):
            yield value
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
