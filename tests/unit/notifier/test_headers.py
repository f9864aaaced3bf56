"""Header fields: encoded so that any program reads them, folded, and closed to injection."""

import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.notifier.letters import headers


def parsed(*fields: str) -> EmailMessage:
    """The fields as an independent parser reads them."""
    message = email.message_from_bytes("\r\n".join((*fields, "", "")).encode("ascii"), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(
    "subject",
    [
        "[#12] Banner",
        "[#12] Banner de Páscoa não abre",
        "ç" * 120,
        "日本語の件名" * 15,
        "👩‍👩‍👧‍👦 família " * 8,
        "=?utf-8?b?ZmFrZQ==?=",
        "plain but long " * 20,
    ],
)
def test_any_subject_comes_back_as_it_was(subject: str) -> None:
    field = headers.unstructured("Subject", subject)
    assert all(len(line) <= 76 for line in field.split("\r\n"))
    assert parsed(field)["subject"] == subject.strip()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_makes_a_subject_that_is_two_fields(text: str) -> None:
    field = headers.unstructured("Subject", text)
    assert all(line.startswith(" ") for line in field.split("\r\n")[1:])
    assert "\n" not in field.replace("\r\n ", "")
    assert "\r" not in field.replace("\r\n ", "")
    assert parsed(field).keys() == ["Subject"]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x00"])
def test_a_line_end_in_subject_or_name_cannot_begin_another_field(end: str) -> None:
    attack = f"Oi{end}Bcc: todos@fora.example{end}{end}<script>"
    message = parsed(
        headers.unstructured("Subject", attack),
        headers.mailbox("From", attack, "suporte@aurora.example"),
        headers.mailbox("To", attack + "ç", "zoe@cliente.example"),
    )
    assert message.keys() == ["Subject", "From", "To"]
    assert message.get_payload() == ""
    assert message["from"].addresses[0].addr_spec == "suporte@aurora.example"
    assert message["to"].addresses[0].addr_spec == "zoe@cliente.example"


@settings(deadline=None)
@given(st.text(max_size=100))
def test_no_display_name_changes_the_address(name: str) -> None:
    message = parsed(headers.mailbox("To", name, "zoe@cliente.example"))
    assert message.keys() == ["To"]
    assert [one.addr_spec for one in message["to"].addresses] == ["zoe@cliente.example"]


@pytest.mark.parametrize("name", ["Zoë Guimarães", "Silva, Ana", 'O "Chefe"', "Barra \\ Invertida", "=?x?=", "Ç" * 90])
def test_any_display_name_comes_back_as_it_was(name: str) -> None:
    raw = headers.mailbox("From", name, "ana@aurora.example").removeprefix("From: ").replace("\r\n", "")
    phrase, address = parseaddr(raw)
    # Not by policy.default, which puts a space between encoded words of a phrase (RFC 2047, 6.2, says none).
    assert str(make_header(decode_header(phrase))) == name
    assert address == "ana@aurora.example"


def test_a_name_that_is_the_address_is_not_said_twice() -> None:
    assert headers.mailbox("From", "a@b.example", "a@b.example") == "From: a@b.example"


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("zoe@cliente.example", "zoe@cliente.example"),
        (" zoe+tag@cliente.example ", "zoe+tag@cliente.example"),
        ("zoe@maçã.example", "zoe@xn--ma-tiap.example"),
    ],
)
def test_an_address_goes_on_the_wire_in_ascii(address: str, wire: str) -> None:
    assert headers.usable_address(address) == wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "zoe",
        "@cliente.example",
        "zoe@",
        "zoe@cliente..example",
        "zoë@cliente.example",
        "zoe@cliente.example>\r\nRCPT TO:<outro@fora.example",
        "zoe@cliente.example, outro@fora.example",
        "zoe outro@cliente.example",
        '"zoe"@cliente.example',
        f"{'z' * 250}@cliente.example",
        f"zoe@{'ç' * 70}.example",
    ],
)
def test_what_no_mail_can_be_sent_to_is_refused(address: str) -> None:
    with pytest.raises(headers.AddressUnusable):
        headers.usable_address(address)


def test_only_message_ids_get_into_references() -> None:
    """They come from requesters' mails, so anything may stand there."""
    hostile = ["<a@b>", "junk <c@d> <e@f>", "<g@h>\r\nBcc: x@y", "no id", "<" + "x" * 400 + "@y>", "<a@b>", "<ç@d>"]
    field = headers.message_ids("References", hostile)
    assert field == "References: <a@b>\r\n <c@d>\r\n <e@f>\r\n <g@h>"
    assert headers.message_ids("In-Reply-To", ["nothing"]) is None


def test_of_a_long_thread_the_first_and_the_newest_stay() -> None:
    field = headers.message_ids("References", [f"<{n}@x>" for n in range(100)])
    assert field is not None
    kept = field.removeprefix("References: ").split("\r\n ")
    assert kept == ["<0@x>", *(f"<{n}@x>" for n in range(81, 100))]


@pytest.mark.parametrize(
    ("name", "comes_back"),
    [
        ("plano.pdf", "plano.pdf"),
        ("Relatório de março.xlsx", "Relatório de março.xlsx"),
        ('a"b.txt', 'a"b.txt'),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("x\r\nBcc: y.txt", "x Bcc: y.txt"),
        ("", "file"),
        ("ç" * 300 + ".pdf", "ç" * 98 + ".pdf"),
    ],
)
def test_a_file_name_comes_back_harmless(name: str, comes_back: str) -> None:
    message = parsed(f"Content-Disposition: attachment;\r\n {headers.file_name(name)}")
    assert message.get_filename() == comes_back
    assert message.keys() == ["Content-Disposition"]
