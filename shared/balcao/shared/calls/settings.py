"""Settings of services that call other people's servers."""

import ipaddress

from pydantic import Field, field_validator

from balcao.shared.settings import ServiceSettings


class CallingSettings(ServiceSettings):
    """Each field is the environment variable BALCAO_<NAME>."""

    call_networks: str = Field(
        default="",
        description="Networks that webhooks and trackers may be in besides the public internet, such as "
        "10.1.0.0/16,127.0.0.0/8; where they hold a loopback address, http to it is allowed too. Empty: none.",
    )
    call_timeout_s: float = Field(
        default=15.0, gt=0, le=60, description="Seconds one call may take, from the look-up of the name to its answer."
    )

    @field_validator("call_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for one in filter(None, (part.strip() for part in value.split(","))):
            ipaddress.ip_network(one)
        return value

    @property
    def networks(self) -> tuple[str, ...]:
        """`call_networks`, each by itself."""
        return tuple(filter(None, (part.strip() for part in self.call_networks.split(","))))
