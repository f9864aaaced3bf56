"""Files that travel in a winmail.dat or uuencoded in a text are files of the mail."""

import binascii
import struct
import time

import pytest

from balcao.intake.domain.parse import extract, parse
from balcao.intake.domain.tnef import read_tnef
from tests.unit.intake.builders import a_file, a_mail, a_multipart, a_part
from tests.unit.intake.tnef_builder import (
    FILE_PROPERTIES,
    MESSAGE_PROPERTIES,
    NEW_FILE,
    a_message,
    a_tnef,
    attribute,
    binary_property,
    properties,
    text_property,
)
from tests.unit.intake.tnef_builder import a_file as a_tnef_file

WORDS = a_part("segue o contrato", "Content-Type: text/plain")


def in_mail(content: bytes) -> bytes:
    return a_multipart(WORDS, a_file(content, "winmail.dat", "application/ms-tnef"))


def test_the_files_of_a_winmail_dat_stand_in_its_place() -> None:
    raw = in_mail(a_tnef(a_tnef_file("contrato assinado.pdf", b"%PDF-1.7 a"), a_tnef_file("nota.txt", b"oi")))
    mail = parse(raw)
    assert [(one.part, one.name, one.size) for one in mail.attachments] == [
        ("2.1", "contrato assinado.pdf", 10),
        ("2.2", "nota.txt", 2),
    ]
    assert mail.attachments[0].media_type == "application/pdf"
    assert mail.text == "segue o contrato"


def test_a_file_in_a_winmail_dat_can_be_fetched_by_its_part() -> None:
    raw = in_mail(a_tnef(a_tnef_file("um.bin", b"primeiro"), a_tnef_file("dois.bin", b"segundo")))
    found = extract(raw, "2.2")
    assert found is not None
    assert (found[0].name, found[1]) == ("dois.bin", b"segundo")
    assert extract(raw, "2.3") is None
    assert extract(raw, "2") is None


def test_a_message_in_a_winmail_dat_gives_its_words_and_its_files() -> None:
    inner = a_message("Pedido antigo", "as palavras de dentro", a_tnef_file("mapa.gif", b"GIF89a.."))
    raw = in_mail(a_tnef(inner))
    assert [one.name for one in parse(raw).attachments] == ["Pedido antigo.txt", "mapa.gif"]
    found = extract(raw, "2.1")
    assert found is not None
    assert found[1].decode() == "as palavras de dentro"


def test_the_words_of_a_winmail_dat_are_the_mails_when_it_has_no_others() -> None:
    words = attribute(MESSAGE_PROPERTIES, properties(text_property(0x1000, "só aqui há palavras")), level=1)
    mail = parse(a_multipart(a_part(" \r\n", "Content-Type: text/plain"), a_file(a_tnef(words), "winmail.dat")))
    assert mail.text == "só aqui há palavras"


def test_html_in_a_winmail_dat_is_shown_and_read() -> None:
    html = attribute(MESSAGE_PROPERTIES, properties(binary_property(0x1013, b"<p>bom dia</p>")), level=1)
    mail = parse(a_multipart(a_file(a_tnef(html), "winmail.dat")))
    assert (mail.html, mail.text) == ("<p>bom dia</p>", "bom dia")


def test_a_winmail_dat_that_breaks_off_gives_what_it_had_and_stays_to_be_fetched() -> None:
    """Nothing is lost: what can't be read from it can still be taken as it came."""
    whole = a_tnef(a_tnef_file("inteiro.txt", b"inteiro"), a_tnef_file("cortado.txt", b"x" * 500))
    mail = parse(in_mail(whole[:-400]))
    assert mail.attachments[0].name == "inteiro.txt"
    assert "winmail.dat" in [one.name for one in mail.attachments]


def test_a_winmail_dat_with_nothing_to_show_stays_a_file() -> None:
    assert [one.name for one in parse(in_mail(a_tnef())).attachments] == ["winmail.dat"]


def test_a_file_that_is_only_called_winmail_dat_stays_as_it_is() -> None:
    (one,) = parse(in_mail(b"not what it says")).attachments
    assert (one.part, one.name) == ("2", "winmail.dat")


@pytest.mark.parametrize("count", [2**32 - 1, 2**31, 70_000], ids=str)
def test_counts_in_a_winmail_dat_are_not_believed(count: int) -> None:
    begun = time.process_time()
    for block in (
        struct.pack("<I", count),
        properties(struct.pack("<HHI", 0x101E, 0x3707, count)),
        properties(struct.pack("<HHI", 0x1003, 0x3707, count)),
        properties(struct.pack("<HHII", 0x1F, 0x3707, 1, count)),
        properties(struct.pack("<HH", 0x1F, 0x8001) + b"\0" * 16 + struct.pack("<II", 1, count)),
    ):
        found = read_tnef(a_tnef(attribute(NEW_FILE, b"\0"), attribute(FILE_PROPERTIES, block)))
        assert found is not None
        assert not found.is_whole
    assert time.process_time() - begun < 2


def test_messages_in_messages_are_opened_only_so_deep() -> None:
    inner = a_tnef_file("fundo.txt", b"fundo")
    for level in range(12):
        inner = a_message(f"nivel {level}", "x", inner)
    found = read_tnef(a_tnef(inner))
    assert found is not None
    assert [one.media_type for one in found.files] == ["text/plain"] * 3 + ["application/ms-tnef"]


def _uuencoded(name: str, content: bytes) -> str:
    lines = [binascii.b2a_uu(content[at : at + 45]).decode() for at in range(0, len(content), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


def test_a_uuencoded_file_in_the_text_is_a_file_and_no_words() -> None:
    content = bytes(range(256))
    raw = a_mail(f"segue a planilha\n\n{_uuencoded('vendas.dat', content)}\nabraço\n")
    mail = parse(raw)
    assert [(one.part, one.name, one.size) for one in mail.attachments] == [("1.1", "vendas.dat", 256)]
    assert mail.text.split() == ["segue", "a", "planilha", "abraço"]
    found = extract(raw, "1.1")
    assert found is not None
    assert found[1] == content


@pytest.mark.parametrize(
    "text",
    ["begin 644 no end of it\nwords\n", "we begin 644 things\n", "begin 644 a\nthese are words, not a file\nend\n"],
)
def test_words_that_look_like_uuencoding_stay_words(text: str) -> None:
    mail = parse(a_mail(text))
    assert mail.text == text
    assert mail.attachments == ()
