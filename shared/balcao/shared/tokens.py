"""Signed tokens: who is acting in a call between services, which ticket a reply address belongs to, who is let in."""

import base64
import hashlib
import hmac
import re
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import jwt
from pydantic import BaseModel, ConfigDict, ValidationError

from balcao.shared.errors import NotSignedIn
from balcao.shared.events import Party

INVITED_FOR = timedelta(days=14)
"""How long an invitation is good."""
NEW_PASSWORD_FOR = timedelta(hours=2)
"""How long a link to a new password is good, from the moment it was asked for."""
_INVITATION = "invitation"
_FOR_NEW_PASSWORD = "new-password"  # noqa: S105 - what a token is for
_APPROVAL = "approval"
_LIFETIME_S = 60
_MAC_BYTES = 8
TICKET_TOKEN = re.compile(r"t\.([a-z2-7]{26})\.([a-z2-7]{13})(?![a-z0-9])", re.IGNORECASE)
"""A ticket's token wherever it stands in a text; whether its signature holds, `read_ticket_token` says."""


class Acting(BaseModel):
    """The person on whose behalf a service is called, as the gateway established it."""

    model_config = ConfigDict(frozen=True)

    company_id: str
    person_id: str
    name: str
    address: str
    roles: tuple[str, ...] = ()
    locale: str | None = None

    @property
    def is_team(self) -> bool:
        """Whether they work at the desk or in production; guests have no role."""
        return bool(self.roles)

    def party(self) -> Party:
        """The person as facts carry them."""
        return Party(person_id=self.person_id, name=self.name, address=self.address, locale=self.locale)


def sign_acting(acting: Acting, secret: str, audience: str) -> str:
    """A token for one service, good for a minute."""
    issued = int(time.time())
    claims: dict[str, Any] = {"aud": audience, "iat": issued, "exp": issued + _LIFETIME_S, "act": acting.model_dump()}
    return jwt.encode(claims, secret, algorithm="HS256")


def read_acting(token: str, secret: str, audience: str) -> Acting:
    """Who a service token says is acting.

    Raises `NotSignedIn` for a token that is forged, expired, meant for another service, or broken.
    """
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], audience=audience, options={"require": ["exp", "act"]})
        return Acting.model_validate(claims["act"])
    except (jwt.PyJWTError, ValidationError) as error:
        raise NotSignedIn("the service token is not valid") from error


class Invitation(BaseModel):
    """Leave to set one's first password (O3)."""

    model_config = ConfigDict(frozen=True)

    company_id: str
    person_id: str
    expires_at: datetime
    nonce: str
    """Which invitation it is: the mail it goes out with has the same one however often it is written."""
    to: str
    """A digest of the address it was sent to, by `address_digest`: worth nothing once that is no longer theirs."""


def address_digest(address: str) -> str:
    """An address as an invitation names it, who may be seen over the shoulder. Case does not matter."""
    return hashlib.sha256(b"address:" + address.strip().lower().encode()).hexdigest()[:20]


def sign_invitation(invitation: Invitation, secret: str) -> str:
    """A token for a link; the same invitation always gives the same one."""
    return _sign_link(_INVITATION, invitation, secret, jti=invitation.nonce, to=invitation.to)


def read_invitation(token: str, secret: str) -> Invitation | None:
    """The invitation when its signature holds, expired or not; else none. Whether it is still good, the caller says."""
    claims = _read_link(_INVITATION, token, secret, jti=str, to=str)
    if claims is None:
        return None
    return Invitation(
        company_id=claims["co"],
        person_id=claims["sub"],
        expires_at=claims["exp"],
        nonce=claims["jti"],
        to=claims["to"],
    )


class NewPasswordLink(BaseModel):
    """Leave to set another password, for whoever reads the mail of one of the account's addresses (P1)."""

    model_config = ConfigDict(frozen=True)

    company_id: str
    person_id: str
    asked_at: datetime
    """When it was asked for: a password that was set later makes it worth nothing."""
    to: str
    """As of an invitation."""

    @property
    def expires_at(self) -> datetime:
        """From when on it is worth nothing in any case."""
        return self.asked_at + NEW_PASSWORD_FOR


