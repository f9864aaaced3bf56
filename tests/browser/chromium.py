"""Where Chromium is, and how it is started here."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


class NoChromium(Exception):
    """There is none on this machine; the words say what to do."""

    def __init__(self) -> None:
        super().__init__("no Chromium here: install the package chromium, or name one with BALCAO_CHROMIUM")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser, by the variable BALCAO_CHROMIUM or on the path.

    Raises:
        NoChromium: there is none.
    """
    found = os.environ.get("BALCAO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise NoChromium
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def chromium_or_skip() -> AsyncIterator[Browser]:
    """A browser for tests, which are skipped where there is none, and say so."""
    try:
        async with chromium() as browser:
            yield browser
    except NoChromium as missing:
        pytest.skip(str(missing))
