"""Under which names and addresses a company's mail goes out."""

import pytest

from balcao.notifier.domain.deliveries import plan
from balcao.notifier.domain.identity import (
    Identity,
    NotOurAddress,
    Sender,
    require_own,
    require_own_domain,
    sender_of,
    usable_selector,
)
from balcao.notifier.letters.origin import return_path
from balcao.shared.errors import Invalid
from balcao.shared.tokens import read_ticket_token
from tests.support.told_facts import COMPANY, invited, replied, said, ticket

SECRET = "a secret that only this test knows, 32+"  # pragma: allowlist secret
OWN = COMPANY.model_copy(update={"addresses": ("suporte@aurora.example", "ola@agencia.example")})


def test_without_anything_set_mail_goes_out_under_the_companys_name_and_first_address() -> None:
    assert sender_of(OWN, Identity(company_id=OWN.id)) == Sender(
        "Agência Aurora", "suporte@aurora.example", "suporte@aurora.example", "suporte@aurora.example"
    )


def test_what_is_set_goes_before_it_and_reports_follow_answers() -> None:
    identity = Identity(company_id=OWN.id, from_name="Aurora", from_address="Ola@Agencia.example")
    sender = sender_of(OWN, identity)
    assert (sender.name, sender.from_address, sender.domain) == ("Aurora", "ola@agencia.example", "agencia.example")
    assert (sender.reply_address, sender.return_address) == ("suporte@aurora.example", "suporte@aurora.example")
    other = sender_of(OWN, identity.model_copy(update={"reply_address": "ola@agencia.example"}))
    assert (other.reply_address, other.return_address) == ("ola@agencia.example", "ola@agencia.example")


def test_an_address_that_the_company_has_no_more_counts_as_not_set() -> None:
    """It may be another company's by now."""
    identity = Identity(company_id=COMPANY.id, from_address="ola@agencia.example")
    assert sender_of(COMPANY, identity).from_address == "suporte@aurora.example"


def test_only_the_companys_own_addresses_and_domains_can_be_set() -> None:
    require_own(OWN, from_address="OLA@agencia.example", reply_address=None)
    require_own_domain(OWN, "agencia.example")
    with pytest.raises(NotOurAddress):
        require_own(OWN, from_address="chefe@banco.example")
    with pytest.raises(NotOurAddress):
        require_own_domain(OWN, "banco.example")


@pytest.mark.parametrize("selector", ["s1", "2026-11", "a.b", "x" * 63])
def test_a_selector_is_a_name_in_dns(selector: str) -> None:
    assert usable_selector(f" {selector.upper()} ") == selector


@pytest.mark.parametrize("selector", ["", "-a", "a_b", "a b", "a..b", "ç", "x" * 64, "a;p=x"])
def test_anything_else_is_none(selector: str) -> None:
    with pytest.raises(Invalid):
        usable_selector(selector)


def test_a_key_signs_for_its_own_domain_until_another_one_does() -> None:
    identity = Identity(company_id="c").signed_with("a.example", "one").signed_with("b.example", "two")
    assert (identity.selector("a.example"), identity.selector("c.example")) == ("one", None)
    assert identity.signed_with("a.example", "next").selector("a.example") == "next"
    stopped = identity.unsigned_for("a.example")
    assert (stopped.selector("a.example"), stopped.selector("b.example")) == (None, "two")


def test_a_return_path_keeps_to_the_64_characters_that_servers_take() -> None:
    (delivery, *_) = plan(said(replied()), COMPANY)
    short, long = (return_path(delivery, f"{local}@aurora.example", SECRET) for local in ("suporte", "a" * 20))
    for path in (short, long):
        local = path.partition("@")[0]
        assert len(local) <= 64
        assert read_ticket_token(local.partition("+")[2], SECRET) == ticket().id
    assert short.partition("@")[0].endswith(f".{delivery.id[:8]}")


def test_the_return_path_of_a_mail_about_no_ticket_names_the_delivery() -> None:
    (delivery,) = plan(said(invited()), COMPANY)
    path = return_path(delivery, "suporte@aurora.example", SECRET)
    assert read_ticket_token(path.partition("@")[0].partition("+")[2], SECRET) == delivery.id
