"""Whether a change comes from our own pages."""

import pytest

from balcao.portal_api.domain.csrf import from_own_pages, token_for, token_holds

OWN = "https://balcao.example"


def test_a_token_holds_for_its_session_only() -> None:
    token = token_for("secret", "session-1")

    assert token_holds(token, "secret", "session-1")
    assert not token_holds(token, "secret", "session-2")
    assert not token_holds(token, "another secret", "session-1")


def test_no_two_pages_carry_the_same_token() -> None:
    """Compression must not reveal on one page what another page shows."""
    tokens = {token_for("secret", "session-1") for _ in range(20)}

    assert len(tokens) == 20
    assert all(token_holds(one, "secret", "session-1") for one in tokens)


@pytest.mark.parametrize("broken", ["", "é", "A", "A" * 48, "A" * 4000, "****"], ids=repr)
def test_a_broken_token_holds_for_nobody(broken: str) -> None:
    assert not token_holds(broken, "secret", "session-1")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin", "origin": OWN}, True),
        ({"origin": OWN}, True),
        ({"origin": "http://balcao.example"}, True),
        ({}, True),
        ({"sec-fetch-site": "same-site", "origin": OWN}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://balcao.example.evil.example"}, False),
        ({"origin": "https://balcao.example:8443"}, False),
        ({"origin": "null"}, False),
    ],
    ids=str,
)
def test_only_our_own_origin_may_change_things(headers: dict[str, str], allowed: bool) -> None:
    assert from_own_pages(headers, f"{OWN}/") is allowed
