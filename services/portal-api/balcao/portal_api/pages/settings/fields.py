"""A form of the settings: what was typed into it, and what is wrong with which field."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData


@dataclass(frozen=True)
class Fields:
    """One form. Once refused it shows what was typed; before that, what is saved."""

    form: str
    typed: Mapping[str, tuple[str, ...]] | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    """Words beside fields, by their names."""

    def value(self, name: str, saved: object = "") -> str:
        """What stands in a field."""
        if self.typed is None:
            return "" if saved is None else str(saved)
        return next(iter(self.typed.get(name, ())), "")

    def many(self, name: str, saved: Iterable[str] = ()) -> list[str]:
        """What stands in several fields of one name."""
        return list(saved) if self.typed is None else list(self.typed.get(name, ()))

    def ticked(self, name: str, saved: bool = False) -> bool:
        """Whether a box is ticked."""
        return saved if self.typed is None else bool(self.typed.get(name))

    def chosen(self, name: str, value: str, saved: Collection[str] = ()) -> bool:
        """Whether this value is among those chosen."""
        return value in self.many(name, saved)

    def problem(self, name: str) -> str:
        """What is wrong with a field, or nothing."""
        return self.problems.get(name, "")


@dataclass(frozen=True)
class Kept:
    """The form of a page that was refused, if any: nothing typed is lost."""

    form: str = ""
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: str = ""
    """What is wrong as a whole."""
    problems: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    is_stale: bool = False
    other_id: str = ""
    """The id of what stands in the way, where it is known."""
    other_archived: bool = False

    def of(self, form: str) -> Fields:
        """A form of the page."""
        if self.form == form:
            return Fields(form, self.typed, self.problems)
        return Fields(form)

    def about(self, form: str) -> bool:
        """Whether it was this form that was refused."""
        return bool(self.form) and self.form == form


def typed(form: FormData) -> dict[str, tuple[str, ...]]:
    """The texts of a form, by name."""
    names = dict.fromkeys(name for name, value in form.multi_items() if isinstance(value, str))
    return {name: tuple(texts(form, name)) for name in names}


def texts(form: FormData, name: str) -> list[str]:
    """All texts of one name, as a browser sends them."""
    return [value.replace("\r\n", "\n") for value in form.getlist(name) if isinstance(value, str)]


def text(form: FormData, name: str) -> str:
    """One text without space around it; nothing when it is not there."""
    return next(iter(texts(form, name)), "").strip()


def or_none(form: FormData, name: str) -> str | None:
    """A text, or none for an empty one."""
    return text(form, name) or None


def filled(form: FormData, name: str) -> list[str]:
    """The texts of one name that are not empty."""
    return [value for one in texts(form, name) if (value := one.strip())]


def ticked(form: FormData, name: str) -> bool:
    """Whether a box was ticked."""
    return bool(form.get(name))
