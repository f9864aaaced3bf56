"""Which company an address names: looked up often, changed seldom, so kept in mind for some seconds."""

import time
from collections import OrderedDict

from balcao.portal_api.store import Store
from balcao.shared.events import CompanyProfile

_FRESH_S = 5.0
_MOST = 1000


class Companies:
    """Companies by slug and id. What it says may be five seconds old."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: OrderedDict[str, tuple[float, CompanyProfile]] = OrderedDict()

    async def by_slug(self, slug: str) -> CompanyProfile | None:
        """The company with this name in addresses."""
        return self._kept(f"slug:{slug}") or self._keep(f"slug:{slug}", await self._store.company_by_slug(slug))

    async def by_id(self, company_id: str) -> CompanyProfile | None:
        """The company with this id."""
        return self._kept(f"id:{company_id}") or self._keep(f"id:{company_id}", await self._store.company(company_id))

    async def only_one(self) -> CompanyProfile | None:
        """The company where this installation has just one."""
        return await self._store.only_company()

    def _kept(self, key: str) -> CompanyProfile | None:
        found = self._seen.get(key)
        return found[1] if found is not None and time.monotonic() - found[0] < _FRESH_S else None

    def _keep(self, key: str, company: CompanyProfile | None) -> CompanyProfile | None:
        # One that is unknown is not kept: it may be configured the next moment.
        if company is not None:
            self._seen[key] = (time.monotonic(), company)
            self._seen.move_to_end(key)
            while len(self._seen) > _MOST:
                self._seen.popitem(last=False)
        return company
