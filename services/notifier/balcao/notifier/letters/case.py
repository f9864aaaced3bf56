"""What a letter is written from: the delivery, the company, the reader's language, and where links lead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from markupsafe import Markup

from balcao.notifier.domain.deliveries import About, Delivery
from balcao.notifier.letters import catalogues, headers
from balcao.notifier.letters.layout import Attachment
from balcao.notifier.letters.words import rich_words_of, words_of
from balcao.shared.catalogues import locale_of
from balcao.shared.events import CompanyProfile, FileRef, Party


@dataclass(frozen=True)
class Enclosed:
    """The files of an answer: those that go along, and the names of those that don't (too large, or not ours)."""

    attachments: Sequence[Attachment] = ()
    left_out: Sequence[FileRef] = ()
    logo: Attachment | None = None
    """The company's logo, where it has one that can be had."""


NOTHING = Enclosed()


@dataclass(frozen=True)
class Case:
    """One letter to be written. All names in it are one line, without controls."""

    delivery: Delivery
    company: CompanyProfile
    enclosed: Enclosed
    secret: str
    public_url: str

    @cached_property
    def locale(self) -> str:
        """The recipient's language, else the company's."""
        return locale_of(self.delivery.telling.recipient.locale, self.company.locale)

    @cached_property
    def gettext(self) -> Callable[[str], str]:
        """The words of the reader's language."""
        return catalogues.translations(self.locale).gettext

    def say(self, sentence: str, **values: str | int) -> str:
        """A sentence in the reader's language, filled in."""
        return self.gettext(sentence) % values

    @property
    def fact(self) -> Any:
        """What happened."""
        return self.delivery.event.data

    @cached_property
    def about(self) -> About:
        """What it is about."""
        return self.delivery.about

    @cached_property
    def title(self) -> str:
        """The ticket's title, or the subject of what it is about."""
        return headers.one_line(self.about.title)

    @property
    def number(self) -> int | None:
        """The ticket's number, where it is about one."""
        return self.about.number

    @property
    def company_name(self) -> str:
        """Who writes."""
        return headers.one_line(self.company.name)

    @cached_property
    def recipient(self) -> str:
        """Who reads; empty for an address without a name."""
        return headers.one_line(self.delivery.telling.recipient.name)

    @property
    def requester(self) -> str:
        """Whose request it is."""
        return name_of(self.about.requester)

    @cached_property
    def words(self) -> str:
        """What was said."""
        return words_of(self.delivery.event)

    @property
    def rich_words(self) -> Markup:
        """The same as HTML, where it was written so."""
        return rich_words_of(self.delivery.event, self.enclosed.left_out)

    def calendar_day(self, day: date) -> str:
        """A day in the reader's words."""
        return str(format_date(day, "full", locale=self._babel))

    def short_day(self, at: datetime) -> str:
        """A day as tables say it, by the company's clock."""
        return str(format_skeleton("MMMd", self._local(at), locale=self._babel))

    def time(self, at: datetime) -> str:
        """The time of a day, by the company's clock."""
        return str(format_time(self._local(at), "HH:mm", locale=self._babel))

    def moment(self, at: datetime) -> str:
        """A day with its time, by the company's clock, in the reader's words."""
        return f"{self.day(at)}, {self.time(at)}"

    def day(self, at: datetime) -> str:
        """A day, by the company's clock, in the reader's words."""
        return str(format_date(self._local(at), "long", locale=self._babel))

    def desk(self, path: str) -> str:
        """A page of the desk; empty where it has no public address."""
        return f"{self.public_url}/{self.company.slug}/desk/{path}" if self.public_url else ""

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.company.time_zone))

    @property
    def _babel(self) -> str:
        return self.locale.replace("-", "_")


def name_of(party: Party | None) -> str:
    """How somebody is called: their name, else their address."""
    if party is None:
        return ""
    return headers.one_line(party.name) or headers.one_line(party.address or "")
