"""Settings of the notifier, on top of those every service has."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from balcao.notifier.key_lookup import server_address
from balcao.shared.calls.settings import CallingSettings


class Settings(CallingSettings):
    """Each field is the environment variable BALCAO_<NAME>."""

    relay_host: str = Field(min_length=1, description="SMTP server that takes our outgoing mail.")
    relay_port: int = Field(ge=1, le=65535, description="Its port.")
    relay_tls: Literal["off", "opportunistic", "starttls", "tls"] = Field(
        default="opportunistic",
        description="off; opportunistic (STARTTLS where offered, certificate not checked); starttls or tls (checked).",
    )
    relay_ca_file: Path | None = Field(default=None, description="Certificates to trust instead of the system's.")
    relay_user: str = Field(default="", description="Login at the relay, when it wants one.")
    relay_password: SecretStr = Field(default=SecretStr(""), description="Password at the relay.")
    relay_connections: int = Field(default=4, ge=1, le=50, description="Connections to the relay at once.")
    relay_timeout_s: float = Field(
        default=20.0,
        gt=0,
        le=600,
        description="Time one mail may take from its claim to the relay's answer. A delivery whose process died is "
        "taken over 5 seconds later.",
    )
    give_up_after_h: float = Field(default=72.0, gt=0, description="Hours a mail is tried before it counts as failed.")
    mails_per_company: int = Field(
        default=0, ge=0, description="Mails an hour that one company may send; more wait. 0: no limit."
    )
    mails_per_recipient: int = Field(
        default=0, ge=0, description="Mails an hour that one address gets of one company; more wait. 0: no limit."
    )
    mails_per_domain: int = Field(
        default=0, ge=0, description="Mails an hour that go to addresses of one domain; more wait. 0: no limit."
    )
    loop_mails: int = Field(
        default=30,
        ge=0,
        description="Automatic mails that an outside address gets within BALCAO_LOOP_MINUTES. Past them a machine must "
        "be answering each: no more are sent until that time is over. 0: no limit.",
    )
    loop_minutes: int = Field(default=10, ge=1, le=1440, description="Minutes in which they are counted.")
    gather_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="A person's notices that follow one within this time go out in one mail at its end; what is urgent "
        "goes at once. 0: each by itself.",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s\"'<>]+)?$",
        description="Address of the desk, for links in the team's notices, in invitations and to new passwords. "
        "Empty: no links, and nobody is sent an invitation or a way to a new password.",
    )

    dns_servers: str = Field(
        default="",
        description="Resolvers that say whether a signing key is published, such as 192.0.2.1,192.0.2.2:5353. "
        "Empty: the machine's own.",
    )

    @field_validator("dns_servers")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        for one in _parts(value):
            server_address(one)
        return value

    @property
    def resolvers(self) -> tuple[str, ...]:
        """`dns_servers`, each by itself."""
        return _parts(self.dns_servers)

    @model_validator(mode="after")
    def _password_only_over_checked_tls(self) -> "Settings":
        if self.relay_user and self.relay_tls not in ("starttls", "tls"):
            raise ValueError("BALCAO_RELAY_USER needs BALCAO_RELAY_TLS=starttls or tls: a password goes over no other")
        return self


def _parts(value: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in value.split(","))))
