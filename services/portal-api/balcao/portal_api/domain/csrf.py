"""Whether a request that changes something really comes from our own pages."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

_BYTES = 18


def token_for(secret: str, owner: str) -> str:
    """The token for one session (or, before sign-in, one browser).

    Each call masks it anew, so that what compression reveals of one page says nothing about the next.
    """
    mask = secrets.token_bytes(_BYTES)
    masked = bytes(a ^ b for a, b in zip(mask, _mac(secret, owner), strict=True))
    return base64.urlsafe_b64encode(mask + masked).decode()


def token_holds(token: str, secret: str, owner: str) -> bool:
    """Whether `token` was made for this owner."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii"))
    except ValueError:
        return False
    if len(raw) != 2 * _BYTES:
        return False
    mac = bytes(a ^ b for a, b in zip(raw[:_BYTES], raw[_BYTES:], strict=True))
    return hmac.compare_digest(mac, _mac(secret, owner))


def from_own_pages(headers: Mapping[str, str], own_url: str) -> bool:
    """Whether what the browser says of the request's origin allows it.

    Browsers send Sec-Fetch-Site where the connection is trusted, and Origin with every form; a request with neither
    comes from an old browser or a program, and has only its token to show.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    # The scheme is not compared: behind a proxy that ends TLS without saying so it is not known here.
    return urlsplit(origin).netloc.lower() == urlsplit(own_url).netloc.lower()


def _mac(secret: str, owner: str) -> bytes:
    return hmac.new(secret.encode(), b"csrf:" + owner.encode(), hashlib.sha256).digest()[:_BYTES]
