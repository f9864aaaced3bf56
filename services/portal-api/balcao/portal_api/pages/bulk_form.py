"""The form that edits many tickets alike: only what was filled changes (W12)."""

from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, QueryParams

from balcao.portal_api.language import Language
from balcao.portal_api.pages import labels
from balcao.portal_api.pages.moments import Moments
from balcao.portal_api.pages.people_typed import people_typed

NOTHING = "none"
"""Chosen to empty a field; not choosing leaves it as it is."""
MOST_NUMBERS = 500
_BAD_CHOICE = labels.CONDITIONS["bad-choice"]
_BAD_DATE = labels.CONDITIONS["bad-date"]
_EMPTIABLE = ("workspace_id", "project_id")
_DATES = ("promised_for", "due")


@dataclass(frozen=True)
class Chosen:
    """Which tickets: those with these numbers, or all of a list by its address."""

    numbers: tuple[int, ...] = ()
    is_all: bool = False
    list_query: str = ""
    """The address of the list they were chosen in, without its question mark: where one goes back to."""

    @classmethod
    def of(cls, given: QueryParams | FormData) -> "Chosen":
        """As the selection bar sends it. Numbers may come one by one or with commas between them."""
        typed = ",".join(one for one in given.getlist("ids") if isinstance(one, str))
        numbers = [int(one) for one in typed.split(",") if one.isascii() and one.isdigit() and len(one) < 13]
        query = given.get("in", "")
        return cls(
            tuple(one for one in dict.fromkeys(numbers) if one)[:MOST_NUMBERS],
            given.get("all") == "1",
            query[:4_000].removeprefix("?") if isinstance(query, str) else "",
        )

    @property
    def is_nothing(self) -> bool:
        """Whether no ticket was chosen."""
        return not self.numbers and not self.is_all

    @property
    def ids(self) -> str:
        """The numbers as one field."""
        return ",".join(map(str, self.numbers))


@dataclass
class BulkForm:
    """What the form said, what it means, and what makes no sense, by field."""

    raw: dict[str, str] = field(default_factory=dict)
    add_tags: list[str] = field(default_factory=list)
    remove_tags: list[str] = field(default_factory=list)
    edit: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether no field was given a value."""
        return not set(self.edit) - {"note"}


def read_bulk_form(form: FormData, words: Language, moments: Moments) -> BulkForm:
    """The form, whole whatever is wrong with it: see `errors`."""
    read = BulkForm({name: value for name, value in form.items() if isinstance(value, str)})
    read.add_tags, read.remove_tags = (
        [one for one in form.getlist(name) if isinstance(one, str)] for name in ("add_tags", "remove_tags")
    )
    _choices(read, words)
    _dates(read, words, moments)
    _people(read, words)
    _tags(read, words)
    if note := read.raw.get("note", "").replace("\r\n", "\n").strip():
        read.edit["note"] = note[:10_000]
    return read


def _choices(read: BulkForm, words: Language) -> None:
    for name in ("analyst_id", "kind", "priority", *_EMPTIABLE):
        value = read.raw.get(name, "").strip()
        if value:
            read.edit[name] = None if value == NOTHING and name in _EMPTIABLE else value
    kind, priority = read.edit.get("kind", "request"), read.edit.get("priority")
    if priority is not None:
        is_step = priority.isdigit() and int(priority) <= 100 and int(priority) % 5 == 0
        read.edit["priority"] = int(priority) if is_step else 0
        if not is_step:
            read.errors["priority"] = words.gettext(_BAD_CHOICE)
    if kind not in labels.KINDS:
        read.errors["kind"] = words.gettext(_BAD_CHOICE)


def _dates(read: BulkForm, words: Language, moments: Moments) -> None:
    for name in _DATES:
        try:
            instant = moments.read(read.raw.get(name, "").strip())
        except ValueError:
            read.errors[name] = words.gettext(_BAD_DATE)
            continue
        if read.raw.get(f"{name}_none") == "1":
            read.edit[name] = None
        elif instant is not None:
            read.edit[name] = instant.isoformat()


def _people(read: BulkForm, words: Language) -> None:
    for name in ("add_watchers", "remove_watchers"):
        found, unclear = people_typed(read.raw.get(name, ""))
        if unclear:
            no_address = words.gettext("“%(name)s” has no e-mail address. Write it as Name <address>.")
            read.errors[name] = no_address % {"name": unclear[0][:80]}
        if found:
            read.edit[name] = found if name == "add_watchers" else [one["address"] for one in found]


def _tags(read: BulkForm, words: Language) -> None:
    if set(read.add_tags) & set(read.remove_tags):
        read.errors["remove_tags"] = words.gettext("A tag can't be both added and removed.")
    for name, tags in (("add_tags", read.add_tags), ("remove_tags", read.remove_tags)):
        if tags:
            read.edit[name] = tags
