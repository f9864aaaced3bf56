"""A company: the team's own organisation, with its addresses, policies and working time (O2)."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from balcao.shared.aggregate import Aggregate, Change, Revision
from balcao.shared.calendar import BusinessCalendar, TimeZoneName, WorkingTime
from balcao.shared.events import CompanyConfigured, CompanyLogo, CompanyPolicies, CompanyProfile, WorkingHours
from balcao.tickets.domain.appearance import require_visible
from balcao.tickets.domain.policies import Policies

CompanyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
MOST_COMPANY_ADDRESSES = 50


class Company(Aggregate):
    """A tenant."""

    company_id: str = ""
    """Its own id: a company is its own tenant."""
    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    name: str = Field(min_length=1, max_length=200)
    addresses: tuple[str, ...] = ()
    locale: str = "pt-BR"
    time_zone: TimeZoneName = "America/Sao_Paulo"
    policies: Policies = Policies()
    working_time: WorkingTime = WorkingTime()
    colour: str | None = None
    """Of its letters and pages, #rrggbb; none: ours."""
    logo: CompanyLogo | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_its_own_tenant(cls, given: Any) -> Any:
        return {**given, "company_id": given.get("id")} if isinstance(given, dict) else given

    def calendar(self) -> BusinessCalendar:
        """Its business days and hours."""
        return BusinessCalendar(self.time_zone, self.working_time, self.locale)

    def about(self) -> dict[str, Any]:
        """Each of its facts carries it whole."""
        return {"company": self.profile()}

    def profile(self) -> CompanyProfile:
        """What other services need to know of it."""
        policies = CompanyPolicies.model_validate(self.policies.model_dump())
        return CompanyProfile(
            id=self.id,
            slug=self.slug,
            name=self.name,
            addresses=self.addresses,
            locale=self.locale,
            time_zone=self.time_zone,
            policies=policies,
            working_time=WorkingHours.model_validate(self.working_time.model_dump()),
            colour=self.colour,
            logo=self.logo,
            version=max(self.version, 1),
        )


def set_up(company: Company) -> Change[Company]:
    """A company comes to be. Raises `ColourTooPale`."""
    require_visible(company.colour)
    return Revision(company).say(CompanyConfigured).done()


def configure(company: Company, values: dict[str, Any]) -> Change[Company]:
    """Other settings for those that were given; the same values are no change. Raises `ColourTooPale`."""
    require_visible(values.get("colour"))
    changes = {field: value for field, value in values.items() if getattr(company, field) != value}
    if not changes:
        return Change(company, company, ())
    return Revision(company).set(**changes).say(CompanyConfigured, changed=tuple(sorted(changes))).done()
