"""Who of the team wants to hear of what: in memory, so that telling somebody asks no database.

Each replica looks for changes every few seconds; the one that takes a change knows it at once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import structlog

from balcao.notifier.domain.kinds import Kind, Telling
from balcao.notifier.domain.preferences import (
    NOTHING_CHOSEN,
    ROLES,
    Digest,
    Preferences,
    Ways,
    digest_of,
    standard,
    ways_of,
)
from balcao.notifier.store.people import Member, People
from balcao.notifier.store.preferences import Choices, Whose
from balcao.shared.clock import now
from balcao.shared.errors import NotFound
from balcao.shared.events import PersonProfile
from balcao.shared.lookout import Lookout

LOOKS_EVERY_S = 5.0
"""Within this time what another replica took shows here too."""
_OVERLAP = timedelta(seconds=60)
"""Clocks of replicas differ, and a write may become visible after a later one."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_log = structlog.get_logger()


class Wishes:
    """The team, and what each of them chose."""

    def __init__(self, people: People, choices: Choices) -> None:
        self._people = people
        self._choices = choices
        self._members: dict[str, Member] = {}
        self._chosen: dict[str, Preferences] = {}
        self._seen_until = _LONG_AGO
        self.lookout = Lookout("wishes", self.refresh, LOOKS_EVERY_S)

    async def refresh(self) -> None:
        """Learn what changed since the last time; at start, all of it."""
        begun = now()
        async for member in self._people.changed_since(self._seen_until):
            self._keep(member)
        async for whose, chosen in self._choices.changed_since(self._seen_until):
            self._remember(whose, chosen)
        self._seen_until = begun - _OVERLAP

    async def learn_person(self, company_id: str, person: PersonProfile) -> None:
        """Somebody entered the team, changed or left it."""
        await self._people.learn(company_id, person)

    def wants(self, company_id: str, telling: Telling) -> bool:
        """Whether somebody wants to be told this way. Whom nobody knows here gets the standard."""
        return telling.channel in self.ways(company_id, telling.recipient.person_id, telling.kind)

    def ways(self, company_id: str, person_id: str | None, kind: Kind) -> Ways:
        """The ways by which a person is told of a kind."""
        own = self._chosen.get(Whose(company_id, person_id).key, NOTHING_CHOSEN)
        return ways_of(kind, self._roles(person_id), own, self._of_roles(company_id))

    def standard(self, company_id: str, roles: tuple[str, ...], kind: Kind) -> Ways:
        """The ways for whoever of these roles chose nothing."""
        return standard(kind, roles, self._of_roles(company_id))

    def digest(self, company_id: str, person_id: str) -> Digest:
        """When a person hears of their work of the day."""
        own = self._chosen.get(Whose(company_id, person_id).key, NOTHING_CHOSEN)
        return digest_of(self._roles(person_id), own, self._of_roles(company_id))

    def member(self, company_id: str, person_id: str) -> Member:
        """Somebody of this company's team. Raises `NotFound`."""
        found = self._members.get(person_id)
        if found is None or found.company_id != company_id or not found.roles:
            raise NotFound("nobody of the team has this id")
        return found

    def team(self) -> Iterator[Member]:
        """Everybody with a role, of all companies."""
        return (one for one in list(self._members.values()) if one.roles)

    async def chosen(self, whose: Whose) -> Preferences:
        """What was chosen, as it is in the database now."""
        return await self._choices.of(whose)

    async def choose(self, whose: Whose, wanted: Preferences) -> Preferences:
        """Replace what was chosen. Raises `Stale`."""
        chosen = await self._choices.put(whose, wanted)
        self._remember(whose, chosen)
        return chosen

    def _roles(self, person_id: str | None) -> tuple[str, ...]:
        member = self._members.get(person_id or "")
        return member.roles if member is not None else ()

    def _of_roles(self, company_id: str) -> dict[str, Preferences]:
        found = {role: self._chosen.get(Whose(company_id, role=role).key) for role in ROLES}
        return {role: chosen for role, chosen in found.items() if chosen is not None}

    def _keep(self, member: Member) -> None:
        known = self._members.get(member.id)
        if known is None or known.version <= member.version:
            self._members[member.id] = member

    def _remember(self, whose: Whose, chosen: Preferences) -> None:
        known = self._chosen.get(whose.key)
        if known is None or known.version < chosen.version:
            self._chosen[whose.key] = chosen
