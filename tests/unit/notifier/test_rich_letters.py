"""Answers written as HTML: the mail's two alternatives say the same, and its images go along."""

import email
import email.policy
from email.message import EmailMessage

from balcao.notifier.letters.case import Enclosed
from balcao.notifier.letters.layout import Attachment, frame
from balcao.notifier.letters.words import rich_words_of
from balcao.shared.events import FileRef
from tests.support.told_facts import REQUESTER, replied, said
from tests.unit.notifier.test_compose import mail_to, read

HTML = '<p>Olá, <b>Zoë</b></p><blockquote>antes</blockquote><p><img src="cid:aa@balcao" alt="logo"></p>'
RICH = replied(text="Olá, Zoë\n\n> antes\n\n[logo]", html=HTML)
LOGO = Attachment("logo.png", "image/png", b"\x89PNG", "aa@balcao")
SHEET = Attachment("lista.pdf", "application/pdf", b"%PDF")


def structure(message: EmailMessage) -> list[str]:
    """The types of all parts, in order."""
    return [part.get_content_type() for part in message.walk()]


def test_the_html_of_an_answer_is_in_its_mail_and_the_text_beside_it() -> None:
    """W7: sanitised where it came in; here it only gets the styles mail programs need."""
    mail = mail_to(REQUESTER, RICH)
    assert "<b>Zoë</b>" in mail.html
    assert '<blockquote class="quote" style="margin' in mail.html
    assert "&lt;b&gt;" not in mail.html
    assert "[logo]" in mail.text
    assert "<b>" not in mail.text


def test_an_answer_of_plain_text_is_escaped_as_ever() -> None:
    """W7"""
    assert rich_words_of(said(replied(text="<b>x</b>"))) == ""
    assert "&lt;b&gt;x&lt;/b&gt;" in mail_to(REQUESTER, replied(text="<b>x</b>")).html


def test_its_image_goes_along_as_a_part_of_the_text_and_a_file_as_an_attachment() -> None:
    """W11"""
    message = read(mail_to(REQUESTER, RICH, enclosed=Enclosed((LOGO, SHEET))))
    assert structure(message) == [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    image = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert (image["Content-ID"], image.get_content_disposition()) == ("<aa@balcao>", "inline")
    assert [part.get_filename() for part in message.iter_attachments()] == ["lista.pdf"]
    assert [part.defects for part in message.walk()] == [[]] * 7


def test_an_image_that_did_not_fit_is_named_and_leaves_no_hole() -> None:
    """W11"""
    left_out = FileRef(file_id="sha256:aa", name="logo.png", size=10**9, inline=True, content_id="aa@balcao")
    mail = mail_to(REQUESTER, RICH, enclosed=Enclosed((), (left_out,)))
    assert "<img" not in mail.html
    assert "logo.png" in mail.text


def test_a_content_id_that_is_none_becomes_no_header() -> None:
    """W11: nothing of a file reaches the headers."""
    bad = Attachment("x.png", "image/png", b"x", "a>\r\nBcc: mal@x.test")
    message = email.message_from_bytes(
        frame(["From: a@b.test"], "t", "<p>t</p>", "key", (bad,)), policy=email.policy.default
    )
    assert "Bcc" not in str(message)
    assert all(part["Content-ID"] is None for part in message.walk())
