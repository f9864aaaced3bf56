"""Where RabbitMQ comes from, and what is said when it can't be had."""

import subprocess
from pathlib import Path

import pytest

from balcao.local.errors import BrokerMissing
from balcao.local.install import find_or_install_broker, no_service_starts


async def test_without_root_the_person_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("balcao.local.install.broker_script", lambda: None)
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(BrokerMissing, match=r"installing it needs root.*apt-get install rabbitmq-server"):
        await find_or_install_broker(tmp_path / "install.log")


async def test_without_apt_the_person_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("balcao.local.install.broker_script", lambda: None)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(BrokerMissing, match="no apt-get"):
        await find_or_install_broker(tmp_path / "install.log")


def test_packages_may_not_start_services_while_they_are_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr("balcao.local.install.POLICY", policy)
    with no_service_starts():
        assert subprocess.run([policy], check=False).returncode == 101
    assert not policy.exists()


def test_a_policy_of_the_machines_owner_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("theirs")
    monkeypatch.setattr("balcao.local.install.POLICY", policy)
    with no_service_starts():
        assert policy.read_text() == "theirs"
    assert policy.read_text() == "theirs"
