"""The token of an invitation."""

from datetime import UTC, datetime

import jwt
import pytest

from balcao.shared.errors import NotSignedIn
from balcao.shared.tokens import (
    Acting,
    Invitation,
    address_digest,
    read_acting,
    read_invitation,
    sign_acting,
    sign_invitation,
)

SECRET = "a secret of thirty-two characters"
INVITATION = Invitation(
    company_id="aurora",
    person_id="zoe",
    expires_at=datetime(2026, 11, 16, 12, tzinfo=UTC),
    nonce="delivery-1",
    to=address_digest("zoe@cliente.example"),
)


def test_an_invitation_comes_back_as_it_was_signed_and_is_always_the_same_token() -> None:
    """O3. Expired or not: the reader says what that means."""
    token = sign_invitation(INVITATION, SECRET)
    assert read_invitation(token, SECRET) == INVITATION
    assert token == sign_invitation(INVITATION, SECRET)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        sign_invitation(INVITATION, SECRET + "!"),
        sign_invitation(INVITATION, SECRET)[:-2],
        jwt.encode({"aud": "invitation", "exp": 1, "sub": "zoe", "jti": "1"}, SECRET),
        jwt.encode({"aud": "tickets", "exp": 1, "sub": "zoe", "jti": "1", "co": "a", "to": "b"}, SECRET),
        jwt.encode({"aud": "invitation", "exp": 10**15, "sub": "zoe", "jti": "1", "co": "a", "to": "b"}, SECRET),
    ],
    ids=["empty", "no token", "not ours", "other secret", "cut off", "lacks claims", "of another kind", "absurd time"],
)
def test_what_is_forged_or_broken_is_no_invitation(token: str) -> None:
    """O3"""
    assert read_invitation(token, SECRET) is None


def test_an_invitation_opens_no_service_and_a_service_token_is_no_invitation() -> None:
    """O3"""
    with pytest.raises(NotSignedIn):
        read_acting(sign_invitation(INVITATION, SECRET), SECRET, "tickets")
    acting = Acting(company_id="aurora", person_id="zoe", name="Zoë", address="zoe@cliente.example")
    assert read_invitation(sign_acting(acting, SECRET, "invitation"), SECRET) is None


def test_an_address_is_recognised_in_any_case_and_can_not_be_read_from_its_digest() -> None:
    """O3"""
    assert address_digest(" ZOE@cliente.example") == INVITATION.to
    assert "zoe" not in INVITATION.to
