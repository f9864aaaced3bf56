"""What would be sent of a fact that is about to be said: the very mails, written as the real ones are (W7)."""

from dataclasses import dataclass

from balcao.notifier.companies import Companies
from balcao.notifier.domain.deliveries import plan
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.letters.headers import AddressUnusable
from balcao.notifier.letters.mail import Mail
from balcao.notifier.scribe import Scribe
from balcao.notifier.wishes import Wishes
from balcao.shared.events import AnyEnvelope, Party


@dataclass(frozen=True)
class Preview:
    """The mails that would go out, and who can't be reached."""

    mails: tuple[tuple[Party, Mail], ...]
    unreachable: tuple[Party, ...]


class Previews:
    """Writes mails and sends none."""

    def __init__(self, companies: Companies, wishes: Wishes, scribe: Scribe) -> None:
        self._companies = companies
        self._wishes = wishes
        self._scribe = scribe

    async def of(self, event: AnyEnvelope, only: Kind | None = None) -> Preview:
        """One mail per person who would get one, of one kind where `only` is given; whoever wants no mail of a kind
        gets none here either.

        Raises `CompanyUnknown`, and what writing a mail raises.
        """
        company = await self._companies.get(event.companyid)
        mails: list[tuple[Party, Mail]] = []
        unreachable: list[Party] = []
        for delivery in plan(event, company):
            telling = delivery.telling
            if telling.channel is not Channel.MAIL or only not in (None, telling.kind):
                continue
            if not self._wishes.wants(event.companyid, telling):
                continue
            try:
                mails.append((telling.recipient, await self._scribe.write(delivery, company)))
            except AddressUnusable:
                unreachable.append(telling.recipient)
        return Preview(tuple(mails), tuple(unreachable))
