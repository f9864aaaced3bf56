"""Webhooks: what may be told to a company's own servers, which endpoints want it, and how it is signed."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from balcao.shared.errors import Invalid, Refused
from balcao.shared.events import (
    AnyEnvelope,
    Fact,
    Party,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskCreated,
    TaskPhaseEntered,
    TaskReopened,
    TicketStageEntered,
)
from balcao.shared.topology import TOLD_OUTSIDE

MOST_ENDPOINTS = 50
"""Of one company."""
MOST_KEEPERS = 5
LONGEST_OVERLAP = timedelta(days=7)
_SECRET_BYTES = 32
_PREFIX = "whsec_"

_PRODUCTION: frozenset[type[Fact]] = frozenset(
    {
        TicketStageEntered,
        TaskCreated,
        TaskPhaseEntered,
        TaskCompleted,
        TaskCancelled,
        TaskReopened,
        TaskAssigned,
    }
)
"""Where the work stands. Not public to requesters, but no words of one colleague to another."""

OFFERED: dict[str, type[Fact]] = {fact.type: fact for fact in sorted(TOLD_OUTSIDE, key=lambda one: one.type)}
"""What can be chosen, by type."""


class UnknownFactType(Invalid):
    """There is no such event type to subscribe to."""


class NeedsInternal(Invalid):
    """That event type holds the team's own words and needs an endpoint marked internal."""


class TooManyWebhooks(Refused):
    """The company has as many webhooks as it may have."""


class WebhookNotActive(Refused):
    """The webhook is paused or disabled."""


class Secret(BaseModel):
    """A secret to sign with, sealed; good until then, or for good."""

    model_config = ConfigDict(frozen=True)

    sealed: str
    until: datetime | None = None


class Endpoint(BaseModel):
    """A server of the company's that is told of facts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    company_id: str
    version: int = 1
    name: str
    url: str
    types: tuple[str, ...]
    internal: bool = False
    """Whether it may get what the team says among itself, private notes included (W7)."""
    state: Literal["active", "paused", "disabled"] = "active"
    """Paused by a person, disabled because its server failed for too long or said that it is gone."""
    reason: str = ""
    """Why it was disabled."""
    secrets: tuple[Secret, ...] = Field(min_length=1)
    """The newest first."""
    keepers: tuple[Party, ...] = ()
    """Those who set it up or changed it last, the latest first."""
    created_at: datetime
    updated_at: datetime

    def wants(self, type_: str) -> bool:
        """Whether facts of this type are told to it."""
        fact = OFFERED.get(type_)
        if self.state != "active" or type_ not in self.types or fact is None:
            return False
        return self.internal or not is_internal(fact)

    def signs_with(self, at: datetime) -> tuple[str, ...]:
        """The secrets in force, sealed, the newest first."""
        return tuple(one.sealed for one in self.secrets if one.until is None or one.until > at)


def is_internal(fact: type[Fact]) -> bool:
    """Whether only endpoints marked internal get it: everything that neither requesters see nor says just where the
    work stands. A fact that is added later is internal unless it is public by its type."""
    return not fact.public and fact not in _PRODUCTION


def check_types(types: Sequence[str], *, internal: bool) -> tuple[str, ...]:
    """The types as chosen, each once. Raises `UnknownFactType`, `NeedsInternal`."""
    chosen = tuple(dict.fromkeys(types))
    if unknown := [one for one in chosen if one not in OFFERED]:
        raise UnknownFactType("there is no such event type", types=unknown)
    if not internal and (private := [one for one in chosen if is_internal(OFFERED[one])]):
        words = "these need an endpoint marked internal: they hold what the team says among itself"
        raise NeedsInternal(words, types=private)
    return chosen


def rotated(endpoint: Endpoint, sealed: str, overlap: timedelta, at: datetime) -> tuple[Secret, ...]:
    """The secrets with a new one in front; the one before it goes on signing for the overlap, older ones no more."""
    before = endpoint.secrets[0]
    kept = (Secret(sealed=before.sealed, until=at + overlap),) if overlap else ()
    return (Secret(sealed=sealed), *kept)


def kept_by(endpoint_keepers: Sequence[Party], party: Party) -> tuple[Party, ...]:
    """The keepers with this one in front."""
    others = (one for one in endpoint_keepers if one.person_id != party.person_id)
    return (party, *others)[:MOST_KEEPERS]


def new_secret() -> str:
    """A fresh secret in the form of the Standard Webhooks specification."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature_headers(message_id: str, at: datetime, body: bytes, signed_with: Sequence[str]) -> dict[str, str]:
    """The three headers of the Standard Webhooks specification, one signature for each secret."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = []
    for secret in signed_with:
        key = base64.b64decode(secret.removeprefix(_PREFIX))
        signatures.append("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def payload(event: AnyEnvelope) -> bytes:
    """What is sent: the envelope as it is on the bus, without what is only for our own traces."""
    return event.model_copy(update={"traceparent": None}).to_json()
