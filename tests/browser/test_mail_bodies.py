"""What strangers write is shown by a real browser, and nothing of it runs or is fetched."""

import json

import pytest
from playwright.async_api import Browser, Page, Request

from balcao.intake.domain.safe_body import safe_html, text_as_html
from tests.unit.intake.xss_payloads import PAYLOADS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

_WATCH = """() => {
  window.ran = [];
  for (const name of ["alert", "prompt", "confirm"]) window[name] = (...all) => window.ran.push(name);
}"""
_TRY = """() => {
  for (const one of document.querySelectorAll("*")) {
    for (const kind of ["click", "mouseover", "pointerover", "focus", "blur", "toggle", "load", "error"]) {
      if (one.tagName !== "A" || kind !== "click") one.dispatchEvent(new Event(kind));
    }
  }
  return [...document.querySelectorAll("a[href]")].map(one => one.protocol);
}"""


async def show(page: Page, html: str) -> tuple[list[str], list[str]]:
    """Show HTML in a page without any policy to protect it; what ran, and where its links lead."""
    await page.goto("about:blank")
    await page.evaluate(_WATCH)
    await page.evaluate("html => { document.body.innerHTML = html }", html)
    await page.evaluate("html => { const div = document.createElement('div'); div.innerHTML = html; }", html)
    links = await page.evaluate(_TRY)
    await page.wait_for_timeout(20)
    return await page.evaluate("window.ran"), links


async def test_no_payload_runs_fetches_or_links_to_a_script(chromium: Browser) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    fetched: list[str] = []

    def note(request: Request) -> None:
        fetched.append(request.url)

    page.on("request", note)
    wrong: list[tuple[str, list[str]]] = []
    for payload in PAYLOADS:
        for html in (safe_html(f"<p>oi {payload} tchau</p>")[0], text_as_html(payload)):
            ran, links = await show(page, html)
            if ran or not set(links) <= {"http:", "https:", "mailto:", "tel:"}:
                wrong.append((payload, ran + links))
    await context.close()
    assert wrong == []
    assert [url for url in fetched if not url.startswith(("about:", "data:image/"))] == []


async def test_this_browser_would_run_what_is_not_made_safe(chromium: Browser) -> None:
    """Else the test above would prove nothing."""
    context = await chromium.new_context()
    page = await context.new_page()
    payloads = ("<img src=x: onerror=alert(1)>", "<svg onload=alert(1)>", "<div onclick=alert(1)>x</div>")
    ran = [(await show(page, payload))[0] for payload in payloads]
    await context.close()
    assert json.dumps(ran).count("alert") >= 2
