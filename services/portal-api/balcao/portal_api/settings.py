"""Settings of the gateway."""

from pydantic import Field

from balcao.shared.settings import ServiceSettings

_URL = r"^https?://[^\s?#]+$"


class GatewaySettings(ServiceSettings):
    """What the gateway needs to know beyond what every service does."""

    tickets_url: str = Field(pattern=_URL, description="Where `tickets` answers HTTP, e.g. http://127.0.0.1:18082.")
    workflow_url: str = Field(pattern=_URL, description="Where `workflow` answers HTTP.")
    notifier_url: str = Field(pattern=_URL, description="Where `notifier` answers HTTP.")
    intake_url: str = Field(pattern=_URL, description="Where `intake` answers HTTP.")
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^/]+)?$",
        description="The address people use, e.g. https://balcao.example; over https cookies are Secure. "
        "Empty: taken from each request.",
    )
    session_days: int = Field(default=7, ge=1, le=90, description="A sign-in ends after this many days without use.")
    live_streams: int = Field(
        default=2_000, ge=1, le=100_000, description="Pages that one process keeps informed live; more are refused."
    )
    upstream_timeout_s: float = Field(
        default=10.0, gt=0, le=60, description="Seconds a service has to answer before the gateway says 503."
    )
