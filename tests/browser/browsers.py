"""People in front of real browsers, before whatever gateway answers at an address."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    StorageState,
    ViewportSize,
    expect,
)

DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
SMALLEST = ViewportSize(width=320, height=640)

PATIENCE_MS = 40_000
"""With a busy machine: nothing here measures time."""
_CLOSED_WITHIN_S = 30.0

expect.set_options(timeout=PATIENCE_MS)


class Browsers:
    """Opens browsers at one company's gateway, and keeps what they complain about."""

    def __init__(
        self, chromium: Browser, url: str, slug: str, password: str, people: Mapping[str, str] | None = None
    ) -> None:
        """`people` has addresses by name, for those who shall be called by it."""
        self.url = url
        self.slug = slug
        self.complaints: list[str] = []
        self._expected: list[str] = []
        self._chromium = chromium
        self._password = password
        self._people = people or {}
        self._contexts: list[BrowserContext] = []
        self._sessions: dict[str, StorageState] = {}

    async def visit(self, path: str, *, size: ViewportSize = DESKTOP, **options: Any) -> Page:
        """A page in a fresh browser without a session."""
        context = await self._chromium.new_context(viewport=size, locale="pt-BR", **options)
        self._contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self._watch)
        page.on("response", self._judge)
        await page.goto(self.url + path)
        return page

    async def sit_down_as(self, who: str, path: str, **options: Any) -> Page:
        """Sign in as a person would, by address or name, and go to a page."""
        page = await self.visit(f"/{self.slug}/sign-in", **options)
        await page.get_by_label("E-mail").fill(self._people.get(who, who))
        await page.get_by_label("Senha").fill(self._password)
        await page.get_by_role("button", name="Entrar").click()
        await page.wait_for_url(lambda url: "sign-in" not in url)
        await page.goto(self.url + path)
        return page

    async def look_as(self, address: str | None, path: str, **options: Any) -> Page:
        """A page in a fresh browser, with the session of an earlier look where there was one; none: without one."""
        if address is None:
            return await self.visit(path, **options)
        if address not in self._sessions:
            page = await self.sit_down_as(address, path, **options)
            self._sessions[address] = await page.context.storage_state()
            return page
        return await self.visit(path, storage_state=self._sessions[address], **options)

    def expect_refusals(self, *paths: str) -> None:
        """From now on an answer from 400 to 499 is what a test is about, where the address has one of these in it."""
        self._expected.extend(paths)

    async def close(self) -> None:
        """Everybody goes home."""
        for context in self._contexts:
            # Left in the middle of a navigation, one now and then never says that it is closed: its browser ends it.
            with suppress(TimeoutError):
                await asyncio.wait_for(context.close(), _CLOSED_WITHIN_S)

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium reports every answer from 400 up as an error, without saying which: `_judge` does.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _judge(self, response: Response) -> None:
        path = urlsplit(response.url).path
        is_expected = response.status < 500 and any(one in path for one in self._expected)
        if response.status >= 400 and not is_expected:
            self.complaints.append(f"{response.status} for {response.request.method} {path}")

    def _watch(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.complaints.append(f"request to another host: {request.url}")
