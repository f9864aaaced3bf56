"""What axe-core finds wrong with a page."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "services/portal-api/web/node_modules/axe-core/axe.min.js"
_RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"], iframes: false });
  const where = (node) => node.target.join(" ");
  return found.violations.map(({ id, impact, nodes }) => ({ id, impact, targets: nodes.map(where) }));
}"""


async def violations(page: Page, *, worst: tuple[str, ...] = ("serious", "critical")) -> list[str]:
    """Rules that the page breaks, with where; only those as bad as that."""
    # The page's policy lets nothing in that is not its own file; the debugger is not bound by it.
    await page.evaluate(AXE.read_text() + "; void 0")
    found: list[dict[str, Any]] = await page.evaluate(_RUN)
    return [f"{one['id']} ({one['impact']}): {', '.join(one['targets'])}" for one in found if one["impact"] in worst]
