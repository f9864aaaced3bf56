"""Who wants to hear of what by which ways: one's own choice first, then the company's for the role, then ours."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from balcao.notifier.domain.kinds import OUTWARD, SPOKEN_OF, Channel, Kind
from balcao.notifier.domain.table import TABLE
from balcao.shared.errors import Invalid

ROLES = ("admin", "agent", "producer")
DIGEST_AT = 8
"""The hour of a person's day at which they hear of their work, unless they chose another."""

Ways = frozenset[Channel]


def _ways_by_kind() -> Mapping[Kind, Ways]:
    found: dict[Kind, Ways] = {}
    for rules in TABLE.values():
        for rule in rules:
            found[rule.kind] = found.get(rule.kind, frozenset()) | frozenset(rule.by)
    return found


POSSIBLE = _ways_by_kind()
"""The ways by which each kind can be told."""

_CHOSEN_OTHERWISE = {Kind.GATHERED, Kind.TODAYS_WORK}
CHOSEN = tuple(kind for kind in Kind if kind in POSSIBLE and kind not in OUTWARD | _CHOSEN_OTHERWISE)
"""Kinds that people choose the ways of. What is said to people outside is no notice but the work itself; what was
gathered consists of what was chosen; and the daily mail has a switch of its own."""

_ON_THE_BOARD: Ways = frozenset({Channel.IN_APP})
_STANDARD: Mapping[str, Mapping[Kind, Ways]] = {
    "producer": {
        Kind.TASK_CANCELLED: _ON_THE_BOARD,
        Kind.TASK_UNBLOCKED: _ON_THE_BOARD,
        Kind.TASK_TICKET_REOPENED: _ON_THE_BOARD,
    },
    "admin": {Kind.WORK_ARRIVED: _ON_THE_BOARD, Kind.STAGE_ASSIGNED: _ON_THE_BOARD},
}
"""Where a role's standard is less than all possible ways: producers look at their board all day, administrators who are
no agents stand in for others. Who has several roles gets what any of them gets."""


class Digest(BaseModel):
    """The daily mail about one's work of the day (W17)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: bool = True
    hour: int = Field(default=DIGEST_AT, ge=0, le=23, description="Of the person's own day.")
    time_zone: str | None = Field(default=None, max_length=60, description="IANA name; none: the company's.")

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            raise ValueError(f"no time zone is called {name!r}")
        return name

    def zone(self, companys: str) -> ZoneInfo:
        """The time zone that the hour is meant in."""
        return ZoneInfo(self.time_zone or companys)


class Preferences(BaseModel):
    """What a person chose, or a company for a role. Kinds without a choice follow the next more general one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ways: Mapping[Kind, Ways] = {}
    digest: Digest | None = None
    version: int = 0

    @model_validator(mode="before")
    @classmethod
    def _without_kinds_of_other_versions(cls, given: Any) -> Any:
        """An older replica reads what a newer one wrote."""
        ways = given.get("ways") if isinstance(given, dict) else None
        if isinstance(ways, dict):
            return {**given, "ways": {kind: chosen for kind, chosen in ways.items() if kind in set(Kind)}}
        return given


NOTHING_CHOSEN = Preferences()


class Unchangeable(Invalid):
    """A kind of notice can't be told, or silenced, that way."""


def require_possible(ways: Mapping[Kind, Ways]) -> None:
    """Raise `Unchangeable` for a kind that nobody chooses, a way that it has not, or silence where somebody waits."""
    for kind, chosen in ways.items():
        if kind not in CHOSEN:
            raise Unchangeable(f"{kind} is always told", kind=kind)
        if more := chosen - POSSIBLE[kind]:
            raise Unchangeable(f"{kind} can't be told by {', '.join(sorted(more))}", kind=kind)
        if kind in SPOKEN_OF and not chosen:
            raise Unchangeable(f"{kind} needs one way at least: somebody waits for what comes of it", kind=kind)


def standard(kind: Kind, roles: Iterable[str], of_roles: Mapping[str, Preferences]) -> Ways:
    """The ways of a kind for somebody with these roles who chose nothing: what any of the roles gets."""
    possible, held = POSSIBLE[kind], [role for role in roles if role in ROLES]
    if not held:
        return possible
    ways: Ways = frozenset()
    for role in held:
        chosen = of_roles.get(role, NOTHING_CHOSEN).ways.get(kind)
        ways |= chosen if chosen is not None else _STANDARD.get(role, {}).get(kind, possible)
    return ways & possible


def ways_of(kind: Kind, roles: Iterable[str], own: Preferences, of_roles: Mapping[str, Preferences]) -> Ways:
    """The ways by which a person is told of a kind."""
    if kind not in CHOSEN:
        return POSSIBLE[kind]
    chosen = own.ways.get(kind)
    return chosen & POSSIBLE[kind] if chosen is not None else standard(kind, roles, of_roles)


def digest_of(roles: Iterable[str], own: Preferences, of_roles: Mapping[str, Preferences]) -> Digest:
    """When a person hears of their work of the day: by their own choice, else the first that one of their roles has."""
    if own.digest is not None:
        return own.digest
    of_role = (of_roles[role].digest for role in roles if role in of_roles)
    return next((one for one in of_role if one is not None), Digest())
