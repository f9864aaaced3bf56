"""Settings every service has. Read from BALCAO_* environment variables; wrong values are refused in words."""

import sys
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What any Balcão process needs to know. Each field is the environment variable BALCAO_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="BALCAO_", extra="ignore", frozen=True)

    mongo_url: str = Field(
        pattern=r"^mongodb(\+srv)?://",
        description="MongoDB connection string. w=majority and journal=true are added where missing.",
    )
    database_prefix: str = Field(
        default="balcao_",
        pattern=r"^[a-z][a-z0-9_]{0,30}$",
        description="Each service's database is this prefix followed by the service's name.",
    )
    amqp_url: str = Field(pattern=r"^amqps?://", description="RabbitMQ connection string.")
    http_host: str = Field(default="127.0.0.1", description="Address the HTTP server listens on.")
    http_port: int = Field(ge=1, le=65535, description="Port the HTTP server listens on.")
    service_secret: SecretStr = Field(
        min_length=32,
        description="Shared by all services: signs service tokens and reply addresses. 32 characters or more.",
    )
    log_level: str = Field(
        default="info", pattern=r"^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    otlp_endpoint: str = Field(
        default="",
        description="OpenTelemetry collector (OTLP over HTTP), e.g. http://collector:4318. Empty: no traces kept.",
    )
    trace_ratio: float = Field(
        default=1.0, ge=0, le=1, description="Part of traces that is kept when an OTLP endpoint is set, 0 to 1."
    )
    prefetch: int = Field(default=64, ge=1, le=1000, description="Messages a handler works on at once.")


Settings = TypeVar("Settings", bound=BaseSettings)


def load(settings: type[Settings], **overrides: Any) -> Settings:
    """Read the settings from the environment, or end the process with one clear line per wrong value (exit code 2)."""
    try:
        return settings(**overrides)
    except ValidationError as error:
        for problem in error.errors():
            field = str(problem["loc"][0]) if problem["loc"] else "?"
            about = settings.model_fields[field].description if field in settings.model_fields else ""
            sys.stderr.write(f"BALCAO_{field.upper()}: {problem['msg']}. {about}" + "\n")
        raise SystemExit(2) from None
