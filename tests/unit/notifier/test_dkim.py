"""Signatures as somebody else's program checks them (dkimpy), and what they hold fast."""

from base64 import b64encode

import dkim as verifier
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from balcao.notifier.domain.dkim import signature
from tests.support.told_facts import AT

KEY = rsa.generate_private_key(65_537, 2048)
PUBLIC = b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
)
HEAD = (
    b"Date: Mon, 02 Nov 2026 12:00:00 +0000\r\n"
    b"From: =?utf-8?b?QWfDqm5jaWEgQXVyb3Jh?= <suporte@aurora.example>\r\n"
    b"To: Zoe  <zoe@cliente.example>\r\n"
    b"Reply-To: Aurora\r\n <suporte+t.x.y@aurora.example>\r\n"
    b"Subject: [#12]  Banner de P=?utf-8?q?=C3=A1scoa?=\r\n\t com   dobras\r\n"
    b"Message-ID: <1@aurora.example>\r\n"
    b"References: <a@b.example>\r\n <c@d.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain\r\n"
)
BODIES = {
    "a text": b"Ola,\r\n\r\ncorrigido.\r\n",
    "spaces and tabs": b"um  \t dois \r\n \r\n  tres\t\r\n",
    "empty lines at the end": b"texto\r\n\r\n\r\n",
    "no line end": b"texto",
    "nothing": b"",
    "only empty lines": b"\r\n\r\n",
    "dots": b".\r\n..\r\n",
    "long": b"linha com palavras\r\n" * 30_000,
}


def sign(what: bytes) -> bytes:
    return KEY.sign(what, padding.PKCS1v15(), hashes.SHA256())


def signed(raw: bytes) -> bytes:
    return signature(raw, domain="aurora.example", selector="s1", at=AT, sign=sign) + raw


def holds(raw: bytes) -> bool:
    """Whether the independent verifier finds the signature good, asking its key of our DNS."""

    def record(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        assert name == b"s1._domainkey.aurora.example."
        return b"v=DKIM1; k=rsa; p=" + PUBLIC

    return bool(verifier.verify(raw, dnsfunc=record))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_another_program_finds_the_signature_good(body: bytes) -> None:
    assert holds(signed(HEAD + b"\r\n" + body))


def test_what_servers_do_to_spaces_and_folds_does_not_break_it() -> None:
    raw = signed(HEAD + b"\r\num dois\r\ntres\r\n")
    touched = raw.replace(b"Zoe  <zoe", b"Zoe <zoe").replace(b"um dois\r\n", b"um   dois  \r\n") + b"\r\n\r\n"
    assert touched != raw
    assert holds(touched)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"corrigido", b"estragado"),
        (b"Subject: [#12]", b"Subject: [#13]"),
        (b"<suporte@aurora.example>", b"<outro@aurora.example>"),
        (b"To: Zoe", b"To: Eva"),
        (b"<c@d.example>", b"<e@f.example>"),
        (b"Subject: [#12]", b"Subject: isca\r\nSubject: [#12]"),
        (b"From: =", b"From: chefe@banco.example\r\nFrom: ="),
    ],
    ids=["body", "subject", "sender", "recipient", "thread", "second subject", "second sender"],
)
def test_nothing_that_a_reader_sees_can_be_changed_or_added(before: bytes, after: bytes) -> None:
    raw = signed(HEAD + b"\r\nOla,\r\n\r\ncorrigido.\r\n")
    assert before in raw
    assert holds(raw)
    assert not holds(raw.replace(before, after, 1))


def test_the_same_mail_has_the_same_signature() -> None:
    """A second copy after a crash has to be recognisable as one."""
    assert signed(HEAD + b"\r\nx\r\n") == signed(HEAD + b"\r\nx\r\n")


def test_no_line_of_it_is_long_or_bare() -> None:
    field = signature(HEAD + b"\r\nx\r\n", domain="aurora.example", selector="s1", at=AT, sign=sign)
    assert max(len(line) for line in field.split(b"\r\n")) <= 78
    assert field.endswith(b"\r\n")
    assert field.replace(b"\r\n", b"").count(b"\n") == 0
