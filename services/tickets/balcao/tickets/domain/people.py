"""People: the team, and guests who wrote or were named; their addresses, CPF and default workspace (O3, O6)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, computed_field

from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.events import AddressCleared, Party, PersonInvited, PersonProfile, PersonRegistered
from balcao.shared.ids import derived_id
from balcao.tickets.domain.conditions import LastAdministrator, PersonHasLeft, PersonUnreachable
from balcao.tickets.domain.items import folded

MailAddress = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=320, pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")
]
"""Something before and after one @. No stricter: the inner networks of companies have names like `loja.local`."""

MOST_ADDRESSES = 20
ROLES = ("admin", "agent", "producer")
_CPF_DIGITS = 11
_MOST_OF_NAME_IN_KEY = 80


def cpf_digits(text: str) -> str:
    """The eleven digits of a CPF however it is written. Raises `ValueError` when its check digits don't hold."""
    digits = "".join(c for c in text if c not in ". -/\t")
    if len(digits) != _CPF_DIGITS or not (digits.isascii() and digits.isdigit()) or len(set(digits)) == 1:
        raise ValueError("a CPF has eleven digits, not all the same")
    for length in (9, 10):
        weighed = sum(int(d) * weight for d, weight in zip(digits, range(length + 1, 1, -1), strict=False))
        if int(digits[length]) != weighed * 10 % 11 % 10:
            raise ValueError("the check digits of this CPF don't hold")
    return digits


Cpf = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20), AfterValidator(cpf_digits)]


class ReturnedMail(BaseModel):
    """Mail to one of a person's addresses that came back since somebody last cleared it."""

    model_config = ConfigDict(frozen=True)

    address: str
    mails: int
    marked: bool
    """Whether the address counts as unreachable: no more mails are sent there."""
    reason: str
    at: datetime


class Person(Aggregate):
    """Somebody of the team, or a guest who wrote once (O3). May have several addresses; the first is the main one.

    Tickets name people by id, so two profiles can be made one later: the survivor takes addresses and CPF.
    """

    name: str
    addresses: tuple[str, ...]
    roles: tuple[str, ...] = ()
    default_workspace_id: str | None = None
    locale: str | None = None
    cpf: str | None = None
    active: bool = True
    """Whether they are still there. Who left keeps their history, and can neither act nor be given work."""
    returned: tuple[ReturnedMail, ...] = ()
    """By address, mail that came back."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def on_team(self) -> bool:
        """Whether they are of the team now."""
        return bool(self.roles) and self.active

    @computed_field  # type: ignore[prop-decorator]
    @property
    def name_key(self) -> str:
        """The order of lists of people; the id makes it a place of its own, to page by."""
        return f"{folded(self.name)[:_MOST_OF_NAME_IN_KEY]}\x1f{self.id}"

    def about(self) -> dict[str, Any]:
        """Each of their facts carries them whole."""
        return {"person": self.profile()}

    def party(self) -> Party:
        """The person as facts carry them."""
        return self.profile().party()

    def profile(self) -> PersonProfile:
        """What other services need to know of them; the CPF none of them does. Who left has no role any more."""
        return PersonProfile(
            id=self.id,
            name=self.name,
            addresses=self.addresses,
            roles=self.roles if self.active else (),
            locale=self.locale,
            default_workspace_id=self.default_workspace_id,
            active=self.active,
            version=max(self.version, 1),
        )


def guest_id(company_id: str, address: str) -> str:
    """The id of the guest who first wrote from this address: the same whichever of two mails registers them."""
    return derived_id("guest", company_id, address)


def guest(company_id: str, party: Party) -> Person:
    """Somebody who wrote for the first time (O3)."""
    address = (party.address or "").lower()
    name = party.name.strip() or address.partition("@")[0]
    return Person(id=guest_id(company_id, address), company_id=company_id, name=name[:200], addresses=(address,))


def register(person: Person, *, by_mail: bool = False) -> Change[Person]:
    """A person enters the directory."""
    return Revision(person).say(PersonRegistered, by_mail=by_mail).done()


def invite(person: Person) -> Change[Person]:
    """Somebody of the team invites a person, once more maybe, to set a password (O3).

    Raises `PersonHasLeft`, and `PersonUnreachable` without a mail address.
    """
    if not person.active:
        raise PersonHasLeft("who left can't come in; bring them back first", person_id=person.id)
    if not person.addresses:
        raise PersonUnreachable("they have no mail address to invite them by", person_id=person.id)
    return Revision(person).say(PersonInvited).done()


def edit(person: Person, values: dict[str, Any]) -> Change[Person]:
    """Other values for the fields that were given ("Atualizar perfil", O6); the same values are no change."""
    changes = {field: value for field, value in values.items() if getattr(person, field) != value}
    if not changes:
        return Change(person, person, ())
    revision = Revision(person).set(**changes).say(PersonRegistered, changed=tuple(sorted(changes)))
    for gone in (one for one in person.returned if one.address not in revision.now.addresses):
        # Whoever has the address next begins anew.
        revision.set(returned=tuple(one for one in revision.now.returned if one.address != gone.address))
        revision.say(AddressCleared, address=gone.address)
    return revision.done()


def remember_workspace(person: Person, workspace_id: str) -> Change[Person]:
    """The workspace that the team gives a requester's ticket becomes their default, unless they have one (O6)."""
    if person.default_workspace_id is not None or person.roles:
        return Change(person, person, ())
    return edit(person, {"default_workspace_id": workspace_id})


def require_admin_left(change: Change[Person], members: Iterable[Person]) -> None:
    """Raise `LastAdministrator` when a change takes the company its last administrator."""
    before, after = change.before, change.after
    if not _is_admin(before) or _is_admin(after):
        return
    if not any(_is_admin(one) for one in members if one.id != after.id):
        raise LastAdministrator("make somebody else an administrator first", person_id=after.id)


def _is_admin(person: Person) -> bool:
    return person.active and "admin" in person.roles
