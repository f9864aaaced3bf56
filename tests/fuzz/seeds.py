"""Mails of every kind that the reader knows, as raw material for mutants."""

import base64
import binascii
from pathlib import Path

from tests.bench.mails import samples
from tests.unit.intake.builders import a_file, a_mail, a_multipart, a_part, joined
from tests.unit.intake.tnef_builder import a_file as a_tnef_file
from tests.unit.intake.tnef_builder import a_message, a_tnef

_SUFFIXES = {".eml", ".msg"}
_MOST_BYTES = 1_500_000


def seeds(corpus: Path | None = None) -> list[bytes]:
    """Our own kinds of mail, and every mail below a folder."""
    own = [*_kinds(), *(one.raw for one in samples(6, "suporte@agencia.test"))]
    if corpus is None:
        return own
    paths = sorted(path for path in corpus.rglob("*") if path.suffix in _SUFFIXES)
    found = [path.read_bytes() for path in paths if path.stat().st_size <= _MOST_BYTES]
    # Files that would otherwise never be opened, such as winmail.dat contents, travel in a mail.
    files = [path.read_bytes() for path in sorted(corpus.rglob("*.tnef")) if path.stat().st_size <= _MOST_BYTES]
    return own + found + [_with_tnef(one) for one in files]


def _kinds() -> list[bytes]:
    return [
        a_mail(),
        a_mail("[workspace:loja] [prioridade:50]\r\n\r\nOn 1 Mar 2026, Ana wrote:\r\n> [tipo:1]\r\n-- \r\nDora\r\n"),
        a_mail("<p>oi</p><table><tr><td>1</td></tr></table><blockquote>x</blockquote>", Content_Type="text/html"),
        a_mail("=?q", Subject="=?utf-8?b?T2zDoQ==?= =?iso-8859-1?q?=E1=E9?= =?x-none?q?=80?="),
        a_mail(base64.encodebytes("não é".encode() * 40), Content_Transfer_Encoding="base64"),
        a_mail("ol=C3=A1=\r\n mundo", Content_Transfer_Encoding="quoted-printable"),
        a_mail(From='"Silva, José" <jose@x.test>, (c) b@y.test', To="grupo: a@x.test, b@x.test;", Cc="<@r:c@z.test>"),
        a_mail(_uuencoded(bytes(range(256)))),
        a_multipart(
            a_part("texto", "Content-Type: text/plain"),
            a_part('<img src="cid:logo@x">', "Content-Type: text/html"),
            a_file(b"\x89PNG\r\n\x1a\n", "logo.png", "image/png", "Content-ID: <logo@x>"),
            subtype="related",
        ),
        a_multipart(
            a_part(
                joined(a_part("a"), a_part("<b>a</b>", "Content-Type: text/html"), boundary="dentro"),
                'Content-Type: multipart/alternative; boundary="dentro"',
            ),
            a_part(b"x", "Content-Type: application/pdf; name*0*=utf-8''pr%C3%A9; name*1=via.pdf"),
            a_part(a_mail(), "Content-Type: message/rfc822"),
        ),
        _with_tnef(a_tnef(a_tnef_file("a.txt", b"abc"), a_message("dentro", "fala", a_tnef_file("b.gif", b"GIF89a")))),
        _bounce(),
        a_mail(Auto_Submitted="auto-replied", Subject="Resposta automática"),
        a_mail(Authentication_Results="mx.agencia.test; dmarc=pass header.from=cliente.test", References="<a@b> <c@d>"),
        a_mail("日本語".encode("iso-2022-jp"), Content_Type="text/plain; charset=iso-2022-jp"),
        a_mail("olá".encode("utf-16"), Content_Type="text/plain; charset=utf-16"),
    ]


def _with_tnef(content: bytes) -> bytes:
    return a_multipart(a_part("segue"), a_file(content, "winmail.dat", "application/ms-tnef"))


def _uuencoded(content: bytes) -> str:
    lines = [binascii.b2a_uu(content[at : at + 45]).decode() for at in range(0, len(content), 45)]
    return f"olá\nbegin 644 a.bin\n{''.join(lines)}`\nend\n"


def _bounce() -> bytes:
    status = "Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; x@y.test\r\nAction: failed\r\nStatus: 5.1.1"
    return a_multipart(
        a_part("Your message could not be delivered."),
        a_part(status, "Content-Type: message/delivery-status"),
        a_part(a_mail(), "Content-Type: message/rfc822"),
        subtype="report",
        From="MAILER-DAEMON@mx.test",
        Subject="Undelivered Mail Returned to Sender",
    )
