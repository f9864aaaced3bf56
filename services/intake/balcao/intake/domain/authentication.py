"""Whether the sender is who the mail says: what our own mail server found out (RFC 8601). Its word only, nobody else's.

Anybody can write an Authentication-Results field. One counts only when it bears the configured server's name, and of
those the topmost: that server removes what strangers wrote in its name and puts its own on top.
"""

import re

from balcao.intake.domain.headers import Headers, unfold
from balcao.intake.domain.mail import Mailbox
from balcao.shared.events import SenderAuthentication

_MOST_BYTES = 16 * 1024
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*([a-z0-9-]{1,40})\s*=\s*([a-z]{1,20})", re.IGNORECASE)
_PROPERTY = re.compile(r"\b(header\.d|header\.i|header\.from|smtp\.mailfrom)\s*=\s*\"?([^\s;\"]{1,320})", re.IGNORECASE)
_RESULTS = frozenset(
    {"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy", "bestguesspass"}
)


def authentication(headers: Headers, trusted: str, sender: Mailbox | None) -> SenderAuthentication | None:
    """What the trusted server says of this mail; none when no server is trusted or it said nothing.

    `authenticated` holds when DMARC passed for the domain in From, or, where the server does not check DMARC, DKIM or
    SPF passed for that very domain.
    """
    if not trusted:
        return None
    for value in headers.every("authentication-results"):
        text = _COMMENT.sub(" ", unfold(value[:_MOST_BYTES]).decode("latin-1"))
        server, _, rest = text.partition(";")
        if (server.split() or [""])[0].lower() == trusted.lower():
            return _read(rest, trusted, sender)
    return None


def _read(rest: str, trusted: str, sender: Mailbox | None) -> SenderAuthentication:
    domain = sender.address.rpartition("@")[2] if sender is not None else ""
    found: dict[str, str] = {}
    vouched = False
    for clause in rest.split(";")[:50]:
        match = _RESULT.match(clause)
        if match is None or match[2].lower() not in _RESULTS:
            continue
        method, result = match[1].lower(), match[2].lower()
        # A mail may bear several signatures: one that holds is enough.
        if found.get(method) != "pass":
            found[method] = result
        if result == "pass" and method in {"dkim", "spf"}:
            named = {one[1].rpartition("@")[2].lower() for one in _PROPERTY.findall(clause)}
            vouched = vouched or domain in named
        if result == "pass" and method == "dmarc":
            named = {one[1].lower() for one in _PROPERTY.findall(clause) if one[0].lower() == "header.from"}
            vouched = vouched or not named or domain in named
    dmarc = found.get("dmarc")
    authenticated = bool(domain) and vouched and dmarc not in {"fail", "temperror", "permerror"}
    return SenderAuthentication(
        by=trusted, dmarc=dmarc, dkim=found.get("dkim"), spf=found.get("spf"), authenticated=authenticated
    )
