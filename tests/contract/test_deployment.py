"""`make check` finds what compose and the manifests forget or misspell."""

import re
from pathlib import Path

import check_deployment
import pytest
import yaml

from balcao.local.services import SERVICES


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = check_deployment.COMPOSE.read_text("utf-8")
    assert old in text
    file = tmp_path / "docker-compose.yml"
    file.write_text(text.replace(old, new), "utf-8")
    return file


def test_what_is_in_the_repository_has_all_that_services_need() -> None:
    assert [*check_deployment.wrong_settings(), *check_deployment.wrong_scaling()] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("BALCAO_RELAY_HOST", "BALCAO_RELAI_HOST", "notifier doesn't know BALCAO_RELAI_HOST"),
        ("BALCAO_RELAY_HOST: mailpit", "OTHER: x", "notifier lacks BALCAO_RELAY_HOST"),
        ("BALCAO_SMTP_PORT", "BALCAO_SMPT_PORT", "intake lacks BALCAO_SMTP_PORT"),
    ],
)
def test_a_setting_that_is_missing_or_misspelt_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    monkeypatch.setattr(check_deployment, "COMPOSE", changed(tmp_path, old, new))
    assert f"docker-compose.yml: {said}" in list(check_deployment.wrong_settings())


def test_a_setting_in_the_cluster_that_nobody_reads_and_a_queue_that_nothing_scales_with_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objects = list(check_deployment.manifests())
    (_, settings) = next(one for one in objects if one[1]["kind"] == "ConfigMap")
    settings["data"]["BALCAO_LOG_LEVLE"] = "info"
    scaled = next(
        document
        for _, document in objects
        if document["kind"] == "ScaledObject" and document["metadata"]["name"] == "tickets"
    )
    scaled["spec"]["triggers"].pop()
    monkeypatch.setattr(check_deployment, "manifests", lambda: iter(objects))
    assert "k8s: no service knows BALCAO_LOG_LEVLE" in list(check_deployment.wrong_settings())
    assert "k8s: nothing scales with tickets.apply_rule" in list(check_deployment.wrong_scaling())


@pytest.mark.parametrize("service", SERVICES)
def test_what_compose_gives_where_nothing_is_set_is_taken_by_the_service(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty value is not always the same as none: of a port or a switch it is refused, and nothing starts."""
    given = yaml.safe_load(check_deployment.COMPOSE.read_text("utf-8"))["services"][service]["environment"]
    for name, value in given.items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:([-?])([^}]*)\}", _as_unset, str(value)))
    check_deployment.settings_of(service)(http_port=8000)


def _as_unset(variable: re.Match[str]) -> str:
    return variable[2] if variable[1] == "-" else "a secret of thirty-two characters"


def test_compose_passes_on_who_is_believed_about_senders_and_all_of_intakes_doors() -> None:
    given = yaml.safe_load(check_deployment.COMPOSE.read_text("utf-8"))["services"]["intake"]["environment"]
    assert {
        "BALCAO_TRUSTED_AUTHSERV",
        "BALCAO_SMTP_TLS_CERTIFICATE",
        "BALCAO_SMTP_TLS_KEY",
        "BALCAO_SMTP_REQUIRE_TLS",
        "BALCAO_LMTP_HOST",
        "BALCAO_LMTP_PORT",
        "BALCAO_UPLOAD_SECRETS",
    } <= set(given)
