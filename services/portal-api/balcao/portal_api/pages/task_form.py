"""What forms about tasks say: fields as people type them, as `workflow` takes them."""

import re
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from balcao.portal_api.domain.conditions import BadDate, BadDuration, BadLink, NoSuchNumber, NoTitle
from balcao.portal_api.pages.moments import Moments

_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)")
_WORDS = re.compile(r"(?:(\d{1,3}(?:[.,]\d{1,2})?)\s*h)?\s*(?:(\d{1,4})\s*(?:min|m)?)?", re.IGNORECASE)
_LINK = re.compile(r"(https?://\S+)\s*(.*)")


class TaskForm:
    """A form that was sent. Every field is text until somebody asks for something else of it."""

    def __init__(self, sent: FormData, moments: Moments) -> None:
        self._sent = sent
        self._moments = moments
        self.receipts: list[str] = []
        """Of files that came with it, so that they come back with a form that was refused."""

    def text(self, name: str, otherwise: str = "") -> str:
        """A field without spaces around it, its lines ended as everywhere else."""
        value = self._sent.get(name, otherwise)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else otherwise

    def all(self, name: str) -> list[str]:
        """All values of a field, each once."""
        return list(dict.fromkeys(one for one in self._sent.getlist(name) if isinstance(one, str) and one))

    def values(self) -> dict[str, str]:
        """What was typed, to show it again."""
        return {name: value for name, value in self._sent.items() if isinstance(value, str)}

    def number(self, name: str) -> int:
        """A number such as people write it: 12, #12 or T-12. Raises `NoSuchNumber`."""
        digits = self.text(name).lstrip("#Tt- ")
        if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits) <= 2_147_483_647:
            raise NoSuchNumber(f"{name}: give a number")
        return int(digits)

    def instant(self, name: str) -> str | None:
        """A date and time in the company's zone, as an instant. Raises `BadDate`."""
        try:
            instant = self._moments.read(self.text(name))
        except ValueError:
            raise BadDate(f"{name}: this is no date") from None
        return instant.isoformat() if instant else None

    def day(self, name: str) -> str | None:
        """A day. Raises `BadDate`."""
        try:
            return date.fromisoformat(self.text(name)).isoformat() if self.text(name) else None
        except ValueError:
            raise BadDate(f"{name}: this is no date") from None

    def minutes(self, name: str) -> int | None:
        """How long: 90, 1:30, 1h30, 1,5h. None where nothing was typed. Raises `BadDuration`."""
        typed = self.text(name)
        if not typed:
            return None
        if clock := _CLOCK.fullmatch(typed):
            return int(clock[1]) * 60 + int(clock[2])
        words = _WORDS.fullmatch(typed)
        if words is None:
            raise BadDuration(f"{name}: write for example 1:30, or 90 for minutes")
        return round(float((words[1] or "0").replace(",", ".")) * 60) + int(words[2] or 0)

    def words(self, plain: str = "text") -> dict[str, str]:
        """What an editor sent: its HTML, or plain words (as `plain`) where there was no script."""
        html = self.text("html")
        return {"html": html} if html else {plain: self.text("text")}

    def links(self) -> list[dict[str, str]]:
        """One a line: an address, and behind it what it is called. Raises `BadLink`."""
        found = []
        for line in self.text("links").splitlines():
            link = _LINK.fullmatch(line.strip())
            if link is None and line.strip():
                raise BadLink("links: one a line, each beginning with https://")
            if link is not None:
                found.append({"url": link[1], "title": link[2][:200]})
        return found

    def wanted(self) -> dict[str, Any]:
        """A new task's fields, without a date. Raises `NoTitle` and `BadDuration`."""
        if not self.text("title"):
            raise NoTitle("a task needs a title")
        body: dict[str, Any] = {
            "title": self.text("title")[:300],
            **self.words("description"),
            "tags": self.all("tag"),
            "checklist": [line.strip()[:300] for line in self.text("checklist").splitlines() if line.strip()][:100],
            "estimate_minutes": self.minutes("estimate"),
        }
        given = {name: self.text(name) for name in ("task_type", "executor_id", "project_id")}
        return body | {name: value for name, value in given.items() if value}
