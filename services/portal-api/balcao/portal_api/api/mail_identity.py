"""How the company's mail presents itself: names, addresses, and the keys that sign it. For administrators."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Domain = Annotated[str, Path(max_length=253, pattern=r"^[A-Za-z0-9.-]+$")]
Selector = Annotated[str, Path(max_length=127, pattern=r"^[A-Za-z0-9.-]+$")]
_BASE = "/v1/mail-identity"


class MailIdentity(Body):
    """Names and addresses of the company's mail; null means what follows from its profile."""

    from_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    from_address: Annotated[str, Field(max_length=320)] | None = Field(
        default=None, description="One of the company's own addresses."
    )
    reply_address: Annotated[str, Field(max_length=320)] | None = Field(
        default=None, description="Likewise; it must take a plus part."
    )
    return_address: Annotated[str, Field(max_length=320)] | None = Field(
        default=None, description="Where reports of failure go; likewise. Null: as `reply_address`."
    )
    unsigned: Literal["send", "hold"] = Field(
        default="send", description="What becomes of a mail that can't be signed though a key is set."
    )


class NewKey(Body):
    """A key pair to make for one of the company's domains."""

    domain: str = Field(max_length=253)
    selector: str = Field(max_length=127, description="Name of the key in DNS; a new one for each key.")


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes below /mail-identity."""
    router = APIRouter(prefix="/mail-identity", responses=PROBLEMS)
    admin = Annotated[Acting, Depends(roles.admin)]

    @router.get("", response_class=Response)
    async def show_identity(acting: admin) -> Response:
        """What is set, what is in force, and the keys with the DNS records to publish; the version is the ETag."""
        return passed_on(await upstreams.notifier.get(_BASE, acting))

    @router.put("", response_class=Response)
    async def set_identity(body: MailIdentity, acting: admin, if_match: IfMatch = None) -> Response:
        """Set names and addresses. Only the company's own addresses can be named."""
        given: dict[str, Any] = body.model_dump()
        return passed_on(await upstreams.notifier.put(_BASE, acting, given, if_match=if_match))

    @router.post("/keys", status_code=201, response_class=Response)
    async def make_key(body: NewKey, acting: admin, once: Once = None) -> Response:
        """Make a key pair: publish the record it answers, then have it sign."""
        return passed_on(await upstreams.notifier.post(f"{_BASE}/keys", acting, body.model_dump(), once=once))

    @router.get("/keys/{domain}/{selector}/record", response_class=Response)
    async def look_up_record(domain: Domain, selector: Selector, acting: admin) -> Response:
        """Ask DNS whether the key's record is published as it has to be; takes up to five seconds."""
        return passed_on(await upstreams.notifier.get(f"{_BASE}/keys/{domain}/{selector}/record", acting))

    @router.post("/keys/{domain}/{selector}/use", response_class=Response)
    async def use_key(domain: Domain, selector: Selector, acting: admin) -> Response:
        """Have this key sign the domain's mail from now on, in place of another one."""
        return passed_on(await upstreams.notifier.post(f"{_BASE}/keys/{domain}/{selector}/use", acting, {}))

    @router.delete("/domains/{domain}/signing", response_class=Response)
    async def stop_signing(domain: Domain, acting: admin) -> Response:
        """Have the domain's mail go out unsigned from now on."""
        return passed_on(await upstreams.notifier.delete(f"{_BASE}/domains/{domain}/signing", acting))

    @router.delete("/keys/{domain}/{selector}", status_code=204, response_class=Response)
    async def delete_key(domain: Domain, selector: Selector, acting: admin) -> Response:
        """Drop a key for good; 409 for the one that signs."""
        return passed_on(await upstreams.notifier.delete(f"{_BASE}/keys/{domain}/{selector}", acting))

    return router
