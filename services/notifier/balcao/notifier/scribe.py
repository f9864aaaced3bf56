"""Writes a delivery's mail to its last byte: words, files, logo and signature. Previews too have it from here."""

from dataclasses import replace

from balcao.notifier.domain.deliveries import Delivery
from balcao.notifier.enclosures import Enclosures
from balcao.notifier.identities import Presenting
from balcao.notifier.letters.compose import Composer
from balcao.notifier.letters.mail import Mail
from balcao.shared.events import CompanyProfile


class Scribe:
    """The same delivery and company always give the same bytes, so that a second copy is recognisable."""

    def __init__(self, composer: Composer, enclosures: Enclosures, presenting: Presenting) -> None:
        self._composer = composer
        self._enclosures = enclosures
        self._presenting = presenting

    @property
    def can_invite(self) -> bool:
        """Whether there is a public address for links to lead to."""
        return self._composer.can_invite

    def message_id(self, delivery: Delivery, company: CompanyProfile) -> str:
        """The Message-ID of a delivery's mail."""
        return self._composer.message_id(delivery, company)

    async def write(self, delivery: Delivery, company: CompanyProfile) -> Mail:
        """The mail as it goes out. Raises what `Composer.compose` and `Presenting.signed` raise."""
        enclosed = await self._enclosures.of(delivery.event, company)
        sender = await self._presenting.sender(company)
        mail = self._composer.compose(delivery, company, enclosed, sender)
        if sender is None:
            return mail
        return replace(mail, raw=await self._presenting.signed(mail.raw, company, sender, mail.written_at))
