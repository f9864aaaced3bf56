"""`make screenshots`: every page on desktop, phone and in the dark, into var/screenshots; what the docs show, into
docs/pictures."""

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import ViewportSize

from balcao.local.demo.company import PASSWORD, demo_company
from balcao.local.demo.doors import Doors
from balcao.local.demo.main_job import do_main_job
from balcao.local.demo.seeding import seed
from balcao.local.demo.story import Story
from balcao.local.stack import Stack
from tests.browser.browsers import DESKTOP, PHONE, Browsers
from tests.browser.chromium import NoChromium, chromium
from tests.screenshots.places import REFUSED, Place, places
from tests.screenshots.scene import set_the_scene

OUT = Path("var/screenshots")
PICTURES = Path("docs/pictures")
SHOWN = ("list", "ticket", "board", "portal-list", "portal-ticket")
"""What the docs show, each as it is called there; the portal as on a phone."""
_SETTLED = """async () => {
  await document.fonts.ready;
  const count = () => performance.getEntriesByType("resource").length;
  for (let before = -1; before !== count(); await new Promise((done) => setTimeout(done, 250))) before = count();
}"""
"""What a page fetches after itself (the rail's numbers, news) has come. The live stream never ends, so the network is
never idle."""
LOOKS = {"": (DESKTOP, "light"), "-phone": (PHONE, "light"), "-dark": (DESKTOP, "dark")}


async def take(only: set[str], *, keep_in_docs: bool) -> list[str]:
    """Take the pictures; returns what the pages complained of.

    Raises:
        NoChromium: there is none on this machine.
    """
    OUT.mkdir(parents=True, exist_ok=True)
    company = demo_company()
    async with (
        chromium() as browser,
        Stack(in_memory=True, env={"notifier": {"BALCAO_GATHER_S": "0"}}) as stack,
        Doors.of(stack) as doors,
    ):
        await seed(stack, doors, company)
        day = await do_main_job(doors, company, Story())
        scene = await set_the_scene(day)
        complaints: list[str] = []
        for suffix, (size, scheme) in LOOKS.items():
            browsers = Browsers(browser, stack.url("portal-api"), company.slug, PASSWORD)
            browsers.expect_refusals(*REFUSED)
            for place in places(scene):
                if not only or place.name in only:
                    who = place.looked_at_by(company)
                    await _one(browsers, place, who, f"{place.name}{suffix}", size, scheme)
            complaints += browsers.complaints
            await browsers.close()
    if keep_in_docs:
        _keep_in_docs()
    return complaints


async def _one(browsers: Browsers, place: Place, who: str | None, name: str, size: ViewportSize, scheme: str) -> None:
    page = await browsers.look_as(who, f"/{browsers.slug}{place.path}", size=size, color_scheme=scheme)
    await page.evaluate(_SETTLED)
    await page.screenshot(path=OUT / f"{name}.png")
    await page.context.close()
    print(OUT / f"{name}.png")


def _keep_in_docs() -> None:
    for name in SHOWN:
        sides = ("-phone",) if name.startswith("portal-") else ("", "-dark")
        for side in sides:
            shutil.copyfile(OUT / f"{name}{side}.png", PICTURES / f"{name}{side.removesuffix('-phone')}.png")


def main() -> int:
    """Read the command line; the exit code says whether a page complained."""
    parser = argparse.ArgumentParser(prog="make screenshots")
    parser.add_argument("--only", help="names of pages, with commas")
    parser.add_argument("--docs", action="store_true", help="renew the pictures that the docs show, too")
    chosen = parser.parse_args()
    only = set(filter(None, (chosen.only or "").split(",")))
    try:
        complaints = asyncio.run(take(only, keep_in_docs=chosen.docs))
    except NoChromium as missing:
        sys.exit(f"screenshots: {missing}")
    for one in complaints:
        print(f"screenshots: {one}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
