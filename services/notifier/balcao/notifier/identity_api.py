"""HTTP routes of how a company's mail presents itself: names, addresses, and keys that sign. For administrators."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from balcao.notifier.companies import Companies
from balcao.notifier.domain.identity import Identity, Key, sender_of
from balcao.notifier.domain.key_record import Standing
from balcao.notifier.identities import Presenting
from balcao.notifier.key_lookup import KeyLookup
from balcao.shared.clock import now
from balcao.shared.errors import Invalid, NotAllowed, NotFound
from balcao.shared.events import CompanyProfile
from balcao.shared.http import caller
from balcao.shared.tokens import Acting

Caller = Annotated[Acting, Depends(caller("notifier"))]
Domain = Annotated[str, Path(max_length=253)]
Selector = Annotated[str, Path(max_length=127)]
Address = Annotated[str, Field(max_length=320)]


class IdentityBody(BaseModel):
    """Names and addresses of a company's mail; null means what follows from its profile."""

    model_config = ConfigDict(extra="forbid")

    from_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    from_address: Address | None = Field(default=None, description="One of the company's own addresses.")
    reply_address: Address | None = Field(default=None, description="Likewise; it must take a plus part.")
    return_address: Address | None = Field(
        default=None, description="Where reports of failure go; likewise. Null: as `reply_address`."
    )
    unsigned: Literal["send", "hold"] = Field(
        default="send", description="What becomes of a mail that can't be signed though a key is set."
    )


class NewKey(BaseModel):
    """A key pair to make for one of the company's domains."""

    model_config = ConfigDict(extra="forbid")

    domain: str = Field(max_length=253)
    selector: str = Field(max_length=127, description="Name of the key in DNS; a new one for each key.")


class KeyOut(BaseModel):
    """A key pair, without its private part."""

    domain: str
    selector: str
    signs: bool = Field(description="Whether it signs the domain's mail now.")
    created_at: datetime
    record_name: str = Field(description="Name of the TXT record to publish in DNS.")
    record_value: str = Field(description="Its value; longer than 255 characters, so DNS has it in several strings.")


class RecordOut(BaseModel):
    """What DNS says of a key now."""

    standing: Standing = Field(
        description="published: receivers find what it signs good. missing: there is no record. different: it is of "
        "another key. revoked: its key is empty. several: there is more than one. unknown: DNS did not answer."
    )
    found: list[str] = Field(description="The texts found below the record's name.")
    is_testing: bool = Field(description="It is marked as a test, so that receivers take no account of it.")


class IdentityOut(BaseModel):
    """How the company's mail presents itself."""

    from_name: str | None
    from_address: str | None
    reply_address: str | None
    return_address: str | None
    unsigned: Literal["send", "hold"]
    in_force: dict[str, str] = Field(description="The names and addresses that mail goes out under now.")
    keys: list[KeyOut]
    changed_by: str | None = Field(description="Id of who changed it last; none: nobody has set anything.")
    changed_at: datetime | None


def routes(presenting: Presenting, companies: Companies, lookup: KeyLookup) -> APIRouter:
    """The routes below /v1/mail-identity."""
    router = APIRouter(prefix="/v1/mail-identity")

    async def show(company: CompanyProfile, response: Response) -> IdentityOut:
        identity, keys = await presenting.shown(company)
        response.headers["ETag"] = f'"{identity.version}"'
        return _shown(company, identity, keys)

    @router.get("")
    async def get_identity(acting: Caller, response: Response) -> IdentityOut:
        """What is set and what follows from it; the version as ETag."""
        return await show(await _company(companies, acting), response)

    @router.put("")
    async def set_identity(
        body: IdentityBody, acting: Caller, response: Response, if_match: Annotated[str | None, Header()] = None
    ) -> IdentityOut:
        """Set names and addresses. 409 when somebody changed them since the version in If-Match."""
        company = await _company(companies, acting)
        before, _ = await presenting.shown(company)
        version = before.version if if_match is None else _version(if_match)
        wanted = Identity(company_id=company.id, version=version, **body.model_dump())
        await presenting.set(company, wanted, acting.person_id, now())
        return await show(company, response)

    @router.post("/keys", status_code=201)
    async def make_key(body: NewKey, acting: Caller) -> KeyOut:
        """Make a key pair. Publish its record, then have it sign."""
        company = await _company(companies, acting)
        return _key(await presenting.make_key(company, body.domain, body.selector, now()), signs=False)

    @router.get("/keys/{domain}/{selector}/record")
    async def look_up_record(domain: Domain, selector: Selector, acting: Caller) -> RecordOut:
        """Ask DNS whether the key's record is published as it has to be; takes up to five seconds."""
        company = await _company(companies, acting)
        published = await lookup.published(await presenting.key(company.id, domain.lower(), selector.lower()))
        return RecordOut(standing=published.standing, found=list(published.found), is_testing=published.is_testing)

    @router.post("/keys/{domain}/{selector}/use")
    async def use_key(domain: Domain, selector: Selector, acting: Caller, response: Response) -> IdentityOut:
        """Have this key sign the domain's mail from now on, in place of another one."""
        company = await _company(companies, acting)
        await presenting.use_key(company, domain.lower(), selector.lower(), acting.person_id, now())
        return await show(company, response)

    @router.delete("/domains/{domain}/signing")
    async def stop_signing(domain: Domain, acting: Caller, response: Response) -> IdentityOut:
        """Have the domain's mail go out unsigned from now on; its keys stay."""
        company = await _company(companies, acting)
        await presenting.stop_signing(company.id, domain.lower(), acting.person_id, now())
        return await show(company, response)

    @router.delete("/keys/{domain}/{selector}", status_code=204)
    async def delete_key(domain: Domain, selector: Selector, acting: Caller) -> None:
        """Drop a key for good. 409 for the one that signs."""
        company = await _company(companies, acting)
        await presenting.delete_key(company.id, domain.lower(), selector.lower())

    return router


async def _company(companies: Companies, acting: Acting) -> CompanyProfile:
    """The company, for its administrators."""
    if not acting.is_team:
        raise NotFound("no such page")
    if "admin" not in acting.roles:
        raise NotAllowed("only administrators decide how the company's mail presents itself")
    return await companies.get(acting.company_id)


def _version(if_match: str) -> int:
    digits = if_match.strip().strip('"')
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid("If-Match has to be a version, as the ETag gave it")
    return int(digits)


def _shown(company: CompanyProfile, identity: Identity, keys: list[Key]) -> IdentityOut:
    sender = sender_of(company, identity) if company.addresses else None
    in_force = (
        {
            "from_name": sender.name,
            "from_address": sender.from_address,
            "reply_address": sender.reply_address,
            "return_address": sender.return_address,
        }
        if sender is not None
        else {}
    )
    return IdentityOut(
        from_name=identity.from_name,
        from_address=identity.from_address,
        reply_address=identity.reply_address,
        return_address=identity.return_address,
        unsigned=identity.unsigned,
        in_force=in_force,
        keys=[_key(one, signs=identity.selector(one.domain) == one.selector) for one in keys],
        changed_by=identity.changed_by,
        changed_at=identity.changed_at,
    )


def _key(key: Key, *, signs: bool) -> KeyOut:
    return KeyOut(
        domain=key.domain,
        selector=key.selector,
        signs=signs,
        created_at=key.created_at,
        record_name=key.dns_name,
        record_value=key.dns_value,
    )
