"""HTTP routes about who wants to hear of what: one's own choices; for administrators those of others and of roles."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from balcao.notifier.domain.kinds import SPOKEN_OF, Channel, Kind
from balcao.notifier.domain.preferences import CHOSEN, POSSIBLE, Digest, Preferences, require_possible
from balcao.notifier.store.preferences import Whose
from balcao.notifier.wishes import Wishes
from balcao.shared.errors import Invalid, NotAllowed, NotFound, Stale
from balcao.shared.http import caller
from balcao.shared.tokens import Acting

Caller = Annotated[Acting, Depends(caller("notifier"))]
IfMatch = Annotated[str | None, Header(max_length=40)]
Role = Literal["admin", "agent", "producer"]


class KindOut(BaseModel):
    """A kind of notice, and how one hears of it."""

    kind: Kind
    possible: list[Channel] = Field(description="The ways there are.")
    standard: list[Channel] = Field(description="The ways without a choice of one's own.")
    chosen: list[Channel] | None = Field(description="The ways chosen; null: follows the standard. Empty: not at all.")
    ways: list[Channel] = Field(description="What holds.")
    needs_one: bool = Field(description="One way at least stays on: somebody waits.")


class PreferencesOut(BaseModel):
    """What a person is told, and how."""

    kinds: list[KindOut]
    digest: Digest = Field(description="What holds for the daily mail about one's work (W17).")
    digest_chosen: bool = Field(description="False: follows the role or the standard.")
    version: int


class RolePreferencesOut(BaseModel):
    """What a company chose for those of a role who chose nothing."""

    role: Role
    kinds: list[KindOut]
    digest: Digest | None
    version: int


class PreferencesIn(BaseModel):
    """Choices to change. What is left out stays; null takes a choice back."""

    model_config = ConfigDict(extra="forbid")

    ways: dict[Kind, list[Channel] | None] = Field(default={}, max_length=100)
    digest: Digest | None = None


def routes(wishes: Wishes) -> APIRouter:
    """The routes below /v1."""
    router = APIRouter(prefix="/v1")

    @router.get("/preferences")
    async def show_own(acting: Caller, response: Response) -> PreferencesOut:
        """One's own preferences. For the team; others get 404."""
        return await _shown(wishes, _own(acting), acting.roles, response)

    @router.patch("/preferences")
    async def change_own(
        wanted: PreferencesIn, acting: Caller, response: Response, if_match: IfMatch = None
    ) -> PreferencesOut:
        """Change one's own preferences. For the team; others get 404."""
        whose = _own(acting)
        await _change(wishes, whose, wanted, if_match)
        return await _shown(wishes, whose, acting.roles, response)

    @router.get("/preferences/of-people/{person_id}")
    async def show_anothers(person_id: str, acting: Caller, response: Response) -> PreferencesOut:
        """A colleague's preferences, for administrators."""
        _admin_only(acting)
        member = wishes.member(acting.company_id, person_id)
        return await _shown(wishes, Whose(acting.company_id, person_id), member.roles, response)

    @router.patch("/preferences/of-people/{person_id}")
    async def change_anothers(
        person_id: str, wanted: PreferencesIn, acting: Caller, response: Response, if_match: IfMatch = None
    ) -> PreferencesOut:
        """Change a colleague's preferences, for administrators."""
        _admin_only(acting)
        member, whose = wishes.member(acting.company_id, person_id), Whose(acting.company_id, person_id)
        await _change(wishes, whose, wanted, if_match)
        return await _shown(wishes, whose, member.roles, response)

    @router.get("/preferences/of-roles/{role}")
    async def show_roles(role: Role, acting: Caller, response: Response) -> RolePreferencesOut:
        """What those of a role get who chose nothing, for administrators."""
        _admin_only(acting)
        return await _shown_of_role(wishes, acting.company_id, role, response)

    @router.patch("/preferences/of-roles/{role}")
    async def change_roles(
        role: Role, wanted: PreferencesIn, acting: Caller, response: Response, if_match: IfMatch = None
    ) -> RolePreferencesOut:
        """Change what those of a role get who chose nothing, for administrators."""
        _admin_only(acting)
        await _change(wishes, Whose(acting.company_id, role=role), wanted, if_match)
        return await _shown_of_role(wishes, acting.company_id, role, response)

    return router


def _own(acting: Acting) -> Whose:
    if not acting.is_team:
        raise NotFound("no such page")
    return Whose(acting.company_id, acting.person_id)


def _admin_only(acting: Acting) -> None:
    if not acting.is_team:
        raise NotFound("no such page")
    if "admin" not in acting.roles:
        raise NotAllowed("only administrators may do this")


async def _change(wishes: Wishes, whose: Whose, wanted: PreferencesIn, if_match: str | None) -> None:
    """Raises `Unchangeable`, `Stale` when `if_match` is not the version that holds."""
    require_possible({kind: frozenset(ways) for kind, ways in wanted.ways.items() if ways is not None})
    current = await wishes.chosen(whose)
    expected = _version(if_match)
    if expected is not None and expected != current.version:
        raise Stale("these preferences were changed meanwhile", current_version=current.version)
    ways = dict(current.ways)
    for kind, chosen in wanted.ways.items():
        if chosen is None:
            ways.pop(kind, None)
        else:
            ways[kind] = frozenset(chosen)
    digest = wanted.digest if "digest" in wanted.model_fields_set else current.digest
    changed = Preferences(ways=ways, digest=digest, version=current.version)
    if changed != current:
        await wishes.choose(whose, changed)


async def _shown(wishes: Wishes, whose: Whose, roles: tuple[str, ...], response: Response) -> PreferencesOut:
    chosen = await wishes.chosen(whose)
    response.headers["etag"] = f'"{chosen.version}"'
    return PreferencesOut(
        kinds=[_kind(wishes, whose.company_id, kind, roles, chosen) for kind in CHOSEN],
        digest=chosen.digest or wishes.digest(whose.company_id, whose.person_id or ""),
        digest_chosen=chosen.digest is not None,
        version=chosen.version,
    )


async def _shown_of_role(wishes: Wishes, company_id: str, role: Role, response: Response) -> RolePreferencesOut:
    chosen = await wishes.chosen(Whose(company_id, role=role))
    response.headers["etag"] = f'"{chosen.version}"'
    kinds = [_kind(wishes, company_id, kind, (role,), chosen) for kind in CHOSEN]
    return RolePreferencesOut(role=role, kinds=kinds, digest=chosen.digest, version=chosen.version)


def _kind(wishes: Wishes, company_id: str, kind: Kind, roles: tuple[str, ...], chosen: Preferences) -> KindOut:
    own, standard = chosen.ways.get(kind), wishes.standard(company_id, roles, kind)
    return KindOut(
        kind=kind,
        possible=sorted(POSSIBLE[kind]),
        standard=sorted(standard),
        chosen=sorted(own) if own is not None else None,
        ways=sorted((own if own is not None else standard) & POSSIBLE[kind]),
        needs_one=kind in SPOKEN_OF,
    )


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    bare = if_match.strip().removeprefix("W/").strip('"')
    if not bare.isdigit():
        raise Invalid("If-Match must be a version number")
    return int(bare)
