"""The notifier's settings."""

import pytest

from balcao.notifier.settings import Settings
from balcao.shared.settings import load

ENOUGH = {
    "mongo_url": "mongodb://127.0.0.1:1",
    "amqp_url": "amqp://127.0.0.1:1",
    "http_port": 1024,
    "service_secret": "s" * 32,
    "relay_host": "127.0.0.1",
    "relay_port": 1025,
}


def test_a_relay_is_all_that_is_needed_beyond_the_common_ones() -> None:
    assert load(Settings, **ENOUGH).relay_tls == "opportunistic"


@pytest.mark.parametrize("tls", ["off", "opportunistic"])
def test_a_password_never_goes_over_a_connection_that_is_not_checked(
    tls: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        load(Settings, **ENOUGH, relay_user="balcao", relay_password="x", relay_tls=tls)
    assert "BALCAO_RELAY_TLS=starttls or tls" in capsys.readouterr().err
    assert load(Settings, **ENOUGH, relay_user="balcao", relay_password="x", relay_tls="starttls").relay_user


@pytest.mark.parametrize("url", ["mesa.example", "javascript:alert(1)", 'https://x.example/"onclick="'])
def test_an_address_for_links_that_is_none_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        load(Settings, **ENOUGH, public_url=url)
    assert "BALCAO_PUBLIC_URL" in capsys.readouterr().err


def test_resolvers_are_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    assert load(Settings, **ENOUGH, dns_servers=" 192.0.2.1, 192.0.2.2:5353 ").resolvers == (
        "192.0.2.1",
        "192.0.2.2:5353",
    )
    with pytest.raises(SystemExit, match="2"):
        load(Settings, **ENOUGH, dns_servers="resolver.example")
    assert "BALCAO_DNS_SERVERS" in capsys.readouterr().err
