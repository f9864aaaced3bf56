"""Mails in files: what is one, where it ends, and that it is the same mail as the one that came by SMTP."""

import io
from pathlib import Path

import pytest

from balcao.intake.mail_files import Found, Unreadable, as_sent, check, mails_in_mbox, mails_of, size_of
from tests.unit.intake.builders import a_mail, taken

MOST = 10_000
FROM = b"From dora@cliente.test Mon Mar  2 09:00:00 2026\n"


def on_disk(raw: bytes) -> bytes:
    """A mail as most programs keep it."""
    return raw.replace(b"\r\n", b"\n")


def in_mbox(*mails: bytes) -> bytes:
    """An mbox of them (mboxrd)."""
    quoted = (
        b"\n".join(b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in one.split(b"\n"))
        for one in map(on_disk, mails)
    )
    return b"".join(FROM + one + b"\n" for one in quoted)


def read_mbox(raw: bytes) -> list[Found]:
    """The mails of an mbox."""
    return list(mails_in_mbox(io.BytesIO(raw), "caixa", MOST))


def test_a_mail_is_the_same_one_on_disk_and_on_the_wire() -> None:
    raw = a_mail("um\r\n\r\nFrom agora em diante\r\n>From citado\r\n")
    (found,) = read_mbox(in_mbox(raw))
    assert found.raw == raw
    assert taken(found.raw).id == taken(raw).id
    assert taken(as_sent(on_disk(raw))).id == taken(raw).id


def test_an_mbox_is_cut_at_its_separators_only() -> None:
    first = a_mail("antes\r\n\r\nFrom here it goes on, at no time of day\r\n")
    unquoted = FROM + on_disk(first) + b"\n" + FROM + on_disk(a_mail("dois\r\n"))
    found = read_mbox(unquoted)
    assert [one.name for one in found] == ["caixa#1", "caixa#2"]
    assert found[0].raw == first


def test_what_is_too_large_or_empty_is_named_and_the_rest_goes_on() -> None:
    found = read_mbox(in_mbox(a_mail("um\r\n"), a_mail("x" * MOST + "\r\n"), b"", a_mail("quatro\r\n")))
    assert [(one.name, bool(one.raw.strip()), bool(one.problem)) for one in found] == [
        ("caixa#1", True, False),
        ("caixa#2", False, True),
        ("caixa#3", False, True),
        ("caixa#4", True, False),
    ]


def test_files_folders_and_maildirs_are_told_apart(tmp_path: Path) -> None:
    box = tmp_path / "Maildir"
    for part in ("cur", "new", "tmp", ".Enviadas/cur", ".Enviadas/new"):
        (box / part).mkdir(parents=True)
    (box / "cur" / "1:2,S").write_bytes(on_disk(a_mail("um\r\n")))
    (box / "new" / "2").write_bytes(on_disk(a_mail("dois\r\n")))
    (box / "tmp" / "3").write_bytes(b"meio")
    (box / ".Enviadas" / "cur" / "4").write_bytes(on_disk(a_mail("quatro\r\n")))
    folder = tmp_path / "soltas" / "2026"
    folder.mkdir(parents=True)
    (folder / "a.eml").write_bytes(a_mail("a\r\n"))
    (folder / "b.EML").write_bytes(a_mail("b\r\n"))
    (folder / "notas.txt").write_text("nada")
    (tmp_path / "caixa").write_bytes(in_mbox(a_mail("x\r\n"), a_mail("y\r\n")))

    def words(path: Path) -> list[bytes]:
        return [one.raw.split(b"\r\n\r\n", 1)[1] for one in mails_of(path, MOST)]

    assert words(box) == [b"um\r\n", b"dois\r\n", b"quatro\r\n"]
    assert words(tmp_path / "soltas") == [b"a\r\n", b"b\r\n"]
    assert words(tmp_path / "caixa") == [b"x\r\n", b"y\r\n"]
    assert words(folder / "a.eml") == [b"a\r\n"]
    assert size_of(folder / "a.eml") == len(a_mail("a\r\n"))


def test_a_path_without_mails_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no such"):
        check(tmp_path / "falta")
    with pytest.raises(Unreadable, match=r"neither a Maildir .* nor"):
        check(tmp_path)
