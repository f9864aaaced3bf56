"""Archives that no scanner can look into."""

import io
import zipfile

import pytest

from balcao.intake.domain.archives import is_encrypted
from balcao.shared.events import MessageReceived
from tests.unit.intake.builders import a_file, a_multipart, a_part, taken


def a_zip(*names: str, encrypted: int | None = None) -> bytes:
    """A ZIP of these; the one with that number says that it is encrypted."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"" if name.endswith("/") else b"arte " * 50)
        places = [one.header_offset for one in archive.infolist()]
    content = bytearray(file.getvalue())
    if encrypted is not None:
        content[places[encrypted] + 6] |= 1
    return bytes(content)


def test_an_encrypted_zip_says_so_by_any_of_its_entries() -> None:
    assert is_encrypted(a_zip("a.txt", encrypted=0))
    assert is_encrypted(a_zip("pasta/", "pasta/a.txt", "b.txt", encrypted=2))
    assert not is_encrypted(a_zip("pasta/", "pasta/a.txt", "b.txt"))


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04", b"PK\x03\x04" + b"\xfe" * 100, b"%PDF-1.5 \x01" * 90])
def test_what_is_none_or_broken_is_not_marked(content: bytes) -> None:
    assert not is_encrypted(content)


@pytest.mark.parametrize("encrypted", [None, 0])
def test_a_mail_marks_the_encrypted_archive_it_brings(encrypted: int | None) -> None:
    content = a_zip("fotos.txt", "b.txt", encrypted=encrypted)
    raw = a_multipart(a_part("segue"), a_file(content, "fotos.zip", "application/zip"), a_file(b"x"))
    (fact,) = taken(raw).facts
    assert isinstance(fact, MessageReceived)
    assert [(file.name, file.encrypted) for file in fact.files] == [
        ("fotos.zip", encrypted is not None),
        ("arte.pdf", False),
    ]
