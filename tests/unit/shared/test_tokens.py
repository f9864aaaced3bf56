"""Signed tokens: who acts, and which ticket an address belongs to."""

import base64
import json
import time

import jwt
import pytest

from balcao.shared.errors import NotSignedIn
from balcao.shared.ids import new_id
from balcao.shared.tokens import (
    Acting,
    company_address_with_token,
    read_acting,
    read_ticket_token,
    sign_acting,
    ticket_token,
)

SECRET = "a secret that only this test knows, 32+"  # pragma: allowlist secret
OTHER = "another secret, which is as long as that"  # pragma: allowlist secret
ANA = Acting(company_id="agencia", person_id="ana", name="Ana", address="ana@agencia.test", roles=("agent",))


def test_who_acts_comes_through_whole() -> None:
    assert read_acting(sign_acting(ANA, SECRET, "tickets"), SECRET, "tickets") == ANA


def test_whoever_has_a_role_is_of_the_team() -> None:
    assert ANA.is_team
    assert not ANA.model_copy(update={"roles": ()}).is_team


def _token(secret: str = SECRET, algorithm: str | None = "HS256", **claims: object) -> str:
    now = int(time.time())
    return jwt.encode(
        {"aud": "tickets", "iat": now, "exp": now + 60, "act": ANA.model_dump()} | claims, secret, algorithm
    )


def _unsigned() -> str:
    head, claims = ({"alg": "none", "typ": "JWT"}, {"aud": "tickets", "exp": 2**31, "act": ANA.model_dump()})
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, claims)]
    return ".".join([*parts, ""])


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        sign_acting(ANA, OTHER, "tickets"),
        sign_acting(ANA, SECRET, "workflow"),
        _token(exp=int(time.time()) - 1),
        _token(act={"company_id": "agencia"}),
        _token(act=None),
        _unsigned(),
    ],
    ids=["empty", "broken", "forged", "for another service", "expired", "nobody", "no act", "unsigned"],
)
def test_any_other_token_lets_nobody_in(token: str) -> None:
    with pytest.raises(NotSignedIn):
        read_acting(token, SECRET, "tickets")


def test_a_token_without_an_end_is_none() -> None:
    endless = jwt.encode({"aud": "tickets", "act": ANA.model_dump()}, SECRET, "HS256")
    with pytest.raises(NotSignedIn):
        read_acting(endless, SECRET, "tickets")


def test_a_token_is_good_for_a_minute() -> None:
    claims = jwt.decode(sign_acting(ANA, SECRET, "tickets"), SECRET, ["HS256"], audience="tickets")
    assert claims["exp"] - claims["iat"] == 60


def test_a_tickets_token_names_it_whatever_a_mail_system_does_to_its_case() -> None:
    """O1"""
    ticket_id = new_id()
    token = ticket_token(ticket_id, SECRET)
    assert read_ticket_token(token, SECRET) == ticket_id
    assert read_ticket_token(f" {token.upper()} ", SECRET) == ticket_id
    assert token == token.lower()


@pytest.mark.parametrize("change", range(40))
def test_a_changed_token_names_nothing(change: int) -> None:
    """O1: each place of it, one after the other."""
    token = ticket_token("0b41c0a1-1d2c-4f0a-9f0a-6d1f7a5258a4", SECRET)
    place = 2 + change % (len(token) - 2)
    other = "b" if token[place] != "b" else "c"
    assert read_ticket_token(token[:place] + other + token[place + 1 :], SECRET) is None


@pytest.mark.parametrize("token", ["", "t", "t.", "t..", "t.x.y", "x.y.z", "t." + "0" * 32, "t." + "0" * 32 + ".é"])
def test_what_is_no_token_names_nothing(token: str) -> None:
    """O1"""
    assert read_ticket_token(token, SECRET) is None


def test_another_installations_token_names_nothing() -> None:
    """O1"""
    assert read_ticket_token(ticket_token(new_id(), OTHER), SECRET) is None


def test_a_reply_address_fits_into_a_mail_address() -> None:
    """O1, RFC 5321: 64 characters before the @."""
    ticket_id = new_id()
    address = company_address_with_token("oi@agencia.test", ticket_id, SECRET)
    local, _, domain = address.partition("@")
    assert domain == "agencia.test"
    assert len(local) <= 64
    assert read_ticket_token(local.partition("+")[2], SECRET) == ticket_id
