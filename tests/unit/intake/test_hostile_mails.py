"""Mails made to break the reader: they are held or read, quickly, and never raise."""

import time

import pytest
from bson import encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balcao.intake.domain import reading
from balcao.intake.domain.limits import Limits
from balcao.intake.domain.mail import OUTCOMES
from balcao.intake.domain.parse import parse
from balcao.shared.events import MailHeld
from tests.unit.intake.builders import a_file, a_mail, a_multipart, a_part, all_taken, joined, taken

FRAGMENTS = (
    b"From: ",
    b"To: ",
    b"Subject: ",
    b"Content-Type: ",
    b"multipart/mixed; boundary=",
    b"text/plain; charset=",
    b"message/rfc822",
    b"message/delivery-status",
    b"Content-Transfer-Encoding: base64\r\n",
    b"quoted-printable",
    b"=?utf-8?q?",
    b"=?utf-7?b?",
    b"?=",
    b"--b",
    b"--b--",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"boundary=b",
    b"<",
    b">",
    b"(",
    b'"',
    b"\\",
    b";",
    b"@",
    b"filename*0*=utf-8''%",
    b"begin 644 x\r\n",
    b"\x00",
    b"\xff\xfe",
    b"\x1b$B",
    b"+2AA-",
    b"charset=utf-16",
    b"charset=hz",
    b"> ",
    b"On 1 wrote:",
    b"-- \n",
    b"<html><body>",
    b"<!--",
    b"<table><tr><td>",
    b"&#xD800;",
    b"Action: failed\r\n",
    b"Status: 5.1.1\r\n",
    b"Final-Recipient: rfc822; ",
    b"Date: Thu, 99 Xxx 99999 99:99:99 +9999",
)
MAILISH = st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=12), max_size=60).map(b"".join)


def check(raw: bytes) -> None:
    """One outcome, and everything that is said of the mail fits on the bus and in the database."""
    one = taken(raw)
    assert one.outcome in OUTCOMES
    assert one.rule != "unreadable", "the last line of defence is for what nobody thought of"
    for fact in one.facts:
        fact.model_dump_json()
    encode({"subject": one.subject, "name": one.sender.name, "id": one.message_id, "e": one.evidence.model_dump()})


@given(st.binary(max_size=2000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_get_one_outcome(raw: bytes) -> None:
    check(raw)


@given(MAILISH)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_anything_that_looks_like_a_mail_gets_one_outcome(raw: bytes) -> None:
    check(raw)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_mail_gets_one_outcome(data: st.DataObject) -> None:
    whole = a_multipart(a_part("olá <b>", "Content-Type: text/html; charset=utf-8"), a_file(b"x" * 500), Cc="a@b.test")
    start = data.draw(st.integers(0, len(whole)))
    check(whole[:start] + data.draw(st.binary(max_size=20)) + whole[start + data.draw(st.integers(0, 40)) :])


def a_nest(depth: int) -> bytes:
    """Multiparts inside multiparts."""
    raw = a_part("fundo", "Content-Type: text/plain")
    for level in range(depth):
        name = f"n{level}n"
        raw = a_part(joined(raw, boundary=name), f"Content-Type: multipart/mixed; boundary={name}")
    return a_mail(b"").removesuffix(b"\r\n") + raw


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (a_nest(60), "limit_nesting"),
        (a_nest(3000), "limit_nesting"),
        (a_multipart(*[a_part("x")] * 1001), "limit_parts"),
        (a_mail(**{f"X{n}": "y" for n in range(2001)}), "limit_header"),
        (a_mail(X="y" * 300_000), "limit_header"),
        (a_mail(To=", ".join(f"p{n}@x.test" for n in range(1001))), "limit_recipients"),
    ],
    ids=["nesting", "deep nesting", "parts", "fields", "header", "recipients"],
)
def test_past_the_limits_a_mail_is_held_with_the_reason(raw: bytes, rule: str) -> None:
    one = taken(raw)
    (fact,) = one.facts

    assert (one.outcome, one.rule) == ("held", rule)
    assert isinstance(fact, MailHeld)
    assert fact.sender == "dora@cliente.test"
    assert fact.subject == "Banner de Natal"


def test_right_at_the_limits_a_mail_is_read() -> None:
    limits = Limits(parts=4, nesting=3, header_fields=30, recipients=2)
    raw = a_multipart(a_part("um"), a_part("dois"), a_part("três"), To="suporte@agencia.test, a@x.test")

    assert taken(raw, limits=limits).outcome == "accepted"
    assert taken(a_nest(3), limits=limits).outcome == "accepted"
    assert taken(a_nest(4), limits=limits).rule in {"limit_nesting", "limit_parts"}


