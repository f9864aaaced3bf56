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
    smtp_connections: int = Field(
        default=200, ge=1, le=10000, description="SMTP connections open at once; one more gets 421."
    )
