"""How much one client may do, counted by its address or network, with bounded memory."""

import pytest
from pydantic import SecretStr, ValidationError

from balcao.intake import client_limits
from balcao.intake.client_limits import ClientLimits, client_net
from balcao.intake.settings import Settings
from tests.unit.intake.builders import SECRET


class Clock:
    """Moved by the test."""

    now = 1000.0

    def __call__(self) -> float:
        """The moment."""
        return self.now


def settings(**values: object) -> Settings:
    """The settings with these values."""
    return Settings.model_validate(
        {
            "mongo_url": "mongodb://nowhere.test",
            "amqp_url": "amqp://nowhere.test",
            "http_port": 1,
            "smtp_port": 1,
            "service_secret": SecretStr(SECRET),
            **values,
        }
    )


def limits(clock: Clock, **values: object) -> ClientLimits:
    """Limits of a minute that this test moves."""
    return ClientLimits(settings(**values), clock)


@pytest.mark.parametrize(
    ("address", "net"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_client_is_counted_by_its_address_or_network(address: str, net: str) -> None:
    assert client_net(address) == net


def test_a_client_gets_so_many_mails_a_minute_and_more_as_time_passes() -> None:
    clock = Clock()
    some = limits(clock, smtp_client_mails_per_minute=3)
    assert [some.mail("192.0.2.7") for _ in range(5)] == [True, True, True, False, False]
    assert some.mail("192.0.2.8"), "another client paid for it"
    clock.now += 20
    assert [some.mail("192.0.2.7") for _ in range(2)] == [True, False]
    clock.now += 3600
    assert [some.mail("192.0.2.7") for _ in range(4)] == [True, True, True, False]


def test_neighbours_of_one_ipv6_network_share_their_allowance() -> None:
    some = limits(Clock(), smtp_client_recipients_per_minute=2)
    assert [some.recipient(f"2001:db8::{n}") for n in range(1, 4)] == [True, True, False]
    assert some.recipient("2001:db8:0:1::1")


def test_a_client_may_have_so_many_connections_open() -> None:
    some = limits(Clock(), smtp_client_connections=2)
    assert [some.connect("192.0.2.7") for _ in range(3)] == [True, True, False]
    some.disconnect("192.0.2.7")
    assert some.connect("192.0.2.7")


def test_servers_of_our_own_have_no_limits() -> None:
    some = limits(Clock(), smtp_client_mails_per_minute=1, smtp_trusted="10.0.0.0/8, 2001:db8::/32")
    for own in ("10.1.2.3", "2001:db8::1", "::ffff:10.0.0.1"):
        assert all(some.mail(own) and some.recipient(own) and some.connect(own) for _ in range(20)), own
    assert not some.trusts("11.0.0.1")
    assert not some.trusts("nada")


def test_the_memory_for_clients_is_bounded_and_those_connected_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_limits, "MOST_REMEMBERED", 100)
    some = limits(Clock(), smtp_client_connections=1)
    assert some.connect("192.0.2.7")
    for number in range(1000):
        some.mail(f"198.51.{number // 250}.{number % 250}")
    assert len(some._clients) <= 101
    assert not some.connect("192.0.2.7"), "an open connection was forgotten"


@pytest.mark.parametrize("listed", ["10.0.0.0/33", "casa", "10.0.0.1;10.0.0.2"])
def test_networks_that_are_none_are_refused_at_the_start(listed: str) -> None:
    with pytest.raises(ValidationError):
        settings(smtp_trusted=listed)


def test_tls_without_a_certificate_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="BALCAO_SMTP_TLS_CERTIFICATE"):
        settings(smtp_require_tls=True)
