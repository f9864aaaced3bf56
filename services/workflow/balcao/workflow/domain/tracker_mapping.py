"""What a tracker's payload means: a mapping of expressions, the ready ones, and the reading of a payload by one."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from balcao.shared.clock import to_milliseconds
from balcao.shared.errors import Invalid
from balcao.workflow.domain.expressions import Expression

TrackerKind = Literal["generic", "github", "jira", "trello"]
MOST_TITLE = 300
MOST_DESCRIPTION = 50_000
MOST_TICKETS_NAMED = 10
_TICKET = re.compile(r"Balc[aã]o-Ticket:[ \t]*#?([0-9]{1,9})\b", re.IGNORECASE)
_TICKET_URL = re.compile(r"(https?://[^\s/]{1,255}/[a-z0-9-]{1,100})/(?:desk|my)/tickets/([0-9]{1,9})(?![0-9])")
"""A ticket's page, for the desk or for its requester, as `portal-api` has them."""
_TASK = re.compile(r"Balc[aã]o-Task:[ \t]*#?([0-9]{1,9})\.([a-z2-7]{13})\b", re.IGNORECASE)


class NotMapped(Invalid):
    """The payload does not say what the mapping looks for."""


class Mapping(BaseModel):
    """Where in a payload to find what: JMESPath, without pipes and new objects."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: str = Field(default="", description="Payloads for which this finds nothing or false are ignored.")
    id: str = Field(min_length=1, description="What identifies the piece of work there, for good.")
    label: str = Field(default="", description="What people call it there; the id where it finds nothing.")
    url: str = Field(default="", description="Its page.")
    title: str = Field(min_length=1)
    description: str = ""
    states: tuple[str, ...] = Field(
        default=(), max_length=10, description="Each a text or list of texts; the first that `phases` knows decides."
    )
    at: str = Field(
        min_length=1, description="When it came to be so: ISO 8601 with its zone, or seconds or milliseconds."
    )
    begins: str = Field(default="", description="True for the first that is told of a piece of work.")
    ticket: str = Field(default="", description="Number of a ticket that it is for.")
    delivery: str = Field(default="", description="What identifies this very message, where no header does.")

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        """Refuse expressions that can't be used. Raises `BadExpression`."""
        for text in (*self.model_dump(exclude={"states"}).values(), *self.states):
            _expression(text)
        return self


@dataclass(frozen=True)
class OutsideChange:
    """What a payload says of a piece of work."""

    outside_id: str
    label: str
    url: str
    title: str
    description: str
    states: tuple[str, ...]
    """What its state there may be called, in the order in which that decides; folded."""
    at: datetime
    begins: bool
    tickets: tuple[int, ...]
    """Numbers of tickets that it names."""
    task: tuple[int, str] | None
    """Number and signature of the task of ours that it was made from."""

    @property
    def order(self) -> str:
        """Sorts what is told of one piece of work: by time, and where that is coarse the beginning first."""
        return f"{to_milliseconds(self.at).isoformat(timespec='milliseconds')}/{0 if self.begins else 1}"


def read_payload(
    kind: TrackerKind, mapping: Mapping, payload: Any, received_at: datetime, pages_url: str = ""
) -> OutsideChange | None:
    """What a payload says; none when it is not for us. Raises `NotMapped`, `BadExpression`.

    `pages_url` is where the company's own pages are: of another company's tickets the numbers mean nothing here.
    """
    if mapping.when and not _found(mapping.when, payload):
        return None
    outside_id = _text("id", mapping.id, payload, most=200)
    title = " ".join(_text("title", mapping.title, payload, most=MOST_TITLE).split())
    description = _words(mapping.description, payload)[:MOST_DESCRIPTION]
    label = _words(mapping.label, payload)[:100] or outside_id[:100]
    url = _words(mapping.url, payload)
    # A clock that is ahead must not make all that comes later look late.
    at = min(_instant(_found(mapping.at, payload)), received_at)
    told = f"{title}\n{description}"
    return OutsideChange(
        outside_id=outside_id,
        label=label,
        url=_page(_browse_url(url, label) if kind == "jira" else url),
        title=title,
        description=description,
        states=tuple(dict.fromkeys(one for text in mapping.states for one in _states(_found(text, payload)))),
        at=to_milliseconds(at),
        begins=bool(mapping.begins and _found(mapping.begins, payload)),
        tickets=_tickets(told, _found(mapping.ticket, payload) if mapping.ticket else None, pages_url),
        task=_task(told),
    )


def folded_state(text: str) -> str:
    """A state as it is compared: without case, accents and surplus spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())[:200]


@lru_cache(maxsize=2_000)
def _expression(text: str) -> Expression | None:
    return Expression(text) if text else None


def _found(text: str, payload: Any) -> Any:
    expression = _expression(text)
    return expression.of(payload) if expression is not None else None


def _text(what: str, expression: str, payload: Any, *, most: int) -> str:
    found = _words(expression, payload).strip()
    if not found:
        raise NotMapped(f"{what}: the mapping finds no text with {expression!r}", field=what)
    return found[:most]


def _words(expression: str, payload: Any) -> str:
    """Text or a number as text; nothing for what is neither."""
    found = _found(expression, payload)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found).replace("\x00", "")


def _states(found: Any) -> tuple[str, ...]:
    some = found if isinstance(found, list) else [found]
    return tuple(folded_state(one) for one in some[:100] if isinstance(one, str) and one.strip())


def _instant(found: Any) -> datetime:
    """Raises `NotMapped` for what is no time, or lacks its zone: a guess would put things in the wrong order."""
    try:
        if isinstance(found, str) and found.strip().isdigit():
            found = int(found)
        if isinstance(found, int | float) and not isinstance(found, bool):
            return datetime.fromtimestamp(found / 1000 if found > 100_000_000_000 else found, UTC)
        if isinstance(found, str):
            at = datetime.fromisoformat(found.strip())
            if at.tzinfo is not None:
                return at.astimezone(UTC)
            raise NotMapped("at: a time needs its zone", field="at")
    except (ValueError, OverflowError, OSError) as error:
        raise NotMapped(f"at: {str(found)[:60]!r} is no time", field="at") from error
    raise NotMapped("at: the mapping finds no time", field="at")


def _tickets(told: str, found: Any, pages_url: str) -> tuple[int, ...]:
    numbers = [int(one) for one in _TICKET.findall(told)]
    numbers += [int(number) for pages, number in _TICKET_URL.findall(told) if pages == pages_url]
    if isinstance(found, int) and not isinstance(found, bool):
        numbers.append(found)
    elif isinstance(found, str) and found.strip().lstrip("#").isdigit():
        numbers.append(int(found.strip().lstrip("#")[:9]))
    return tuple(one for one in dict.fromkeys(numbers) if 0 < one < 2**31)[:MOST_TICKETS_NAMED]


def _task(told: str) -> tuple[int, str] | None:
    found = _TASK.search(told)
    return (int(found[1]), found[2].lower()) if found is not None else None


def _browse_url(url: str, key: str) -> str:
    """Jira names the address for programs; people look elsewhere."""
    base, rest, _ = url.partition("/rest/api/")
    return f"{base}/browse/{key}" if rest else url


def _page(url: str) -> str:
    """An address that may stand behind a link; nothing for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    fine = parts.scheme in ("https", "http") and parts.hostname and len(url) <= 2_000 and url.isprintable()
    return url if fine and " " not in url else ""
