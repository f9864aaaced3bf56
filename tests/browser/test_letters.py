"""Letters in a real browser: on a desk and on a phone, by day and by night, readable, whole, and asking nobody for
anything. With BALCAO_PICTURES=folder each is also kept as a picture, to be looked at."""

import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request

from balcao.notifier.domain.kinds import Kind
from balcao.notifier.letters.case import Enclosed
from balcao.notifier.letters.compose import Composer
from balcao.notifier.letters.layout import Attachment
from balcao.notifier.letters.look import logo_content_id
from balcao.notifier.letters.mail import Mail
from balcao.shared.events import CompanyLogo
from balcao.shared.rich_text import clean
from tests.support.images import png
from tests.support.told_facts import ANALYST, COMPANY, REQUESTER, opened, replied, requester_replied, ticket
from tests.support.told_kinds import KINDS, telling
from tests.unit.notifier.test_compose import delivery_to

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

COMPOSER = Composer("a secret of thirty-two characters", "https://mesa.aurora.example/")
LOGO = CompanyLogo(file_id="sha256:" + "ab" * 32, media_type="image/png", size=90, width=400, height=80)
LOGO_BYTES = png(400, 80)
ADORNED = COMPANY.model_copy(update={"colour": "#b8860b", "logo": LOGO})
WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 6
ADDRESS = "https://aurora.example/" + "caminho/" * 40
RICH = clean(
    f"<h1>Título</h1><p>Olá, <b>Zoë</b>: <a href='{ADDRESS}'>{ADDRESS}</a></p><ul><li>{WORD}</li></ul>"
    f"<table><tr>{''.join(f'<th>coluna {n}</th>' for n in range(20))}</tr></table><pre>{'codigo;' * 60}</pre>"
    "<blockquote>antes</blockquote><hr>"
)
Scheme = Literal["light", "dark"]
_LOOK = """() => {
  const parse = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const linear = part => part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [], small = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement, style = getComputedStyle(element);
    if (!node.data.trim() || !element.checkVisibility({opacityProperty: true})) continue;
    const found = contrast(parse(style.color), behind(element));
    if (found < 4.5) faint.push(`${node.data.trim().slice(0, 40)}: ${found.toFixed(2)}`);
    if (parseFloat(style.fontSize) < 14) small.push(node.data.trim().slice(0, 40));
  }
  const buttons = [...document.querySelectorAll(".act a")].map(one => one.getBoundingClientRect().height);
  const images = [...document.images].filter(one => !one.complete || !one.naturalWidth).length;
  const scrolls = one => one.closest("div[style*='overflow-x:auto']");
  const cut = [...document.querySelectorAll("body *")].filter(one => !scrolls(one)
    && one.getBoundingClientRect().right > innerWidth + 0.5).map(one => one.outerHTML.slice(0, 60));
  return {faint, small, cut, buttons, images, width: document.documentElement.scrollWidth,
          night: behind(document.querySelector("h1, p"))};
}"""


@dataclass
class Window:
    """A mail program's window, and whatever it complained of or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    async def show(self, mail: Mail) -> None:
        """Show a mail's HTML, its logo as mail programs put it there."""
        shown = f"data:image/png;base64,{base64.b64encode(LOGO_BYTES).decode()}"
        await self.page.set_content(mail.html.replace(f"cid:{logo_content_id(LOGO)}", shown))

    async def look(self, name: str, width: int, scheme: Scheme = "light") -> dict[str, Any]:
        """What is shown, at this width and time of day, by the page's own account."""
        await self.page.set_viewport_size({"width": width, "height": 700})
        await self.page.emulate_media(color_scheme=scheme)
        if folder := os.environ.get("BALCAO_PICTURES"):
            await self.page.screenshot(path=Path(folder) / f"{name}.{width}.{scheme}.png", full_page=True)
        found: dict[str, Any] = await self.page.evaluate(_LOOK)
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(chromium: Browser) -> AsyncIterator[Window]:
    """One window for all; at the end it has nothing to complain of and has asked nobody for anything."""
    context = await chromium.new_context()
    opened_window = Window(await context.new_page())

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            opened_window.complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith(("data:", "about:")):
            opened_window.complaints.append(request.url)

    opened_window.page.on("console", heard)
    opened_window.page.on("pageerror", lambda error: opened_window.complaints.append(str(error)))
    opened_window.page.on("request", asked)
    yield opened_window
    await context.close()


