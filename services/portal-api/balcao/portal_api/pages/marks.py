"""The small signs that pages repeat on every line: icons, avatars, priority, stage, dates. Drawn once, then kept."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from balcao.portal_api.pages import labels
from balcao.portal_api.pages.moments import Moments, Written
from balcao.portal_api.pages.surroundings import BandWords

_REMEMBERED = 2048
_NO_WORDS = BandWords()
_BARS = {"none": 0, "low": 1, "medium": 2, "high": 3, "urgent": 4}


class Marks:
    """Draws in one language. What is passed in is text: it is escaped here."""

    def __init__(self, asset: Callable[[str], str], gettext: Callable[[str], str]) -> None:
        self._icons = asset("icons.svg")
        self._ = gettext
        # A list of fifty rows repeats a few dozen of them some hundred times.
        self.icon = lru_cache(_REMEMBERED)(self._icon)
        self.avatar = lru_cache(_REMEMBERED)(self._avatar)
        self.priority = lru_cache(_REMEMBERED)(self._priority)
        self.stage_pips = lru_cache(_REMEMBERED)(self._stage_pips)
        self.phase_bar = lru_cache(_REMEMBERED)(self._phase_bar)
        self.tag_chip = lru_cache(_REMEMBERED)(self._tag_chip)
        self.time = lru_cache(_REMEMBERED)(self._time)

    def moment(self, value: str | datetime | None, at: Moments, how: str = "stamp") -> Markup:
        """A time in words, with the full date at hand. `how` is `stamp`, `ago` or `due`."""
        written = at.written(value, how)
        return self.time(written) if written is not None else Markup("—")

    def _time(self, written: Written) -> Markup:
        until = Markup(' data-until="{}"').format(written.until) if written.until is not None else ""
        return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(
            written.iso, written.full, until, written.words
        )

    def _icon(self, name: str, small: bool = False) -> Markup:
        size = " i-s" if small else ""
        return Markup('<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(size, self._icons, name)

    def _avatar(self, name: str | None, me: bool = False, large: bool = False) -> Markup:
        kinds = (" av-l" if large else "") + (" av-me" if me else "")
        return Markup('<span class="av{}" aria-hidden="true">{}</span>').format(kinds, initials(name))

    def _priority(self, value: int | None, band: BandWords = _NO_WORDS, words: bool = False) -> Markup:
        """Bars, number and word: never colour alone. The company's own word where it is known, and what the band means
        at hand (O9)."""
        name = labels.band(value or 0)
        bars = Markup("").join(
            Markup('<rect x="{}" y="{}" width="2" height="{}" rx=".6"{}/>').format(
                bar * 3, 9 - bar * 3, 3 + bar * 3, Markup(' class="on"') if bar < _BARS[name] else ""
            )
            for bar in range(4)
        )
        word = band.label or self._(labels.BANDS[name])
        if words:
            text = Markup("{}{}").format(f"{value} " if value else "", word)
        else:
            text = Markup('{}<span class="vh"> {}</span>').format(value or "—", word)
        signs = Markup('<svg viewBox="0 0 12 12" aria-hidden="true">{}</svg>').format(bars)
        meant = f"{word}: {band.impact}" if band.impact else word
        return Markup('<span class="pri p-{}" title="{}">{}{}</span>').format(name, meant, signs, text)

    def _tag_chip(self, name: str, colour: str | None = None) -> Markup:
        """A tag with its colour (O14), which is an attribute of a shape since our policy allows no style of its own."""
        dot = Markup('<svg viewBox="0 0 8 8" aria-hidden="true"><circle cx="4" cy="4" r="4" fill="{}"/></svg>')
        return Markup('<span class="tag">{}{}</span>').format(dot.format(colour) if colour else "", name)

    def _stage_pips(self, stage: str) -> Markup:
        order = list(labels.STAGES)
        reached = order.index(stage) if stage in order else 0
        word = self._(labels.STAGES[stage]) if stage in labels.STAGES else stage
        steps = _steps(reached, len(order))
        return Markup('<div class="pips"><ol aria-hidden="true">{}</ol><span>{}</span></div>').format(steps, word)

    def _phase_bar(self, reached: int, total: int, completed: bool = False, cancelled: bool = False) -> Markup:
        steps = _steps(-1 if cancelled else reached, total, every="ok" if completed else "")
        return Markup('<ol class="phases" aria-hidden="true">{}</ol>').format(steps)


def initials(name: str | None) -> str:
    """First letters of the first and last name."""
    parts = [part for part in (name or "").split() if part[:1].isalnum()]
    if not parts:
        return "?"
    return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else parts[0][1:2])).upper()


def _steps(reached: int, total: int, every: str = "") -> Markup:
    kinds = (every or ("on" if at < reached else "at" if at == reached else "") for at in range(total))
    return Markup("").join(Markup('<li class="{}"></li>').format(kind) for kind in kinds)
