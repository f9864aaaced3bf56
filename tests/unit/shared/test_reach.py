"""Where calls may go: never into a private network, by whatever name or spelling."""

import ipaddress
import socket
from typing import Any

import pytest

from balcao.shared.calls.outside import Outside, Request
from balcao.shared.calls.reach import Reach, TargetRefused
from tests.support.outside_server import OutsideServer, Reply, outside_server


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "example.com",
        "https://user:secret@example.com/",  # pragma: allowlist secret
        "https://example.com/#part",
        "https://exa mple.com/",
        "https://example.com/\r\nX: y",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://localhost/",
        "https://mongo/",
        "https://db.internal/",
        "https://printer.local/",
        "https://example.com:99999/",
        "https://" + "a" * 2_000,
    ],
)
def test_an_address_that_is_no_public_server_over_tls_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        Reach().check(url)


@pytest.mark.parametrize("url", ["https://example.com/x?y=1", "https://8.8.8.8:8443/", "https://[2606:4700::1]/"])
def test_a_public_server_over_tls_may_be_called(url: str) -> None:
    Reach().check(url)


def test_networks_that_the_operator_names_may_be_called_and_loopback_without_tls() -> None:
    Reach(["10.1.0.0/16"]).check("https://10.1.2.3/")
    for url in ("https://10.2.0.1/", "http://10.1.2.3/", "http://localhost/"):
        with pytest.raises(TargetRefused):
            Reach(["10.1.0.0/16"]).check(url)
    for url in ("http://127.0.0.1:8080/x", "http://localhost:8080/"):
        Reach(["127.0.0.0/8"]).check(url)


@pytest.mark.parametrize("disguised", ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "192.168.0.1", "::"])
def test_disguised_private_addresses_are_seen_through(disguised: str) -> None:
    assert not Reach().allows(ipaddress.ip_address(disguised))


@pytest.fixture
async def there() -> Any:
    """A server on this machine."""
    async with outside_server() as server:
        yield server


async def test_a_public_name_that_leads_inside_is_refused_at_the_moment_of_connecting(
    there: OutsideServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(there.url.rpartition(":")[2])

    def lookup(host: str, *_: Any, **__: Any) -> list[Any]:
        assert host == "rebound.example.com"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    strict = Outside(Reach(), timeout_s=5)
    outcome = await strict.call(Request(f"https://rebound.example.com:{port}/"))
    await strict.close()
    assert outcome.status is None
    assert "private network" in outcome.reason
    assert there.received == []


async def test_answers_are_cut_and_slow_ones_given_up(there: OutsideServer) -> None:
    outside = Outside(Reach(["127.0.0.0/8"]), timeout_s=1)
    there.answer = lambda _: Reply(200, b"x" * 3_000_000)
    large = await outside.call(Request(there.url))
    assert (large.ok, len(large.content), len(large.excerpt)) == (True, 256 * 1024, 2_000)

    async def never(_: Any) -> Reply:
        import asyncio

        await asyncio.sleep(30)
        return Reply()

    there.answer = never
    slow = await outside.call(Request(there.url))
    assert (slow.ok, slow.status, slow.reason) == (False, None, "no answer within 1 s")
    nobody = await outside.call(Request("http://127.0.0.1:1/"))
    assert (nobody.ok, nobody.status) == (False, None)
    await outside.close()


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120), ("99999999999", 86_400), ("soon", None), ("-3", None), ("", None)]
)
async def test_a_wait_that_is_asked_for_is_read_within_bounds(
    there: OutsideServer, value: str, seconds: float | None
) -> None:
    outside = Outside(Reach(["127.0.0.0/8"]), timeout_s=5)
    there.answer = lambda _: Reply(429, headers={"retry-after": value})
    outcome = await outside.call(Request(there.url))
    await outside.close()
    assert outcome.retry_after_s == seconds
