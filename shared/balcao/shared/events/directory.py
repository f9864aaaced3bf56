"""Facts about companies and people. Said by `tickets`, which keeps the directory."""

from pydantic import Field

from balcao.shared.events.envelope import Contract, Fact, Party


class CompanyProfile(Contract):
    """What other services need to know of a company."""

    id: str
    slug: str = Field(description="In URLs.")
    name: str
    addresses: tuple[str, ...] = Field(default=(), description="Its mail addresses, lower case (O2).")
    locale: str = "pt-BR"
    time_zone: str = "America/Sao_Paulo"
    version: int = 1


class CompanyConfigured(Fact):
    """A company was set up or its settings changed. Carries all of them; the highest version wins."""

    type = "company.configured.v1"

    company: CompanyProfile


class PersonProfile(Contract):
    """A person of the directory: team member or guest requester."""

    id: str
    name: str
    addresses: tuple[str, ...]
    roles: tuple[str, ...] = Field(description="admin, agent, producer; empty for a guest.")
    locale: str | None = None
    version: int = 1

    def party(self) -> Party:
        """The person as facts carry them."""
        return Party(
            person_id=self.id, name=self.name, address=self.addresses[0] if self.addresses else None, locale=self.locale
        )


class PersonRegistered(Fact):
    """A person entered the directory, or their profile changed: whole profile, highest version wins (O3)."""

    type = "person.registered.v1"

    person: PersonProfile
    by_mail: bool = Field(default=False, description="A guest made by a first mail: gets an invitation (O3).")
