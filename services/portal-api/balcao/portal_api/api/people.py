"""People of the company: the team, guests, and one's own profile, from the directory that `tickets` keeps."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from balcao.portal_api.api.directory import Id, Language, given
from balcao.portal_api.api.passing import PROBLEMS, After, Body, IfMatch, Limit, Once, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

Role = Literal["admin", "agent", "producer"]
Address = Annotated[str, Field(min_length=3, max_length=320)]


class NewPerson(Body):
    """Somebody to know: a guest, or with roles somebody of the team, whom only administrators add."""

    name: str = Field(min_length=1, max_length=200)
    addresses: list[Address] = Field(min_length=1, max_length=20, description="The first one is the main one.")
    roles: list[Role] = Field(default=[], max_length=3)
    default_workspace_id: str | None = Field(
        default=None, max_length=100, description="Where their tickets begin (O6)."
    )
    locale: Language | None = None
    cpf: str | None = Field(default=None, max_length=20)


class Profile(Body):
    """What to change of a profile ("Atualizar perfil", O6); null takes a value away where there may be none."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    addresses: list[Address] | None = Field(default=None, min_length=1, max_length=20)
    roles: list[Role] | None = Field(default=None, max_length=3, description="Administrators only.")
    default_workspace_id: str | None = Field(default=None, max_length=100)
    locale: Language | None = None
    cpf: str | None = Field(default=None, max_length=20)
    active: bool | None = Field(default=None, description="False: has left.")


class OwnProfile(Body):
    """What to change of oneself; a language of null is the company's."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    locale: Language | None = None


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about people."""
    router = APIRouter(responses=PROBLEMS)
    _reading(router, roles, upstreams)
    _changing(router, roles, upstreams)
    return router


def _reading(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    team = Annotated[Acting, Depends(roles.team)]
    anyone = Annotated[Acting, Depends(roles.anyone)]

    @router.get("/people", response_class=Response)
    async def list_people(
        acting: team,
        who: Literal["team", "guests"] = "team",
        q: Annotated[
            str | None, Query(max_length=200, description="The beginning of a name, or with an @ of an address.")
        ] = None,
        limit: Limit = 100,
        after: After = None,
    ) -> Response:
        """The people of the team with their roles, or guests and those who left, by name: `{items, next}`."""
        return passed_on(await upstreams.tickets.get("/v1/people", acting, who=who, q=q, limit=limit, after=after))

    @router.get("/people/{person_id}", response_class=Response)
    async def show_person(person_id: Id, acting: team) -> Response:
        """A person's whole profile; its version is the ETag."""
        return passed_on(await upstreams.tickets.get(f"/v1/people/{person_id}", acting))

    @router.get("/me/profile", response_class=Response)
    async def show_own_profile(acting: anyone) -> Response:
        """One's own profile."""
        return passed_on(await upstreams.tickets.get("/v1/me", acting))


def _changing(router: APIRouter, roles: Roles, upstreams: Upstreams) -> None:
    desk = Annotated[Acting, Depends(roles.desk)]
    anyone = Annotated[Acting, Depends(roles.anyone)]

    @router.patch("/me/profile", response_class=Response)
    async def edit_own_profile(
        body: OwnProfile, acting: anyone, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Change one's own name, or the language one is written to in."""
        return passed_on(await upstreams.tickets.patch("/v1/me", acting, given(body), if_match=if_match, once=once))

    @router.post("/people", status_code=201, response_class=Response)
    async def add_person(body: NewPerson, acting: desk, once: Once = None) -> Response:
        """Add a person. 409 when an address or the CPF belongs to somebody, who is named."""
        return passed_on(await upstreams.tickets.post("/v1/people", acting, given(body), once=once))

    @router.patch("/people/{person_id}", response_class=Response)
    async def edit_person(
        person_id: Id, body: Profile, acting: desk, if_match: IfMatch = None, once: Once = None
    ) -> Response:
        """Change a profile: administrators anybody's, agents their own and guests' (O6)."""
        return passed_on(
            await upstreams.tickets.patch(f"/v1/people/{person_id}", acting, given(body), if_match=if_match, once=once)
        )
