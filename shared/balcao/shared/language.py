"""A reader's language: words by gettext, dates as they are written there, by the clock of the company."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

_DAY = {"pt-BR": "dd/MM/yyyy", "en": "d MMM yyyy"}
_MOMENT = {"pt-BR": "dd/MM/yyyy 'às' HH:mm", "en": "d MMM yyyy, HH:mm"}


@dataclass(frozen=True)
class Language:
    """How to speak to one reader."""

    locale: str
    """pt-BR or en."""
    zone: ZoneInfo
    gettext: Callable[[str], str]

    def day(self, at: datetime) -> str:
        """An instant's day."""
        local = at.astimezone(self.zone)
        return str(format_date(local.date(), _DAY[self.locale], locale=self._babel))

    def moment(self, at: datetime) -> str:
        """An instant's day and time."""
        return str(format_datetime(at.astimezone(self.zone), _MOMENT[self.locale], locale=self._babel))

    @property
    def _babel(self) -> str:
        return self.locale.replace("-", "_")
