"""The desk's pages as a browser gets them, with 20,000 tickets: how long the list and a ticket take, and what a visit
transfers."""

from playwright.async_api import BrowserContext, CDPSession

from tests.bench.lists import details, myself, timed
from tests.bench.shelf import fill_up_to, index_all
from tests.bench.world import World, percentile
from tests.browser.chromium import NoChromium, chromium
from tests.support.desk_company import AGENT, COMPANY, PASSWORD

TICKETS = 20_000
_SLUG = COMPANY["slug"]
_LIST = f"/{_SLUG}/desk/tickets"
_FONTS = ("font/woff2", "font/woff")


async def pages(world: World, rounds: int) -> dict[str, float]:
    """Fill up and measure: p95 at the gateway, one reader at a time; kilobytes of a first visit and of one after it."""
    await fill_up_to(world, TICKETS, await myself(world))
    await index_all(world)
    lists = await timed(world, [_LIST] * rounds)
    tickets = await timed(world, [path.replace("/api/v1/tickets", _LIST) for path in details(TICKETS, rounds)])
    figures = {
        "page_list.p95_ms": percentile(lists, 0.95) * 1000,
        "page_ticket.p95_ms": percentile(tickets, 0.95) * 1000,
    }
    page = await world.agent.get(_LIST)
    page.raise_for_status()
    figures["page_list.kb_html"] = int(page.headers.get("content-length", len(page.content))) / 1000
    try:
        return figures | await _visits(world)
    except NoChromium as missing:
        print(f"bench: transfers not measured: {missing}")
        return figures


async def _visits(world: World) -> dict[str, float]:
    """What a real browser transfers for the list, fonts aside."""
    url = world.stack.url("portal-api")
    async with chromium() as browser:
        context = await browser.new_context(locale="pt-BR")
        await _sign_in(context, url)
        # Another browser, which has the session and nothing else yet.
        fresh = await browser.new_context(locale="pt-BR", storage_state=await context.storage_state())
        return {
            "page_list.kb_first": await _visit(fresh, url + _LIST),
            "page_list.kb_again": await _visit(fresh, url + _LIST),
        }


async def _sign_in(context: BrowserContext, url: str) -> None:
    page = await context.new_page()
    await page.goto(f"{url}/{_SLUG}/sign-in")
    await page.locator("input[name=address]").fill(AGENT)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("input[name=password]").press("Enter")
    await page.wait_for_url(lambda there: "sign-in" not in there)


async def _visit(context: BrowserContext, address: str) -> float:
    """Kilobytes over the wire until nothing more is asked for, the endless stream of news aside."""
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    transferred = await _listen(session)
    await page.goto(address)
    await page.locator("tbody tr").nth(49).wait_for()
    # The rail asks for its numbers when everything else is there.
    await page.locator("#rail-all:not(:empty)").wait_for()
    await page.close()
    return sum(transferred.values()) / 1000


async def _listen(session: CDPSession) -> dict[str, int]:
    transferred: dict[str, int] = {}
    fonts: set[str] = set()

    def answered(event: dict[str, dict[str, str]]) -> None:
        if event["response"]["mimeType"] in _FONTS or event["response"]["url"].endswith(".woff2"):
            fonts.add(str(event["requestId"]))

    def finished(event: dict[str, object]) -> None:
        if event["requestId"] not in fonts:
            transferred[str(event["requestId"])] = int(str(event["encodedDataLength"]).partition(".")[0])

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    await session.send("Network.enable")
    return transferred
