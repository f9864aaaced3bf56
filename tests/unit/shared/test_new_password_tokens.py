"""The token of a link to a new password."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from balcao.shared.tokens import (
    INVITED_FOR,
    Invitation,
    NewPasswordLink,
    address_digest,
    read_invitation,
    read_new_password,
    sign_invitation,
    sign_new_password,
)

SECRET = "a secret of thirty-two characters"
LINK = NewPasswordLink(
    company_id="aurora",
    person_id="zoe",
    asked_at=datetime(2026, 11, 2, 12, 0, 0, 907_000, tzinfo=UTC),
    to=address_digest("zoe@cliente.example"),
)


def test_a_link_comes_back_to_the_millisecond_and_is_always_the_same_token() -> None:
    """P1. Two links of one second are told apart by when the password was set between them."""
    token = sign_new_password(LINK, SECRET)
    assert read_new_password(token, SECRET) == LINK
    assert token == sign_new_password(LINK, SECRET)
    assert LINK.expires_at - LINK.asked_at == timedelta(hours=2)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        sign_new_password(LINK, SECRET + "!"),
        sign_new_password(LINK, SECRET)[:-2],
        jwt.encode({"aud": "new-password", "exp": 1, "sub": "zoe"}, SECRET),
        jwt.encode({"aud": "invitation", "exp": 1, "sub": "zoe", "co": "a", "at": 1, "to": "b"}, SECRET),
        jwt.encode({"aud": "new-password", "exp": 1, "sub": "zoe", "co": "a", "at": 10**30, "to": "b"}, SECRET),
    ],
    ids=["empty", "no token", "other secret", "cut off", "lacks claims", "of another kind", "absurd time"],
)
def test_what_is_forged_or_broken_is_no_link(token: str) -> None:
    """P1"""
    assert read_new_password(token, SECRET) is None


def test_an_invitation_is_no_link_to_a_new_password_and_the_other_way_round() -> None:
    """O3, P1: what sets a first password must not set a second one."""
    invitation = Invitation(
        company_id="aurora", person_id="zoe", expires_at=LINK.asked_at + INVITED_FOR, nonce="n", to=LINK.to
    )
    assert read_new_password(sign_invitation(invitation, SECRET), SECRET) is None
    assert read_invitation(sign_new_password(LINK, SECRET), SECRET) is None
