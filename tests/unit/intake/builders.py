"""Mails with defaults, and the pipeline that tests run them through."""

import base64
from datetime import UTC, datetime

from balcao.intake.domain.address import Directory
from balcao.intake.domain.limits import LIMITS, Limits
from balcao.intake.domain.mail import Delivery
from balcao.intake.domain.pipeline import Pipeline, Taken
from balcao.shared.events import CompanyProfile

SECRET = "a secret that only this test knows, 32+"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICKET = "0b41c0a1-1d2c-5c2e-9f0a-6d1f7a5258a4"

AGENCY = CompanyProfile(
    id="agencia", slug="agencia", name="Agência", addresses=("suporte@agencia.test", "contato@agencia.test")
)
STUDIO = CompanyProfile(id="estudio", slug="estudio", name="Estúdio", addresses=("ola@estudio.test",))
DIRECTORY = Directory((AGENCY, STUDIO))

_DEFAULTS = {
    "From": "Dora <dora@cliente.test>",
    "To": "Suporte <suporte@agencia.test>",
    "Subject": "Banner de Natal",
    "Message-ID": "<um@cliente.test>",
    "Date": "Mon, 02 Mar 2026 06:00:00 -0300",
    "MIME-Version": "1.0",
}


def a_mail(body: str | bytes = "Precisamos de um banner.\r\n", **fields: str | None) -> bytes:
    """A mail; `Content_Type="…"` sets a field, none leaves one out."""
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    lower = {name.lower() for name in given}
    values = {name: value for name, value in _DEFAULTS.items() if name.lower() not in lower} | given
    head = "".join(f"{name}: {value}\r\n" for name, value in values.items() if value is not None)
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + (body if isinstance(body, bytes) else body.encode())


def a_part(content: str | bytes, *fields: str) -> bytes:
    """One part of a multipart."""
    raw = content if isinstance(content, bytes) else content.encode()
    return "".join(f"{one}\r\n" for one in fields).encode() + b"\r\n" + raw


def a_file(content: bytes, name: str = "arte.pdf", media_type: str = "application/pdf", *more: str) -> bytes:
    """An attachment in base64."""
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    fields = (
        f"Content-Type: {media_type}",
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
        *more,
    )
    return a_part(encoded, *fields)


def joined(*parts: bytes, boundary: str = "fronteira") -> bytes:
    """Parts with delimiters between them."""
    line = f"--{boundary}".encode()
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def a_multipart(*parts: bytes, subtype: str = "mixed", boundary: str = "fronteira", **fields: str | None) -> bytes:
    """A mail of several parts."""
    content_type = f'multipart/{subtype}; boundary="{boundary}"'
    return a_mail(joined(*parts, boundary=boundary), **{"Content_Type": content_type, **fields})


def a_delivery(*recipients: str, sender: str | None = "dora@cliente.test") -> Delivery:
    """How a mail came; to the agency's first address unless said otherwise."""
    return Delivery(received_at=AT, recipients=recipients or ("suporte@agencia.test",), sender=sender)


def taken(raw: bytes, *recipients: str, sender: str | None = "dora@cliente.test", limits: Limits = LIMITS) -> Taken:
    """What becomes of a mail at the one company it is for."""
    (one,) = all_taken(raw, *recipients, sender=sender, limits=limits)
    return one


def all_taken(
    raw: bytes, *recipients: str, sender: str | None = "dora@cliente.test", limits: Limits = LIMITS
) -> tuple[Taken, ...]:
    """What becomes of a mail at every company it is for."""
    return Pipeline(DIRECTORY, SECRET, limits).take(raw, a_delivery(*recipients, sender=sender))
