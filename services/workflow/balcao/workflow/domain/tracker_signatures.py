"""Whether a message comes from the tracker: each kind's own signature over the raw bytes."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from balcao.workflow.domain.tracker_mapping import TrackerKind

HEADERS: Mapping[TrackerKind, str] = {
    "generic": "x-balcao-signature",
    "github": "x-hub-signature-256",
    "jira": "x-hub-signature",
    "trello": "x-trello-webhook",
}
"""Where each kind's signature stands."""
DELIVERY_HEADERS = ("x-github-delivery", "x-atlassian-webhook-identifier", "webhook-id", "x-delivery-id")
"""Where the message's own id may stand."""
WANTED_HEADERS = frozenset({*HEADERS.values(), *DELIVERY_HEADERS, "x-github-event", "content-type"})
"""All that is kept of a message's headers."""


def is_signed(kind: TrackerKind, secret: str, headers: Mapping[str, str], body: bytes, callback_url: str) -> bool:
    """Whether the signature holds. `callback_url`, as the tracker was given it, is part of what Trello signs.

    GitHub, Jira and the generic kind: `sha256=` and the hex HMAC-SHA256 of the body (in Jira other hashes can be
    chosen, which are refused). Trello: the HMAC-SHA1 of body and address in base 64.
    """
    given = headers.get(HEADERS[kind], "").strip()
    if kind == "trello":
        signed = hmac.new(secret.encode(), body + callback_url.encode(), hashlib.sha1).digest()
        return hmac.compare_digest(base64.b64encode(signed), given.encode("utf-8", "replace"))
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def delivery_key(headers: Mapping[str, str], body: bytes, from_payload: str) -> str:
    """What makes this message the same as another: its own id, else its very bytes."""
    named = next((headers[name] for name in DELIVERY_HEADERS if headers.get(name)), "") or from_payload
    return named[:200] or hashlib.sha256(body).hexdigest()