def adorned(kind: Kind) -> Mail:
    """The kind's mail in the colour and with the logo of its company."""
    logo = Attachment("logo.png", "image/png", LOGO_BYTES, logo_content_id(LOGO))
    return COMPOSER.compose(telling(kind, ADORNED), ADORNED, Enclosed(logo=logo))


def require_readable(found: dict[str, Any], width: int) -> None:
    """All of it can be read and pressed, and nothing runs out of the window."""
    assert found["width"] <= width
    assert (found["cut"], found["faint"], found["small"], found["images"]) == ([], [], [], 0)
    assert [height for height in found["buttons"] if height < 44] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_letter_can_be_read_on_desk_and_phone_by_day_and_by_night(
    window: Window, kind: Kind
) -> None:
    await window.show(adorned(kind))
    views: tuple[tuple[int, Scheme], ...] = ((700, "light"), (375, "light"), (700, "dark"), (375, "dark"))
    for width, scheme in views:
        found = await window.look(kind, width, scheme)
        require_readable(found, width)
        assert (found["night"] == [27, 34, 44]) is (scheme == "dark")
    assert window.complaints == []


@pytest.mark.parametrize("colour", ["#000000", "#0f766e", "#ff0000", "#1a1aff", "#949494"])
async def test_whatever_colour_a_company_may_have_its_letters_can_be_read(window: Window, colour: str) -> None:
    """A button is in it, and so are links."""
    company = COMPANY.model_copy(update={"colour": colour})
    mail = COMPOSER.compose(telling(Kind.TICKET_OPENED, company), company)
    await window.show(mail)
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        require_readable(await window.look(f"colour-{colour[1:]}", 375, scheme), 375)


async def test_no_long_word_wide_table_or_address_breaks_a_letter(window: Window) -> None:
    about = ticket(title=WORD, requester=REQUESTER.model_copy(update={"name": WORD}))
    mails = {
        "long-acknowledgement": (REQUESTER, opened(ticket=about, excerpt=f"{WORD}\n{ADDRESS}")),
        "long-notice": (ANALYST, requester_replied(ticket=about, text=f"{ADDRESS} {WORD}", quote_at=None)),
        "long-answer": (REQUESTER, replied(ticket=about, text=RICH.text, html=RICH.html, quoted=WORD)),
        "arabic": (REQUESTER, opened(ticket=ticket(title="مرحبا بالعالم"), excerpt="שלום עולם\n\nOlá")),
    }
    for name, (person, fact) in mails.items():
        await window.show(COMPOSER.compose(delivery_to(person, fact), COMPANY))
        for width in (375, 320, 700):
            require_readable(await window.look(name, width), width)
    assert window.complaints == []


async def test_nothing_that_strangers_write_runs_in_a_letter(window: Window) -> None:
    """By name, title, words and file names."""
    attack = "<img src=x onerror=window.ran=1><script>window.ran=1</script><svg onload=window.ran=1>\"'>"
    person = REQUESTER.model_copy(update={"name": attack})
    about = ticket(title=attack, requester=person)
    for to, fact in (
        (REQUESTER, opened(ticket=about, excerpt=attack)),
        (ANALYST, requester_replied(ticket=about, author=person, text=attack, quote_at=None)),
        (REQUESTER, replied(ticket=about, text=attack, quoted=attack, recipients=(person,))),
    ):
        company = ADORNED.model_copy(update={"name": attack, "logo": None})
        await window.show(COMPOSER.compose(delivery_to(to, fact, company), company))
        assert await window.page.evaluate("window.ran") is None
        assert await window.page.locator("script, svg, img").count() == 0
    assert window.complaints == []


async def test_this_browser_would_tell_of_what_is_wrong(window: Window) -> None:
    """Else the tests above would prove nothing."""
    mail = adorned(Kind.REPLY)
    faults = '<p style="color:#ddd">pálido</p><div style="width:500px">x</div><img src="http://127.0.0.1:9/x"><p dir'
    await window.show(replace(mail, html=mail.html.replace("<p dir", faults, 1)))
    found = await window.look("wrong", 375)
    assert found["faint"]
    assert found["cut"]
    await window.page.wait_for_load_state("networkidle")
    assert "http://127.0.0.1:9/x" in window.complaints
    window.complaints.clear()