@pytest.mark.parametrize(
    "raw",
    [
        a_mail(To='"' + "\\\"" * 30_000),
        a_mail(To="(" * 60_000),
        a_mail(To="<" * 60_000),
        a_mail(From='"' * 60_000),
        a_mail(Subject="=?utf-8?q?" * 6_000),
        a_mail(Subject="=?utf-8?q?a?= " * 4_000),
        a_mail(References="<" + "a" * 60_000),
        a_mail(References="<a@b> " * 10_000),
        a_mail(Content_Type="text/plain;" + " a=" * 2_000),
        a_mail(Content_Type='text/plain; name="' + "\\" * 8_000),
        a_mail(Content_Type="text/plain;" + "".join(f" name*{n}*=%41;" for n in range(900))),
        a_mail(Date="(" * 60_000),
        a_mail("--b\r\n" * 200_000, Content_Type="multipart/mixed; boundary=c"),
        a_mail("--b" * 300_000, Content_Type="multipart/mixed; boundary=b"),
        a_mail("--b \r\n" * 990, Content_Type="multipart/mixed; boundary=b"),
        a_mail("> " * 400_000),
        a_mail("a:\n" * 30_000),
        a_mail("On 1 " * 20_000 + "wrote:"),
        a_mail(("x" * 90 + "\n") * 10_000 + "On 1 Jan, a@b wrote:\n> x\n"),
        a_mail("<div>" * 50_000, Content_Type="text/html"),
        a_mail("<" * 200_000, Content_Type="text/html"),
        a_mail("<table><tr><td>" * 5_000, Content_Type="text/html"),
        a_mail("<!--" * 50_000, Content_Type="text/html"),
        a_mail("<style>" * 50_000, Content_Type="text/html"),
        a_mail("=" * 500_000, Content_Transfer_Encoding="quoted-printable"),
        a_mail("=" * 500_000, Content_Transfer_Encoding="base64"),
        a_mail("A=" * 250_000, Content_Transfer_Encoding="base64"),
        a_mail("A=\r\n" * 100_000, Content_Transfer_Encoding="base64"),
        a_mail("5.1.1 " * 50_000, From="MAILER-DAEMON@x.test", Subject="Undelivered"),
        a_mail("a@" * 100_000, From="MAILER-DAEMON@x.test", Subject="Undelivered"),
        a_mail("delivery to " * 20_000, From="MAILER-DAEMON@x.test", Subject="failed delivery " * 1000),
        a_mail("was not " * 30_000, From="MAILER-DAEMON@x.test"),
        a_multipart(*[a_part("Action: failed\r\n\r\n" * 500, "Content-Type: message/delivery-status")] * 300),
        b"\n" * 1_000_000,
        b":" * 1_000_000,
        b"a" * 1_000_000,
        b"a:\n" * 300_000,
    ],
)  # fmt: skip
def test_no_mail_takes_long(raw: bytes) -> None:
    taken(a_mail())  # what is loaded once
    begun = time.process_time()  # its own time: a busy machine is not the mail's doing
    one = taken(raw)

    assert time.process_time() - begun < 2.0
    assert one.outcome in OUTCOMES


HOSTILE_LINES = {
    "addresses and a colon": "a@" * 165 + " " + "b " * 30 + ":",
    "addresses, a date, quoted": "1 " + "a@" * 165 + " " + "b " * 30 + ":\n> x",
    "ats": "@" * 298 + ":",
    "blanks": " " * 298 + ":",
    "stars and blanks": "* " * 149 + ":",
    "field names": "de:\n" * 5 + "to" + " " * 297,
    "dashes": "-" * 298 + ":",
    "attributions": "1 wrote:\n> x",
    "colons": ": " * 149 + ":",
    "brackets": "[a:" * 99,
}


@pytest.mark.parametrize("line", HOSTILE_LINES.values(), ids=HOSTILE_LINES.keys())
def test_a_mail_full_of_hostile_lines_is_ordinary_and_quick(line: str) -> None:
    raw = a_mail(f"{line}\n" * (60_000 // len(line)))
    taken(a_mail())
    begun = time.process_time()

    assert reading.read_if_ordinary(raw, "dora@cliente.test") is not None
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    "raw",
    [
        a_mail("--" + " " * 400_000, Content_Type="multipart/mixed; boundary=c"),
        a_mail("--" + "x " * 200_000, Content_Type="multipart/mixed; boundary=c"),
        a_mail("-- \n" * 100_000, Content_Type="multipart/mixed; boundary=c"),
        a_multipart(*[a_part("x", "X: a" + "\n " * 120_000)] * 5),
        a_mail(To="1.1." * 15_000),
    ],
    ids=["dashes and blanks", "dashes and words", "signature lines", "folded fields", "a long word"],
)
def test_no_mail_takes_more_than_its_length(raw: bytes) -> None:
    taken(a_mail())
    begun = time.process_time()
    one = taken(raw)

    assert time.process_time() - begun < 1.0
    assert one.outcome in OUTCOMES


def test_a_mail_that_is_parted_very_often_is_not_ordinary() -> None:
    raw = a_mail("--b\n" + "x" * 3900 + "boundary=b--\n" + "--b--\n" * 5000, Content_Type="multipart/mixed; boundary=b")

    assert reading.read_if_ordinary(raw, "dora@cliente.test") is None
    assert taken(raw).outcome == "accepted"


def test_a_signature_line_is_no_boundary() -> None:
    raw = a_mail(
        "-- \nContent-free: words\n--b\nContent-Type: text/plain\n\nolá\n--b--\n",
        Content_Type="multipart/mixed; boundary=c",
    )

    assert parse(raw).text.strip() == "olá"


def test_a_step_that_breaks_holds_the_mail_at_every_company(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(reading, "classify", broken)
    agency, studio = all_taken(a_mail(), "suporte@agencia.test", "ola@estudio.test")

    assert (agency.outcome, agency.rule, studio.outcome) == ("held", "unreadable", "held")
    assert agency.reason == "could not be read (RecursionError)"
    assert [type(fact) for fact in agency.facts] == [MailHeld]


def test_nothing_at_all_is_held() -> None:
    one = taken(b"", sender="")

    assert one.outcome in {"held", "auto_replied"}
    assert taken(b"", sender="dora@cliente.test").outcome == "accepted", "an empty mail from somebody is still a mail"
