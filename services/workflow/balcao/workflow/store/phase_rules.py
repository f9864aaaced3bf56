"""Each company's rules on top of phases, with a short memory: every move of a task asks for them."""

import time
from collections.abc import Sequence

from balcao.shared.aggregate import Change
from balcao.shared.commit import Committer
from balcao.shared.mongo import Database
from balcao.shared.records import Records
from balcao.shared.timeline import Cause
from balcao.workflow.domain.phase_rules import MOST_RULES, PhaseRule
from balcao.workflow.store import PHASE_RULES

REMEMBERED_S = 5.0
"""Another replica may have changed them: within this time that shows here too."""


class PhaseRules(Records[PhaseRule]):
    """The rules of all companies."""

    def __init__(self, database: Database, committer: Committer) -> None:
        super().__init__(database, committer, collection=PHASE_RULES, kind=PhaseRule, source="workflow", noun="rule")
        self._known: dict[str, tuple[tuple[PhaseRule, ...], float]] = {}

    async def in_force(self, company_id: str) -> Sequence[PhaseRule]:
        """The company's rules as a moment ago; a move of a task costs no query for them."""
        known = self._known.get(company_id)
        if known is None or time.monotonic() >= known[1]:
            known = (tuple(await self.all(company_id)), time.monotonic() + REMEMBERED_S)
            self._known[company_id] = known
        return known[0]

    async def all(self, company_id: str) -> list[PhaseRule]:
        """The company's rules by name, archived ones left out."""
        query = {"company_id": company_id, "archived": False}
        found = await self.collection.find(query).to_list(MOST_RULES)
        rules = [rule for document in found if (rule := self._read(document, company_id)) is not None]
        return sorted(rules, key=lambda one: one.name.casefold())

    async def added(self, change: Change[PhaseRule], cause: Cause) -> PhaseRule:
        """Save a new rule."""
        after = await self.create(change, cause)
        self.forget(after.company_id)
        return after

    def forget(self, company_id: str) -> None:
        """The rules were changed here: the next move knows them."""
        self._known.pop(company_id, None)
