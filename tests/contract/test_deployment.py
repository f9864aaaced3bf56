"""`make check` finds what compose and the manifests forget or misspell."""

from pathlib import Path

import pytest

from deploy import check_deployment


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
