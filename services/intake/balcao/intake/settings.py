"""What intake needs to know beyond what every service does."""

from pydantic import Field

from balcao.shared.settings import ServiceSettings


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
