"""The catcher's SMTP side: takes any mail, except for addresses that ask to be refused."""

import re
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from balcao.local.catcher.store import MailStore

LARGEST_MAIL = 64_000_000
# smtp-550@refuse.test is answered with 550 at RCPT, smtp-451@refuse.test with 451: to try out a sender's failures.
REFUSING = re.compile(r"smtp-([45]\d\d)@refuse\.test", re.IGNORECASE)


class Reception:
    """Answers 250 once the mail is in the store."""

    def __init__(self, store: MailStore) -> None:
        """All sessions share `store`."""
        self._store = store

    def session(self) -> SMTP:
        """A protocol for one connection."""
        return SMTP(self, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, hostname="catcher.local", ident="Balcao")

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take every recipient but those of refuse.test."""
        refused = REFUSING.fullmatch(address)
        if refused is not None:
            return f"{refused[1]} refused as asked"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail."""
        content: Any = envelope.original_content or envelope.content or b""
        raw = content.encode() if isinstance(content, str) else bytes(content)
        mail = await self._store.keep(envelope.mail_from or "", envelope.rcpt_tos, raw)
        return f"250 OK kept as {mail.id}"
