"""What intake needs to know beyond what every service does."""

import ipaddress
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from balcao.intake.imap.mailbox import ImapMailbox, read_mailboxes
from balcao.shared.settings import ServiceSettings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(listed: str) -> tuple[Network, ...]:
    """Networks and addresses with commas between them. Raises `ValueError` naming the one that is none."""
    return tuple(ipaddress.ip_network(one.strip(), strict=False) for one in listed.split(",") if one.strip())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't be read ({type(error).__name__})") from None


def secrets_in(given: SecretStr) -> tuple[str, ...]:
    """The secrets of a setting that takes several."""
    return tuple(one.strip() for one in given.get_secret_value().split(",") if one.strip())


class Settings(ServiceSettings):
    """Settings of the intake service; each is the environment variable BALCAO_<NAME>."""

    smtp_host: str = Field(default="127.0.0.1", description="Address the SMTP server listens on.")
    smtp_port: int = Field(ge=1, le=65535, description="Port the SMTP server listens on.")
    smtp_name: str = Field(
        default="balcao.invalid",
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
        description="Host name the SMTP server greets with; should be the one in DNS.",
    )
    most_mail_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=64 * 1024,
        le=60 * 1024 * 1024,
        description="Largest mail that is accepted, in bytes; announced as SIZE, refused with 552 past it.",
    )
    trusted_authserv: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]{0,255}$",
        description="Name (authserv-id) of your own mail server, whose Authentication-Results on senders are believed. "
        "It must remove such fields from mails that come in with its name. Empty: nobody is believed.",
    )
    mail_readers: int = Field(
        default=2, ge=1, le=32, description="Processes at most that read mails which are not ordinary."
    )
    mail_reading_limit_s: float = Field(
        default=10.0,
        gt=0,
        le=25,
        description="Longest time for reading one mail, in seconds; past it the mail is held.",
    )
    smtp_connections: int = Field(
        default=200, ge=1, le=10000, description="SMTP connections open at once; one more gets 421."
    )
    imap_mailboxes: SecretStr = Field(
        default=SecretStr(""),
        description="Mailboxes that are fetched by IMAP: a JSON list, see docs/architecture/imap.md. Empty: none.",
    )
    imap_mailboxes_file: Path | None = Field(default=None, description="File with such a list, instead.")
    imap_lease_s: float = Field(
        default=30.0,
        ge=3,
        le=600,
        description="Seconds after which another replica takes over the mailboxes of one that is gone.",
    )
    smtp_tls_certificate: str = Field(
        default="",
        description="File with the certificate (PEM, with its chain) that STARTTLS shows; read again when it changes. "
        "Empty: STARTTLS is not offered.",
    )
    smtp_tls_key: str = Field(
        default="", description="File with its key (PEM, without password); empty when it stands in the certificate's."
    )
    smtp_require_tls: bool = Field(
        default=False, description="Whether mail is taken over TLS only, clients in BALCAO_SMTP_TRUSTED aside."
    )
    smtp_trusted: str = Field(
        default="127.0.0.0/8,::1",
        description="Networks and addresses of mail servers of your own, with commas: no limits by client and no TLS "
        "is asked of them.",
    )
    smtp_client_connections: int = Field(
        default=50, ge=1, le=10000, description="Connections one client may have open at once; one more gets 421."
    )
    smtp_client_mails_per_minute: int = Field(
        default=300, ge=1, le=1_000_000, description="Mails one client may begin in a minute; one more gets 451."
    )
    smtp_client_recipients_per_minute: int = Field(
        default=600, ge=1, le=1_000_000, description="Recipients one client may name in a minute; one more gets 451."
    )
    smtp_idle_s: float = Field(
        default=300.0, gt=0, le=3600, description="A connection that says nothing for so long is closed with 421."
    )
    smtp_mail_within_s: float = Field(
        default=900.0,
        gt=0,
        le=7200,
        description="Longest time from one mail to the end of the next on a connection; past it 421.",
    )
    smtp_bytes_at_once: int = Field(
        default=256 * 1024 * 1024,
        ge=64 * 1024,
        description="Bytes of mails under way in memory, over all connections; a mail that goes past it gets 452.",
    )
    tickets_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="Where `tickets` answers HTTP: the ledger and the doctor ask it what became of accepted messages. "
        "Empty: they can't tell.",
    )
    lmtp_host: str = Field(default="127.0.0.1", description="Address the LMTP server listens on.")
    lmtp_port: int = Field(
        default=0, ge=0, le=65535, description="Port the LMTP server listens on, for a mail server of your own. 0: off."
    )

    @property
    def mailboxes(self) -> tuple[ImapMailbox, ...]:
        """The mailboxes that are fetched by IMAP."""
        if self.imap_mailboxes_file is not None:
            return read_mailboxes(_text(self.imap_mailboxes_file))
        return read_mailboxes(self.imap_mailboxes.get_secret_value())

    @field_validator("imap_mailboxes")
    @classmethod
    def _are_mailboxes(cls, listed: SecretStr) -> SecretStr:
        read_mailboxes(listed.get_secret_value())
        return listed

    @field_validator("imap_mailboxes_file")
    @classmethod
    def _has_mailboxes(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is not None:
            read_mailboxes(_text(path))
            if info.data.get("imap_mailboxes", SecretStr("")).get_secret_value().strip():
                raise ValueError("can't be used together with BALCAO_IMAP_MAILBOXES")
        return path

    upload_secrets: SecretStr = Field(
        default=SecretStr(""),
        description="What uploads of raw mails by HTTP are signed with, 32 characters or more; several with commas "
        "while one replaces another. Empty: uploads are off.",
    )

    @field_validator("smtp_trusted")
    @classmethod
    def _are_networks(cls, listed: str) -> str:
        networks(listed)
        return listed

    @field_validator("upload_secrets")
    @classmethod
    def _are_long(cls, given: SecretStr) -> SecretStr:
        if any(len(one) < 32 for one in secrets_in(given)):
            raise ValueError("each secret must have 32 characters or more")
        return given

    @model_validator(mode="after")
    def _tls_has_a_certificate(self) -> Self:
        if not self.smtp_tls_certificate and (self.smtp_tls_key or self.smtp_require_tls):
            raise ValueError("BALCAO_SMTP_TLS_KEY and BALCAO_SMTP_REQUIRE_TLS need BALCAO_SMTP_TLS_CERTIFICATE")
        return self
