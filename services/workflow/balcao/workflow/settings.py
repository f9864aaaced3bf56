"""Settings of `workflow`, on top of those every service has."""

from pydantic import Field

from balcao.shared.calls.settings import CallingSettings


class Settings(CallingSettings):
    """Each field is the environment variable BALCAO_<NAME>."""

    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^/]+)?$",
        description="The address people use: a ticket's page below it, written in a tracker, names the ticket.",
    )
