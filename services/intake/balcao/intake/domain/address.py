"""To which company a mail came: by envelope recipient, then Delivered-To, X-Original-To, To and Cc (O2);
when none of them names one, by the mailbox it lay in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from balcao.intake.domain.addresses import company_forms, every_mailbox
from balcao.intake.domain.evidence import DELIVERED_TO
from balcao.intake.domain.headers import Headers
from balcao.intake.domain.mail import Delivery, Mail
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

    def belongs_to(self, address: str, company: CompanyProfile) -> bool:
        """Whether the address, plus parts aside, is one of this company's."""
        found = self(address)
        return found is not None and found.id == company.id


def by_envelope(delivery: Delivery, directory: Directory) -> tuple[Addressed, ...]:
    """The companies among the envelope's recipients, each once."""
    return _first_each(((address, "envelope") for address in delivery.recipients), directory)


def by_headers(mail: Mail, directory: Directory) -> tuple[Addressed, ...]:
    """The company that the headers name first, for ways in that have no envelope. One at most: headers prove little."""
    return _first_each(_named(mail), directory)[:1]


def by_mailbox(delivery: Delivery, directory: Directory) -> tuple[Addressed, ...]:
    """The company whose mailbox it lay in: for what came there by Bcc or through a group."""
    return _first_each([(delivery.mailbox, "mailbox")] if delivery.mailbox else (), directory)


def by_headers_alone(headers: Headers, directory: Directory) -> tuple[Addressed, ...]:
    """The same for a mail that can't be read: without an envelope its headers are all there is to go by."""
    named = ((box.address, name) for name in (*DELIVERED_TO, "to", "cc") for box in every_mailbox(headers.every(name)))
    return _first_each(named, directory)[:1]


def _named(mail: Mail) -> Iterator[tuple[str, str]]:
    for name in DELIVERED_TO:
        for box in every_mailbox(mail.headers.every(name)):
            yield box.address, name
    for box in mail.to:
        yield box.address, "to"
    for box in mail.cc:
        yield box.address, "cc"


def _first_each(candidates: Iterable[tuple[str, str]], directory: Directory) -> tuple[Addressed, ...]:
    found: dict[str, Addressed] = {}
    for candidate, rule in candidates:
        address = directory.own_address(candidate)
        company = directory(candidate)
        if address is not None and company is not None:
            found.setdefault(company.id, Addressed(company, address, rule))
    return tuple(found.values())
