"""Who vouches for a sender: our own mail server, and nobody who only says so."""

import pytest

from balcao.intake.domain.pipeline import Pipeline
from balcao.shared.events import MessageReceived, SenderAuthentication
from tests.unit.intake.builders import DIRECTORY, SECRET, a_delivery, a_mail

OURS = "mx.agencia.test"


def said_of(*results: str, trusted: str = OURS, sender: str = "dora@cliente.test") -> SenderAuthentication | None:
    fields = "".join(f"Authentication-Results: {one}\r\n" for one in results)
    raw = fields.encode() + a_mail(From=f"Dora <{sender}>")
    (one,) = Pipeline(DIRECTORY, SECRET, trusted_authserv=trusted).take(raw, a_delivery())
    (fact,) = one.facts
    assert isinstance(fact, MessageReceived)
    return fact.authentication


def test_a_pass_of_dmarc_by_our_own_server_is_believed() -> None:
    said = said_of(f"{OURS} 1; dmarc=pass (p=reject) header.from=cliente.test; spf=pass smtp.mailfrom=x.test")
    assert said == SenderAuthentication(by=OURS, dmarc="pass", spf="pass", authenticated=True)


def test_what_another_server_says_counts_for_nothing() -> None:
    assert said_of("mx.evil.test; dmarc=pass header.from=cliente.test") is None


def test_without_a_trusted_server_nothing_is_believed() -> None:
    assert said_of(f"{OURS}; dmarc=pass header.from=cliente.test", trusted="") is None


def test_of_our_servers_fields_only_the_topmost_counts() -> None:
    """The lower ones came with the mail: whoever sent it may have written them."""
    said = said_of(f"{OURS}; dmarc=fail header.from=cliente.test", f"{OURS}; dmarc=pass header.from=cliente.test")
    assert said is not None
    assert (said.dmarc, said.authenticated) == ("fail", False)


@pytest.mark.parametrize(
    ("result", "authenticated"),
    [
        ("dkim=pass header.d=cliente.test", True),
        ("dkim=fail header.d=cliente.test; dkim=pass header.d=cliente.test", True),
        ("dkim=pass header.d=lista.test", False),
        ("spf=pass smtp.mailfrom=dora@cliente.test", True),
        ("spf=pass smtp.mailfrom=bounce.lista.test", False),
        ("spf=softfail smtp.mailfrom=cliente.test", False),
        ("dmarc=pass header.from=outro.test", False),
        ("dmarc=fail header.from=cliente.test; dkim=pass header.d=cliente.test", False),
        ("dkim=pass (dmarc=pass header.d=cliente.test) header.d=x.test", False),
        ("none", False),
        ("; ; =; dkim=; dkim=pass", False),
    ],
)
def test_somebody_must_vouch_for_the_very_domain(result: str, authenticated: bool) -> None:
    said = said_of(f"{OURS}; {result}")
    assert said is not None
    assert said.authenticated is authenticated


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({}, "accepted"),
        ({"Auto_Submitted": "auto-replied"}, "auto_replied"),
        ({"From": "suporte@agencia.test"}, "held"),
    ],
    ids=["a person's", "a machine's", "in the company's own name"],
)
def test_what_our_server_says_is_kept_whatever_becomes_of_the_mail(fields: dict[str, str], outcome: str) -> None:
    said = f"Authentication-Results: {OURS}; dmarc=fail header.from=x.test\r\n".encode()
    (one,) = Pipeline(DIRECTORY, SECRET, trusted_authserv=OURS).take(said + a_mail(**fields), a_delivery())

    assert one.outcome == outcome
    assert one.authentication == SenderAuthentication(by=OURS, dmarc="fail", authenticated=False)
