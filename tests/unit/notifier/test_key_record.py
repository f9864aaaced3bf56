"""What receivers make of a key's record in DNS (RFC 6376, 3.6.1)."""

from datetime import UTC, datetime

import pytest

from balcao.notifier.domain.identity import Key
from balcao.notifier.domain.key_record import judged
from balcao.notifier.key_lookup import server_address

KEY = Key("agencia", "agencia.example", "s1", "TUlJQg==", "sealed", datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("found", "standing"),
    [
        ((KEY.dns_value,), "published"),
        (("p=TUlJ Qg==",), "published"),
        (("v=DKIM1; h=sha1:sha256; s=email:other; n=ours; p=TUlJQg==;",), "published"),
        ((KEY.dns_value, "google-site-verification=abc"), "published"),
        ((), "missing"),
        (("v=spf1 -all",), "different"),
        (("v=DKIM1; k=rsa; p=T1RIRVI=",), "different"),
        (("v=DKIM1; k=ed25519; p=TUlJQg==",), "different"),
        (("v=DKIM2; p=TUlJQg==",), "different"),
        (("v=DKIM1; h=sha1; p=TUlJQg==",), "different"),
        (("v=DKIM1; s=tlsrpt; p=TUlJQg==",), "different"),
        (("v=DKIM1; k=rsa; p=",), "revoked"),
        ((KEY.dns_value, "v=DKIM1; p=T1RIRVI="), "several"),
    ],
)
def test_only_one_record_of_this_very_key_makes_its_signatures_good(found: tuple[str, ...], standing: str) -> None:
    said = judged(KEY, found)
    assert (said.standing, said.found, said.is_testing) == (standing, found, False)


def test_a_record_in_test_is_said_to_be_one() -> None:
    assert judged(KEY, (KEY.dns_value + "; t=s:y",)).is_testing
    assert not judged(KEY, (KEY.dns_value + "; t=s",)).is_testing


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_resolver_is_named_by_address_with_or_without_a_port(text: str, address: tuple[str, int]) -> None:
    assert server_address(text) == address


@pytest.mark.parametrize("text", ["", "dns.example", "192.0.2.1:0", "192.0.2.1:70000", "[::1]:x", "1.2.3"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        server_address(text)
