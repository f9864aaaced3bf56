"""Who may sign in: an account is a person of the directory, with a password once one was set."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from balcao.shared.events import PersonProfile
from balcao.shared.tokens import Acting


class Account(BaseModel):
    """A person as the gateway knows them. `password_hash` is none until a first password is set (P1)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    company_id: str
    name: str
    addresses: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    locale: str | None = None
    active: bool = True
    version: int = 0
    password_hash: str | None = None
    invitation: str | None = None
    """The one that its password was set by: it is good for nothing more (O3)."""
    password_set_at: datetime | None = None
    """Links to a new password that were asked for before are good for nothing more (P1)."""

    def may_sign_in(self) -> bool:
        """Whether they may come in at all: who left may not, though their profile is kept."""
        return self.active

    def acting(self) -> Acting:
        """The person as the services are told of them."""
        return acting_as(self.company_id, self)


def acting_as(company_id: str, person: Account | PersonProfile) -> Acting:
    """The identity that acts for this person; their first address is the one they are known by."""
    return Acting(
        company_id=company_id,
        person_id=person.id,
        name=person.name,
        address=person.addresses[0] if person.addresses else "",
        roles=person.roles,
        locale=person.locale,
    )


def fold_address(address: str) -> str:
    """An e-mail address as it is kept and looked up: no spaces around it, lower case."""
    return address.strip().lower()
