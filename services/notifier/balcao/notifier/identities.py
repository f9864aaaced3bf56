"""Under which names and addresses a company's mail goes out, and its signature; with a short memory."""

import asyncio
import time
from base64 import b64encode
from datetime import datetime

import structlog
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from prometheus_client import Counter

from balcao.notifier.domain import dkim
from balcao.notifier.domain.identity import (
    MOST_KEYS,
    Identity,
    Key,
    KeyInUse,
    Sender,
    TooManyKeys,
    require_own,
    require_own_domain,
    sender_of,
    usable_selector,
)
from balcao.notifier.store.identities import Identities
from balcao.shared.errors import NotFound, Stale
from balcao.shared.events import CompanyProfile
from balcao.shared.sealing import Seal, SealBroken

REMEMBERED_S = 30.0
"""What another replica was told to change shows here within this time."""
MOST_HASHED_AT_ONCE = 256 * 1024
"""A longer mail is hashed beside the event loop, so that others need not wait for it."""
_KEY_BITS = 2048

SIGNED = Counter("balcao_mail_signatures_total", "Mails by what became of their DKIM signature.", ["outcome"])

_log = structlog.get_logger()


class CannotSign(Exception):
    """A mail can't be signed now, and the company wants none to go out unsigned."""


class Presenting:
    """What a company's mail looks like from outside."""

    def __init__(self, identities: Identities, seal: Seal) -> None:
        self._identities = identities
        self._seal = seal
        self._known: dict[str, tuple[Identity, float]] = {}
        self._opened: dict[tuple[str, str, str], rsa.RSAPrivateKey] = {}

    async def sender(self, company: CompanyProfile) -> Sender | None:
        """What the company's mail goes out under; none for a company without any address."""
        return sender_of(company, await self._identity(company.id)) if company.addresses else None

    async def signed(self, raw: bytes, company: CompanyProfile, sender: Sender, at: datetime) -> bytes:
        """The mail with a signature before it, where a key is set for its From domain; else as it is.

        The same mail and moment give the same bytes. Raises `CannotSign` when it fails and the company wants its mail
        to wait then; otherwise it goes out unsigned, which is logged and counted.
        """
        identity = await self._identity(company.id)
        selector = identity.selector(sender.domain)
        if selector is None:
            return raw
        try:
            key = await self._private(company.id, sender.domain, selector)
            field = await _signature(raw, key, sender.domain, selector, at)
        except (NotFound, SealBroken, ValueError) as error:
            SIGNED.labels("failed").inc()
            _log.error("mail.not_signed", company_id=company.id, selector=selector, reason=type(error).__name__)
            if identity.unsigned == "hold":
                raise CannotSign(f"the key {selector} for {sender.domain} can't be used: {error}") from error
            return raw
        SIGNED.labels("signed").inc()
        return field + raw

    # What administrators set

    async def shown(self, company: CompanyProfile) -> tuple[Identity, list[Key]]:
        """What is set now, and all keys."""
        return await self._identities.of(company.id), await self._identities.keys(company.id)

    async def key(self, company_id: str, domain: str, selector: str) -> Key:
        """One of its keys. Raises `NotFound`."""
        return await self._identities.key(company_id, domain, selector)

    async def set(self, company: CompanyProfile, wanted: Identity, by: str, at: datetime) -> Identity:
        """Set names, addresses and what becomes of mail that can't be signed; the keys stay as they are.

        Raises `NotOurAddress`, and `Stale` when `wanted.version` is not the one that is kept.
        """
        require_own(
            company,
            from_address=wanted.from_address,
            reply_address=wanted.reply_address,
            return_address=wanted.return_address,
        )
        before = await self._identities.of(company.id)
        if before.version != wanted.version:
            raise Stale("somebody changed it meanwhile; look again", version=before.version)
        return await self._save(wanted.model_copy(update={"signing": before.signing}), by, at)

    async def make_key(self, company: CompanyProfile, domain: str, selector: str, at: datetime) -> Key:
        """Make a key pair for one of the company's domains. It signs nothing before `use_key`.

        Raises `NotOurAddress`, `Invalid`, `SelectorTaken` and `TooManyKeys`.
        """
        domain, selector = domain.strip().lower(), usable_selector(selector)
        require_own_domain(company, domain)
        if len(await self._identities.keys(company.id)) >= MOST_KEYS:
            raise TooManyKeys(f"a company may have {MOST_KEYS} keys", most=MOST_KEYS)
        private = await asyncio.to_thread(rsa.generate_private_key, 65_537, _KEY_BITS)
        key = Key(company.id, domain, selector, _public(private), self._seal.close(_pem(private)), at)
        await self._identities.add_key(key)
        return key

    async def use_key(self, company: CompanyProfile, domain: str, selector: str, by: str, at: datetime) -> Identity:
        """Have this key sign the domain's mail from now on, within half a minute in every replica.

        Raises `NotFound`, and `SealBroken` for a key that can't be read.
        """
        key = await self._identities.key(company.id, domain, selector)
        require_own_domain(company, domain)
        self._seal.open(key.sealed)
        return await self._save((await self._identities.of(company.id)).signed_with(domain, selector), by, at)

    async def stop_signing(self, company_id: str, domain: str, by: str, at: datetime) -> Identity:
        """Have the domain's mail go out unsigned from now on. Raises `NotFound` where no key signs it."""
        identity = await self._identities.of(company_id)
        if identity.selector(domain) is None:
            raise NotFound("no key signs mail from this domain")
        return await self._save(identity.unsigned_for(domain), by, at)

    async def delete_key(self, company_id: str, domain: str, selector: str) -> None:
        """Drop a key for good. Raises `NotFound`, and `KeyInUse` for the one that signs."""
        await self._identities.key(company_id, domain, selector)
        if (await self._identities.of(company_id)).selector(domain) == selector:
            raise KeyInUse("this key signs the domain's mail", selector=selector)
        await self._identities.delete_key(company_id, domain, selector)
        self._opened.pop((company_id, domain, selector), None)

    async def _save(self, identity: Identity, by: str, at: datetime) -> Identity:
        after = await self._identities.save(identity, by, at)
        self._known.pop(identity.company_id, None)
        return after

    async def _identity(self, company_id: str) -> Identity:
        known = self._known.get(company_id)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        identity = await self._identities.of(company_id)
        self._known[company_id] = (identity, time.monotonic() + REMEMBERED_S)
        return identity

    async def _private(self, company_id: str, domain: str, selector: str) -> rsa.RSAPrivateKey:
        """The opened key; a key never changes, so it is opened once."""
        place = (company_id, domain, selector)
        if place not in self._opened:
            key = await self._identities.key(*place)
            opened = serialization.load_pem_private_key(self._seal.open(key.sealed).encode(), password=None)
            if not isinstance(opened, rsa.RSAPrivateKey):
                raise ValueError("this is not an RSA key")
            self._opened[place] = opened
        return self._opened[place]


async def _signature(raw: bytes, key: rsa.RSAPrivateKey, domain: str, selector: str, at: datetime) -> bytes:
    def sign(what: bytes) -> bytes:
        return key.sign(what, padding.PKCS1v15(), hashes.SHA256())

    def made() -> bytes:
        return dkim.signature(raw, domain=domain, selector=selector, at=at, sign=sign)

    return await asyncio.to_thread(made) if len(raw) > MOST_HASHED_AT_ONCE else made()


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()
