"""What workspaces, projects, tags and saved replies have in common: a unique name, archived rather than deleted."""

import unicodedata
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import StringConstraints, computed_field

from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.events import Fact
from balcao.shared.ids import derived_id

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ItemT = TypeVar("ItemT", bound="Item")


def folded(text: str) -> str:
    """A text as it is compared and sorted by: without accents, case and superfluous spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


class Item(Aggregate):
    """A named thing of a company. It is archived rather than deleted: tickets may still point at it."""

    noun: ClassVar[str]
    says: ClassVar[type[Fact]]
    """The fact that carries it whole after each change."""

    name: str
    archived: bool = False

    @computed_field  # type: ignore[prop-decorator]
    @property
    def key(self) -> str:
        """What is unique in the company, by an index."""
        return self.key_of(self.name)

    def key_of(self, name: str) -> str:
        """What its key would be under another name."""
        return folded(name)


def created(item: ItemT) -> Change[ItemT]:
    """A new item, as it was given."""
    return Revision(item).say(item.says).done()


def edited(item: ItemT, values: dict[str, Any]) -> Change[ItemT]:
    """Other values for the fields that were given; what is the same already is no change."""
    changes = {field: value for field, value in values.items() if getattr(item, field) != value}
    if not changes:
        return Change(item, item, ())
    return Revision(item).set(**changes).say(item.says, changed=tuple(sorted(changes))).done()


def item_id(noun: str, cause_id: str) -> str:
    """The id of what a request creates: the same when the request is repeated."""
    return derived_id(noun, cause_id)