def sign_new_password(link: NewPasswordLink, secret: str) -> str:
    """A token for a link; the same one always gives the same."""
    # In milliseconds, as the database keeps when a password was set.
    asked_at_ms = round(link.asked_at.timestamp() * 1000)
    return _sign_link(_FOR_NEW_PASSWORD, link, secret, at=asked_at_ms, to=link.to)


def read_new_password(token: str, secret: str) -> NewPasswordLink | None:
    """The link when its signature holds, expired or not; else none. Whether it is still good, the caller says."""
    claims = _read_link(_FOR_NEW_PASSWORD, token, secret, at=int, to=str)
    if claims is None:
        return None
    try:
        asked_at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=claims["at"])
    except OverflowError:
        return None
    return NewPasswordLink(company_id=claims["co"], person_id=claims["sub"], asked_at=asked_at, to=claims["to"])


class ApprovalLink(BaseModel):
    """Leave to answer one question for an approval, once, without signing in."""

    model_config = ConfigDict(frozen=True)

    company_id: str
    person_id: str
    ticket_id: str
    approval_id: str
    expires_at: datetime


def sign_approval(link: ApprovalLink, secret: str) -> str:
    """A token for a link; the same one always gives the same."""
    return _sign_link(_APPROVAL, link, secret, tk=link.ticket_id, jti=link.approval_id)


def read_approval(token: str, secret: str) -> ApprovalLink | None:
    """The link when its signature holds, expired or not; else none. Whether it is still good, `tickets` says."""
    claims = _read_link(_APPROVAL, token, secret, tk=str, jti=str)
    if claims is None:
        return None
    return ApprovalLink(
        company_id=claims["co"],
        person_id=claims["sub"],
        ticket_id=claims["tk"],
        approval_id=claims["jti"],
        expires_at=claims["exp"],
    )


class _Link(Protocol):
    """Leave for one person of one company, until some moment."""

    @property
    def company_id(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    @property
    def expires_at(self) -> datetime: ...


def _sign_link(use: str, link: _Link, secret: str, **more: str | int) -> str:
    """A token for one use and no other."""
    expires_at = int(link.expires_at.timestamp())
    claims = {"aud": use, "exp": expires_at, "co": link.company_id, "sub": link.person_id, **more}
    return jwt.encode(claims, secret, algorithm="HS256")


def _read_link(use: str, token: str, secret: str, **more: type) -> dict[str, Any] | None:
    """The claims of a token of this use, `exp` as an instant, when its signature holds and nothing is missing or of
    another type; expired or not."""
    needed = {"exp": int, "co": str, "sub": str, **more}
    options: Any = {"require": ["exp"], "verify_exp": False}
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], audience=use, options=options)
        if not all(type(claims[name]) is kind for name, kind in needed.items()):
            return None
        return {**claims, "exp": datetime.fromtimestamp(claims["exp"], UTC)}
    except (jwt.PyJWTError, KeyError, ValueError, OverflowError, OSError):
        return None


def ticket_mac(ticket_id: str, secret: str) -> str:
    """The signature that lets a mail address or Message-ID name a ticket: short, lower case, safe in a local part."""
    digest = hmac.new(secret.encode(), b"ticket:" + ticket_id.encode(), hashlib.sha256).digest()
    return _base32(digest[:_MAC_BYTES])


def ticket_token(ticket_id: str, secret: str) -> str:
    """`t.<ticket id in base 32>.<mac>`, for `support+<token>@` and for our own Message-IDs.

    42 characters, since a mail address has room for 64 before its @ (RFC 5321, 4.5.3.1.1).
    """
    return f"t.{_base32(uuid.UUID(ticket_id).bytes)}.{ticket_mac(ticket_id, secret)}"


def read_ticket_token(token: str, secret: str) -> str | None:
    """The ticket's id when the token's signature holds, else none. Case does not matter: mail systems change it."""
    found = TICKET_TOKEN.match(token.strip())
    if found is None:
        return None
    ticket_id = str(uuid.UUID(bytes=base64.b32decode(found[1].upper() + "======")))
    return ticket_id if hmac.compare_digest(ticket_mac(ticket_id, secret), found[2].lower()) else None


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def company_address_with_token(address: str, ticket_id: str, secret: str) -> str:
    """The company's address with the ticket's token as a plus part: where answers should go."""
    local, _, domain = address.partition("@")
    return f"{local}+{ticket_token(ticket_id, secret)}@{domain}"
