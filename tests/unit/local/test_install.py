"""Where RabbitMQ comes from, and what is said when it can't be had."""

from pathlib import Path

import pytest

from balcao.local.errors import BrokerMissing
from balcao.local.install import find_or_install_broker


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
