"""How a company's mail presents itself: names and addresses it goes out under, and what signs it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from balcao.shared.errors import Invalid, Refused
from balcao.shared.events import CompanyProfile

MOST_KEYS = 20
_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?")


class NotOurAddress(Invalid):
    """Mail goes out only under the company's own addresses: from any other, answers would not come back here."""


class SelectorTaken(Refused):
    """A key with this selector exists for the domain; take another name, so that old signatures stay checkable."""


class KeyInUse(Refused):
    """The key signs the company's mail; let another one sign first."""


class TooManyKeys(Refused):
    """The company has as many keys as it may have; delete old ones."""


class Signing(BaseModel):
    """Which key signs the mails of a domain."""

    model_config = ConfigDict(frozen=True)

    domain: str
    selector: str


class Identity(BaseModel):
    """What a company's administrators have set. None means what follows from the company's profile."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    company_id: str
    version: int = 0
    from_name: str | None = None
    from_address: str | None = None
    reply_address: str | None = None
    return_address: str | None = None
    signing: tuple[Signing, ...] = ()
    unsigned: Literal["send", "hold"] = "send"
    """What becomes of a mail that can't be signed though a key is set: it goes out unsigned, or waits."""
    changed_by: str | None = None
    """Id of who set it last."""
    changed_at: datetime | None = None

    def selector(self, domain: str) -> str | None:
        """The selector of the key that signs mail from this domain, if one does."""
        return next((one.selector for one in self.signing if one.domain == domain), None)

    def signed_with(self, domain: str, selector: str) -> "Identity":
        """The same with this key signing for the domain."""
        others = tuple(one for one in self.signing if one.domain != domain)
        return self.model_copy(update={"signing": (*others, Signing(domain=domain, selector=selector))})

    def unsigned_for(self, domain: str) -> "Identity":
        """The same with mail from the domain not signed any more."""
        return self.model_copy(update={"signing": tuple(one for one in self.signing if one.domain != domain)})


@dataclass(frozen=True)
class Sender:
    """The names and addresses of a mail of the company's."""

    name: str
    from_address: str
    reply_address: str
    """Where answers go; the ticket's token becomes its plus part."""
    return_address: str
    """Where reports of failure go, likewise."""

    @property
    def domain(self) -> str:
        """The domain that a signature has to be of, to be aligned with From (DMARC)."""
        return domain_of(self.from_address)


@dataclass(frozen=True)
class Key:
    """A key pair for signing. The private part is sealed and never leaves the service."""

    company_id: str
    domain: str
    selector: str
    public: str
    """DER in base64, as DNS wants it."""
    sealed: str
    created_at: datetime

    @property
    def dns_name(self) -> str:
        """Name of the TXT record to publish."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def dns_value(self) -> str:
        """Its value (RFC 6376, 3.6.1)."""
        return f"v=DKIM1; k=rsa; p={self.public}"


def sender_of(company: CompanyProfile, identity: Identity) -> Sender:
    """What the mails of a company go out under. An address it has no more counts as not set.

    The company must have an address.
    """
    first = company.addresses[0]
    reply = _own(identity.reply_address, company) or first
    return Sender(
        name=identity.from_name or company.name,
        from_address=_own(identity.from_address, company) or first,
        reply_address=reply,
        return_address=_own(identity.return_address, company) or reply,
    )


def require_own(company: CompanyProfile, **addresses: str | None) -> None:
    """Raise `NotOurAddress` for one that is given and not the company's."""
    for field, address in addresses.items():
        if address is not None and _own(address, company) is None:
            raise NotOurAddress(f"{field} has to be one of the company's own addresses", field=field)


def require_own_domain(company: CompanyProfile, domain: str) -> None:
    """Raise `NotOurAddress` for a domain in which the company has no address."""
    if domain not in {domain_of(one) for one in company.addresses}:
        raise NotOurAddress("the company has no address in this domain", field="domain")


def usable_selector(selector: str) -> str:
    """The selector as DNS has it. Raises `Invalid`."""
    lower = selector.strip().lower()
    if not _SELECTOR.fullmatch(lower):
        raise Invalid("a selector is letters, digits and hyphens, as a name in DNS", field="selector")
    return lower


def domain_of(address: str) -> str:
    """What stands behind the @, in lower case."""
    return address.rpartition("@")[2].lower()


def _own(address: str | None, company: CompanyProfile) -> str | None:
    if address is None:
        return None
    return next((own for own in company.addresses if own.lower() == address.lower()), None)
