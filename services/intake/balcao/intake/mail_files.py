"""Mails in files: single ones, folders of them, Maildirs and mboxes, read one by one however large the whole is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_SEPARATOR = re.compile(rb"From \S.{0,400}?\d:\d{2}.{0,40}?\d{4}")
"""A line that begins a mail in an mbox. Not each `From `: programs forget to quote those in a text."""
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


class Unreadable(Exception):
    """A path that no mail can be had from; the text says why."""


@dataclass(frozen=True)
class Found:
    """One mail, or why there is none: then `raw` is empty. `size` is what it takes in its file."""

    name: str
    raw: bytes
    size: int
    problem: str = ""


def as_sent(raw: bytes) -> bytes:
    """A mail with the line ends it had on the wire. On disk most programs keep LF only; with CR LF it is the same mail
    as the one that came by SMTP, and is recognised as such."""
    return raw if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")


def check(path: Path) -> None:
    """Raise `Unreadable` for a path that is not there, or a folder without mails."""
    if not path.exists():
        raise Unreadable(f"{path}: there is no such file or folder")
    if path.is_dir() and not _files_of(path):
        raise Unreadable(f"{path}: neither a Maildir with mails in it nor a folder with .eml files")


def mails_of(path: Path, most_bytes: int) -> Iterator[Found]:
    """The mails at a path, in a fixed order. One larger than `most_bytes` is named, not read to its end."""
    for file in _files_of(path) if path.is_dir() else [path]:
        yield from _mails_in(file, most_bytes)


def size_of(path: Path) -> int:
    """How many bytes `mails_of` will go through; 0 for what is not there."""
    files = _files_of(path) if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def mails_in_mbox(file: BinaryIO, name: str, most_bytes: int) -> Iterator[Found]:
    """The mails of an mbox, with lines that begin with `>From ` as they were."""
    lines: list[bytes] = []
    number, size, blank, begun = 0, 0, True, False
    for line in _lines(file):
        if blank and _SEPARATOR.match(line):
            if begun:
                yield _of_mbox(f"{name}#{number}", lines, size, most_bytes)
            begun, number, lines, size = True, number + 1, [], 0
        else:
            size += len(line)
            if size <= most_bytes:
                lines.append(line)
        blank = line in {b"\n", b"\r\n"}
    if begun:
        yield _of_mbox(f"{name}#{number}", lines, size, most_bytes)


def _of_mbox(name: str, lines: list[bytes], size: int, most_bytes: int) -> Found:
    if size > most_bytes:
        return Found(name, b"", size, f"larger than {most_bytes} bytes")
    if lines and lines[-1] in {b"\n", b"\r\n"}:
        lines.pop()  # it belongs to the separator
    raw = _QUOTED.sub(rb"\1", b"".join(lines))
    return Found(name, as_sent(raw), size, "" if raw.strip() else "there is nothing in it")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines, very long ones in pieces."""
    while line := file.readline(1024 * 1024):
        yield line


def _mails_in(path: Path, most_bytes: int) -> Iterator[Found]:
    try:
        with path.open("rb") as file:
            if _SEPARATOR.match(file.readline(1000)):
                file.seek(0)
                yield from mails_in_mbox(file, str(path), most_bytes)
                return
            file.seek(0)
            raw = file.read(most_bytes + 1)
            size = path.stat().st_size
    except OSError as error:
        yield Found(str(path), b"", 0, error.strerror or type(error).__name__)
        return
    if len(raw) > most_bytes:
        yield Found(str(path), b"", size, f"larger than {most_bytes} bytes")
    else:
        yield Found(str(path), as_sent(raw), size, "" if raw.strip() else "there is nothing in it")


def _files_of(folder: Path) -> list[Path]:
    """The mails' files of a Maildir with its folders, or the .eml files anywhere below a folder."""
    boxes = [one for one in (folder, *sorted(folder.rglob("*"))) if _is_maildir(one)]
    if boxes:
        return [file for box in boxes for part in ("cur", "new") for file in _plain_files(box / part)]
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() == ".eml" and file.is_file())


def _is_maildir(folder: Path) -> bool:
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def _plain_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
