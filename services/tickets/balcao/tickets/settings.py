"""Settings of `tickets`: those every service has."""

from balcao.shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing of its own yet."""
