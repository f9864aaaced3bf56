"""Images inside the HTML of comments: `cid:` in what is kept and mailed, an address of ours on screen."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

_SOURCE = re.compile(r'(<img\b[^>]*?\ssrc=")cid:([^"]*)(")')

_HTML = ("html", "requested_html")
_FILES = ("files", "requested_files")
"""What fields with HTML are called, and with the files of its images."""


def on_screen(value: Any, number: int) -> Any:
    """A ticket's JSON with the images of its HTML at addresses that a browser of its viewer can open.

    An image counts only with a file of the same object: whoever may not see the file sees no image either.
    """
    if isinstance(value, Mapping):
        shown = {key: on_screen(inner, number) for key, inner in value.items()}
        for words in _HTML:
            if isinstance(shown.get(words), str) and "cid:" in shown[words]:
                there = dict(one for files in _FILES for one in _files(shown.get(files)))
                shown[words] = _addressed(shown[words], there, number)
        return shown
    return [on_screen(inner, number) for inner in value] if isinstance(value, list) else value


def _files(files: Any) -> Iterator[tuple[str, str]]:
    for file in files if isinstance(files, list) else ():
        if isinstance(file, Mapping) and file.get("content_id") and isinstance(file.get("file_id"), str):
            yield str(file["content_id"]), file["file_id"]


def _addressed(html: str, files: Mapping[str, str], number: int) -> str:
    def address(found: re.Match[str]) -> str:
        file_id = files.get(found[2])
        return f"{found[1]}/api/v1/files/{quote(file_id, safe=':/')}?ticket={number}{found[3]}" if file_id else ""

    return _SOURCE.sub(lambda found: address(found) or f"{found[1]}{found[3]}", html)
