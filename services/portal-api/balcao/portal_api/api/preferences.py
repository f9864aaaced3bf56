"""Who wants to hear of what: one's own choices, and for administrators those of colleagues and of roles."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from balcao.portal_api.api.passing import PROBLEMS, Body, IfMatch, passed_on
from balcao.portal_api.clients import Upstreams
from balcao.portal_api.gate import Roles
from balcao.shared.tokens import Acting

PersonId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
Role = Annotated[Literal["admin", "agent", "producer"], Query(description="Whom it is for: who chose nothing.")]
Kind = Annotated[str, Field(max_length=60)]


class Digest(Body):
    """The daily mail about one's work of the day (W17)."""

    on: bool = True
    hour: int = Field(default=8, ge=0, le=23, description="Of the person's own day.")
    time_zone: str | None = Field(default=None, max_length=60, description="IANA name; null: the company's.")


class Preferences(Body):
    """Choices to change. What is left out stays; null takes a choice back: then the role's holds, else the standard."""

    ways: dict[Kind, list[Literal["mail", "in_app"]] | None] = Field(
        default={}, max_length=100, description="The ways for each kind of notice; an empty list: not at all."
    )
    digest: Digest | None = None


def routes(roles: Roles, upstreams: Upstreams) -> APIRouter:
    """Routes about preferences. `GET` answers each kind with what is possible, standard, chosen and what holds."""
    router = APIRouter(responses=PROBLEMS)
    team = Annotated[Acting, Depends(roles.team)]
    admin = Annotated[Acting, Depends(roles.admin)]

    async def read(path: str, acting: Acting) -> Response:
        return passed_on(await upstreams.notifier.get(path, acting))

    async def change(path: str, acting: Acting, body: Preferences, if_match: str | None) -> Response:
        return passed_on(await upstreams.notifier.patch(path, acting, _given(body), if_match=if_match))

    @router.get("/notice-preferences", response_class=Response)
    async def show_own_preferences(acting: team) -> Response:
        """What one is told, and how."""
        return await read("/v1/preferences", acting)

    @router.patch("/notice-preferences", response_class=Response)
    async def change_own_preferences(body: Preferences, acting: team, if_match: IfMatch = None) -> Response:
        """Choose how one is told of each kind of notice, and when of one's work of the day."""
        return await change("/v1/preferences", acting, body, if_match)

    @router.get("/notice-preferences/of-role", response_class=Response)
    async def show_role_preferences(role: Role, acting: admin) -> Response:
        """What those of a role are told who chose nothing."""
        return await read(f"/v1/preferences/of-roles/{role}", acting)

    @router.patch("/notice-preferences/of-role", response_class=Response)
    async def change_role_preferences(
        role: Role, body: Preferences, acting: admin, if_match: IfMatch = None
    ) -> Response:
        """Choose for those of a role who chose nothing."""
        return await change(f"/v1/preferences/of-roles/{role}", acting, body, if_match)

    @router.get("/people/{person_id}/notice-preferences", response_class=Response)
    async def show_preferences(person_id: PersonId, acting: admin) -> Response:
        """What a colleague is told, and how."""
        return await read(f"/v1/preferences/of-people/{person_id}", acting)

    @router.patch("/people/{person_id}/notice-preferences", response_class=Response)
    async def change_preferences(
        person_id: PersonId, body: Preferences, acting: admin, if_match: IfMatch = None
    ) -> Response:
        """Choose for a colleague."""
        return await change(f"/v1/preferences/of-people/{person_id}", acting, body, if_match)

    return router


def _given(body: Preferences) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude_unset=True)
