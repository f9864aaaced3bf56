"""Signatures of uploads: who may hand over a mail by HTTP, for whom, and that it is this very mail, now."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

VERSION = "v1"
GOOD_FOR_S = 300
"""How far a timestamp may be from our clock, either way."""

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_SIGNATURE = re.compile(rf"{VERSION}=([0-9a-f]{{64}})")


class BadSignature(Exception):
    """An upload is not signed as it should be; the text says what is wrong."""


def content_digest(raw: bytes) -> str:
    """The value of the Content-Digest field (RFC 9530) for a mail."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(raw).digest()).decode()}:"


def sign(secret: str, timestamp: int, query: str, digest: str) -> str:
    """The value of the Balcao-Signature field: HMAC-SHA256 over version, timestamp, query and digest, in lines."""
    signed = "\n".join((VERSION, str(timestamp), query, digest))
    return f"{VERSION}={hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()}"


def check(secrets: Sequence[str], timestamp: str, query: str, digest: str, signature: str, at: float) -> bytes:
    """The SHA-256 that the mail must have, when one of the secrets made the signature just now; needs no mail yet.

    `query` is the query string exactly as it was sent. Raises `BadSignature`. An upload that is sent again within the
    time is the same mail for the same recipients: it is recognised as a duplicate, like any other.
    """
    found = _DIGEST.fullmatch(digest.strip())
    if found is None:
        raise BadSignature("Content-Digest must be sha-256=:<base64>: of the mail")
    if not re.fullmatch(r"\d{1,12}", timestamp):
        raise BadSignature("Balcao-Timestamp must be seconds since 1970")
    if abs(at - int(timestamp)) > GOOD_FOR_S:
        raise BadSignature(f"Balcao-Timestamp must be within {GOOD_FOR_S} s of this server's clock")
    if not _SIGNATURE.fullmatch(signature.strip()):
        raise BadSignature(f"Balcao-Signature must be {VERSION}=<64 hexadecimal digits>")
    made = [sign(secret, int(timestamp), query, digest.strip()) for secret in secrets]
    if not any(hmac.compare_digest(one, signature.strip()) for one in made):
        raise BadSignature("the signature does not fit: check secret, query string and digest")
    return base64.b64decode(found[1])
