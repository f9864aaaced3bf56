"""The LMTP door (RFC 2033), for a mail server of one's own: as SMTP, with an answer for each recipient."""

from collections.abc import Sequence

from aiosmtpd.smtp import Envelope

from balcao.intake.conversation import Conversation
from balcao.intake.domain.mail import Delivery
from balcao.intake.smtp import SmtpDoor, kept_as, not_kept


class LmtpConversation(Conversation):
    """SMTP's commands, greeted with LHLO."""

    async def smtp_LHLO(self, hostname: str | None) -> None:  # noqa: N802 - named after the command
        """Greet, and say what is offered."""
        await self._greet("LHLO", hostname)

    async def smtp_EHLO(self, _: str | None) -> None:  # noqa: N802 - named after the command
        """SMTP is not spoken here."""
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def smtp_HELO(self, _: str | None) -> None:  # noqa: N802 - named after the command
        """SMTP is not spoken here."""
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def check_helo_needed(self, helo: str = "LHLO") -> bool:
        """As in SMTP."""
        return await super().check_helo_needed(helo)


class LmtpDoor(SmtpDoor):
    """A mail that is stored for one recipient and not for another is tried again for the other only."""

    name = "lmtp"

    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.settings.lmtp_host, self.settings.lmtp_port

    def conversation(self) -> LmtpConversation:
        """What a new connection is served by."""
        return LmtpConversation(self)

    async def _receive(self, raw: bytes, delivery: Delivery, envelope: Envelope) -> Sequence[str]:
        found = await self._receiver.receive_for_each(raw, delivery)
        answers = {
            recipient: not_kept(kept) if isinstance(kept, BaseException) else kept_as(kept)
            for recipient, kept in found.items()
        }
        return tuple(answers[recipient] for recipient in envelope.rcpt_tos)

    def answers(self, envelope: Envelope, answer: str) -> Sequence[str]:
        """One for each recipient that was taken, in their order."""
        return (answer,) * len(envelope.rcpt_tos)
