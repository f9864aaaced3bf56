"""Settings: read from the environment, refused in words."""

import pytest
from pydantic import SecretStr

from balcao.shared.settings import ServiceSettings, load

GOOD = {
    "BALCAO_MONGO_URL": "mongodb://localhost",
    "BALCAO_AMQP_URL": "amqp://localhost",
    "BALCAO_HTTP_PORT": "18082",
    "BALCAO_SERVICE_SECRET": "a secret that only this test knows, 32+",  # pragma: allowlist secret
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_settings_come_from_the_environment() -> None:
    settings = load(ServiceSettings)
    assert (settings.http_port, settings.database_prefix, settings.prefetch) == (18082, "balcao_", 64)


def test_the_secret_does_not_show() -> None:
    settings = load(ServiceSettings)
    assert isinstance(settings.service_secret, SecretStr)
    assert GOOD["BALCAO_SERVICE_SECRET"] not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BALCAO_HTTP_PORT", "eighty"),
        ("BALCAO_HTTP_PORT", "70000"),
        ("BALCAO_MONGO_URL", "postgres://localhost"),
        ("BALCAO_AMQP_URL", "localhost"),
        ("BALCAO_SERVICE_SECRET", "short"),
        ("BALCAO_DATABASE_PREFIX", "Balcão "),
        ("BALCAO_LOG_LEVEL", "loud"),
        ("BALCAO_TRACE_RATIO", "2"),
        ("BALCAO_PREFETCH", "0"),
    ],
)
def test_a_wrong_value_ends_the_process_with_one_line_that_names_it(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        load(ServiceSettings)
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{name}: ")


def test_every_missing_value_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in GOOD:
        monkeypatch.delenv(name)
    with pytest.raises(SystemExit):
        load(ServiceSettings)
    assert {line.split(":")[0] for line in capsys.readouterr().err.splitlines()} == set(GOOD)


def test_a_refused_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BALCAO_SERVICE_SECRET", "hunter2")
    with pytest.raises(SystemExit):
        load(ServiceSettings)
    assert "hunter2" not in capsys.readouterr().err


def test_every_setting_is_explained() -> None:
    assert [name for name, field in ServiceSettings.model_fields.items() if not field.description] == []
