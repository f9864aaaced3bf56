"""The bytes of a mail, read back by an independent parser."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.notifier.letters.layout import Attachment, frame, plain

TEXTS = {
    "ascii": "Hello\n.\n..\nFrom here\n",
    "pt-BR": "Olá, não há ação melhor.\n" * 5,
    "one long line": "ação " * 1000,
    "japanese": "日本語のテキスト\n" * 20,
    "trailing spaces": "a  \nb\t\n-- \nc",
    "boundary-like": "--=_aKEY\n--=_aKEY--\n",
    "empty": "",
}


def read(raw: bytes) -> EmailMessage:
    """The mail as the standard library reads it; it has no complaint."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk()] == [[]] * len(list(message.walk()))
    return message


def body(message: EmailMessage, kind: str) -> str:
    """The text of one alternative, without the last line end."""
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n").rstrip("\n")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_text_and_html_come_back_as_they_were(text: str) -> None:
    message = read(frame(["Subject: x"], text, f"<p>{text}</p>", "KEY"))
    assert message.get_content_type() == "multipart/alternative"
    assert body(message, "plain") == text.rstrip("\n")
    assert body(message, "html") == f"<p>{text}</p>"


@given(st.text(max_size=400))
@settings(deadline=None)
def test_no_text_breaks_the_frame(text: str) -> None:
    raw = frame(["Subject: x"], text, text, "KEY")
    message = read(raw)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert body(message, "plain") == plain(text).rstrip("\n")
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 76
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


def test_files_go_along_as_they_are() -> None:
    content = bytes(range(256)) * 50
    files = [
        Attachment("Relatório.pdf", "application/pdf", content),
        Attachment("mail.eml", "message/rfc822", b"Subject: x\n\n\xff"),
        Attachment("x", 'text/html"; evil="\r\nBcc: y', b"<b>"),
        Attachment("empty", "text/plain", b""),
    ]
    message = read(frame(["Subject: x"], "texto", "<p>texto</p>", "KEY", files))
    assert message.get_content_type() == "multipart/mixed"
    assert body(message, "plain") == "texto"
    found = list(message.iter_attachments())
    assert [one.get_filename() for one in found] == [one.name for one in files]
    assert [one.get_content_type() for one in found] == [
        "application/pdf",
        "application/octet-stream",
        "application/octet-stream",
        "text/plain",
    ]
    assert [one.get_payload(decode=True) for one in found] == [one.content for one in files]


def test_text_in_a_script_of_its_own_takes_the_shorter_encoding() -> None:
    assert b"base64" in frame([], "日本語" * 50, "x", "KEY")
    assert b"base64" not in frame([], "Corrigimos o banner, que agora não falha. " * 50, "x", "KEY")
