"""Settings of `workflow`: those that every service has."""

from balcao.shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing of its own yet."""
