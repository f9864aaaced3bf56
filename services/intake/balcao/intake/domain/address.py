"""To which company a mail came: by envelope recipient, else by the mailbox it lay in, else by its headers (O2)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from balcao.intake.domain.addresses import company_forms, every_mailbox
from balcao.intake.domain.evidence import DELIVERED_TO
from balcao.intake.domain.headers import Headers
from balcao.intake.domain.mail import Delivery
from balcao.shared.events import CompanyProfile

Find = Callable[[str], CompanyProfile | None]


@dataclass(frozen=True, slots=True)
class Addressed:
    """A company that a mail is for."""

    company: CompanyProfile
    address: str
    """The company's own address, without plus parts."""
    rule: str
    """Which field named it."""


class Directory:
    """The companies and their addresses, as a lookup."""

    def __init__(self, companies: Iterable[CompanyProfile] = ()) -> None:
        """An address claimed by two companies belongs to the one whose id sorts first: always the same one."""
        self._by_address: dict[str, CompanyProfile] = {}
        for company in sorted(companies, key=lambda one: one.id):
            for address in company.addresses:
                self._by_address.setdefault(address.strip().lower(), company)

    def __call__(self, address: str) -> CompanyProfile | None:
        """The company with this address, plus parts allowed."""
        found = self.own_address(address)
        return self._by_address[found] if found is not None else None

    def own_address(self, address: str) -> str | None:
        """The company's address that this one is a form of."""
        return next((form for form in company_forms(address) if form in self._by_address), None)

    def has_domain(self, domain: str, company: CompanyProfile) -> bool:
        """Whether an address of this company is at this domain; lower case."""
        return any(one.id == company.id for at, one in self._by_address.items() if at.rpartition("@")[2] == domain)

    def belongs_to(self, address: str, company: CompanyProfile) -> bool:
        """Whether the address, plus parts aside, is one of this company's."""
        found = self(address)
        return found is not None and found.id == company.id


def addressed(delivery: Delivery, headers: Headers, directory: Directory) -> tuple[Addressed, ...]:
    """The companies a mail is for: all of the envelope's, else one, for headers prove little; empty for none."""
    by_envelope = _first_each(((address, "envelope") for address in delivery.recipients), directory)
    if by_envelope:
        return by_envelope
    named = _first_each(_named(headers), directory)
    return _by_mailbox(delivery.mailbox, named, directory) if delivery.mailbox else named[:1]


def _by_mailbox(mailbox: str, named: tuple[Addressed, ...], directory: Directory) -> tuple[Addressed, ...]:
    """The mailbox's own company, unless the mail was delivered to another and not to it.

    To and Cc name everybody whom a mail was sent to, and each of them has it in a mailbox of their own: there they
    say which address of the mailbox's company is meant, and never that it is another's. None of them need name it
    (Bcc, groups).
    """
    own = directory(mailbox)
    mine = tuple(one for one in named if own is not None and one.company.id == own.id)
    delivered = [one for one in (*mine, *named) if one.rule in DELIVERED_TO]
    return tuple(delivered[:1]) or mine or _first_each([(mailbox, "mailbox")], directory)


def _named(headers: Headers) -> Iterator[tuple[str, str]]:
    """Addresses with the field that names them: those it was delivered to, then those it was written to."""
    for name in (*DELIVERED_TO, "to", "cc"):
        for box in every_mailbox(headers.every(name), headers.hint):
            yield box.address, name


def _first_each(candidates: Iterable[tuple[str, str]], directory: Directory) -> tuple[Addressed, ...]:
    found: dict[str, Addressed] = {}
    for candidate, rule in candidates:
        address = directory.own_address(candidate)
        company = directory(candidate)
        if address is not None and company is not None:
            found.setdefault(company.id, Addressed(company, address, rule))
    return tuple(found.values())
