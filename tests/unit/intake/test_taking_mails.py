"""The pipeline as a whole: one outcome per mail and company, the facts it leads to, and the evidence."""

import pytest

from balcao.intake.domain.address import Directory
from balcao.intake.domain.limits import Limits
from balcao.intake.domain.mail import Delivery
from balcao.intake.domain.pipeline import Pipeline
from balcao.shared.events import CompanyProfile, MailAutoReplied, MailBounced, MailHeld, MessageReceived
from balcao.shared.tokens import company_address_with_token, ticket_token
from tests.unit.intake.builders import (
    AGENCY,
    AT,
    DIRECTORY,
    SECRET,
    TICKET,
    a_delivery,
    a_file,
    a_mail,
    a_multipart,
    a_part,
    all_taken,
    taken,
)
from tests.unit.intake.test_classifying import a_report

TOKEN_ADDRESS = company_address_with_token("suporte@agencia.test", TICKET, SECRET)
OWN_ID = f"<{ticket_token(TICKET, SECRET)}.abc@agencia.test>"


def received(raw: bytes, *recipients: str) -> MessageReceived:
    """The fact of a mail that must be a person's."""
    one = taken(raw, *recipients)
    assert one.outcome == "accepted", one.reason
    (fact,) = one.facts
    assert isinstance(fact, MessageReceived)
    return fact


def test_a_persons_mail_becomes_a_message() -> None:
    raw = a_multipart(
        a_part("Precisamos de um banner.", "Content-Type: text/plain"),
        a_file(b"abc"),
        To="suporte@agencia.test, Eva <eva@cliente.test>",
        Cc="Contato <contato@agencia.test>, dora@cliente.test",
    )
    fact = received(raw)

    assert fact.channel == "mail"
    assert fact.company_address == "suporte@agencia.test"
    assert (fact.sender.name, fact.sender.address) == ("Dora", "dora@cliente.test")
    assert [one.address for one in fact.others] == ["eva@cliente.test"], "the company and the sender are no watchers"
    assert fact.text == "Precisamos de um banner."
    assert fact.internet_message_id == "<um@cliente.test>"
    assert [(one.file_id, one.name, one.size) for one in fact.files] == [(f"mail:{fact.message_id}/2", "arte.pdf", 3)]


def test_a_very_long_text_is_cut_and_says_so() -> None:
    fact = received(a_mail("palavra " * 20_000))

    assert fact.truncated
    assert len(fact.text) == 100_000


def test_a_signed_reply_address_names_the_ticket() -> None:
    fact = received(a_mail(), TOKEN_ADDRESS)

    assert fact.evidence.token_ticket_id == TICKET
    assert fact.company_address == "suporte@agencia.test"


@pytest.mark.parametrize("field", ["To", "Cc", "Delivered-To", "X-Original-To"])
def test_a_signed_address_counts_in_every_field_that_names_recipients(field: str) -> None:
    fact = received(a_mail(**{field.replace("-", "_"): TOKEN_ADDRESS}))

    assert fact.evidence.token_ticket_id == TICKET


def test_a_token_in_capitals_still_counts() -> None:
    assert received(a_mail(To=TOKEN_ADDRESS.upper())).evidence.token_ticket_id == TICKET


def test_a_forged_token_is_no_evidence() -> None:
    first = TOKEN_ADDRESS.index("+t.") + len("+t.")
    another_ticket = "b" if TOKEN_ADDRESS[first] == "a" else "a"
    forged = TOKEN_ADDRESS[:first] + another_ticket + TOKEN_ADDRESS[first + 1 :]
    fact = received(a_mail(To=forged), forged)

    assert fact.evidence.token_ticket_id is None


def test_our_own_message_ids_name_the_ticket_and_the_newest_reference_comes_first() -> None:
    fact = received(a_mail(In_Reply_To="<tres@x.test>", References=f"<um@x.test> {OWN_ID} <tres@x.test>"))

    assert fact.evidence.reference_ticket_id == TICKET
    assert fact.evidence.references == ("<tres@x.test>", OWN_ID, "<um@x.test>")


def test_a_tag_in_the_subject_is_evidence() -> None:
    assert received(a_mail(Subject="Re: [#123] Banner")).evidence.subject_number == 123


def test_a_mail_to_two_companies_is_one_message_at_each() -> None:
    at_agency, at_studio = all_taken(a_mail(), "suporte@agencia.test", "ola@estudio.test")

    assert (at_agency.company_id, at_studio.company_id) == ("agencia", "estudio")
    assert at_agency.id != at_studio.id


def test_a_mail_to_two_addresses_of_one_company_is_one_message() -> None:
    assert len(all_taken(a_mail(), "suporte@agencia.test", "contato@agencia.test")) == 1


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"Delivered_To": "suporte@agencia.test"}, "delivered-to"),
        ({"X_Original_To": "suporte@agencia.test", "To": "outro@x.test"}, "x-original-to"),
        ({"To": "suporte+filial@agencia.test"}, "to"),
        ({"To": "outro@x.test", "Cc": "contato@agencia.test"}, "cc"),
    ],
)
def test_without_an_envelope_the_headers_name_the_company(fields: dict[str, str], rule: str) -> None:
    (one,) = Pipeline(DIRECTORY, SECRET).take(a_mail(**fields), Delivery(AT, (), "dora@cliente.test"))

    assert (one.company_id, one.addressed_by) == ("agencia", rule)


# To and Cc never name another company: a mail to two of them lies in both mailboxes, and is each one's own.
@pytest.mark.parametrize(
    ("raw", "company", "rule"),
    [
        (a_mail(To="grupo@x.test"), "estudio", "mailbox"),
        (a_mail(To=None), "estudio", "mailbox"),
        (a_mail(To="suporte@agencia.test"), "estudio", "mailbox"),
        (a_mail(To="suporte@agencia.test", Cc="ola+x@estudio.test"), "estudio", "cc"),
        (a_mail(To="ola@estudio.test", Delivered_To="suporte@agencia.test"), "agencia", "delivered-to"),
        (a_mail(Delivered_To="ola@estudio.test", X_Original_To="suporte@agencia.test"), "estudio", "delivered-to"),
        (a_mail(Delivered_To="suporte@agencia.test", X_Original_To="ola@estudio.test"), "estudio", "x-original-to"),
    ],
    ids=[
        "names others",
        "names nobody",
        "a blind copy",
        "names both",
        "delivered to another",
        "forwarded by another",
        "delivered to both",
    ],
)
def test_a_mail_is_its_mailboxs_unless_it_was_delivered_to_another(raw: bytes, company: str, rule: str) -> None:
    (one,) = Pipeline(DIRECTORY, SECRET).take(raw, Delivery(AT, (), None, mailbox="ola@estudio.test"))

    assert (one.company_id, one.addressed_by) == (company, rule)


def test_a_mail_to_two_companies_that_lies_in_both_mailboxes_is_one_message_at_each() -> None:
    raw = a_mail(To="suporte@agencia.test", Cc="ola@estudio.test")
    pipeline = Pipeline(DIRECTORY, SECRET)
    deliveries = [Delivery(AT, (), None, mailbox=one) for one in ("suporte@agencia.test", "ola@estudio.test")]
    at_agency, at_studio = (one for delivery in deliveries for one in pipeline.take(raw, delivery))

    assert (at_agency.company_id, at_studio.company_id) == ("agencia", "estudio")
    assert at_agency.id != at_studio.id


def test_the_mailbox_of_nobody_makes_a_mail_nobodys() -> None:
    raw = a_mail(To="suporte@agencia.test")

    assert Pipeline(DIRECTORY, SECRET).take(raw, Delivery(AT, (), None, mailbox="quem@fora.test")) == ()


def test_an_unreadable_mail_is_held_by_the_company_whose_mailbox_it_lay_in() -> None:
    pipeline = Pipeline(DIRECTORY, SECRET, Limits(parts=1))
    raw = a_multipart(
        a_part("um", "Content-Type: text/plain"), a_part("dois", "Content-Type: text/plain"), To="x@y.test"
    )

    (one,) = pipeline.take(raw, Delivery(AT, (), None, mailbox="ola@estudio.test"))

    assert (one.company_id, one.outcome, one.addressed_by) == ("estudio", "held", "mailbox")


def test_a_mail_for_nobody_is_taken_by_nobody() -> None:
    assert Pipeline(DIRECTORY, SECRET).take(a_mail(To="x@y.test"), Delivery(AT, (), "")) == ()


def test_an_address_claimed_twice_has_one_owner_whatever_the_order() -> None:
    thief = CompanyProfile(id="zeta", slug="zeta", name="Zeta", addresses=("suporte@agencia.test",))

    for companies in ((AGENCY, thief), (thief, AGENCY)):
        owner = Directory(companies)("suporte@agencia.test")
        assert owner is not None
        assert owner.id == "agencia"


def test_a_second_arrival_has_the_same_id_whatever_servers_added() -> None:
    again = b"Received: from relay.test\r\nDelivered-To: contato@agencia.test\r\n" + a_mail()

    assert taken(again).id == taken(a_mail()).id


@pytest.mark.parametrize(
    "other",
    [a_mail("Outras palavras."), a_mail(Subject="Outro assunto"), a_mail(From="eva@cliente.test")],
    ids=["body", "subject", "sender"],
)
def test_other_words_under_the_same_message_id_are_another_message(other: bytes) -> None:
    assert taken(other).id != taken(a_mail()).id


def test_without_a_message_id_only_the_same_bytes_are_the_same_mail() -> None:
    bare = a_mail(Message_ID=None)

    assert taken(bare).id == taken(bare).id
    assert taken(bare).id != taken(b"X-Other: 1\r\n" + bare).id


def test_a_bounce_is_tied_to_the_ticket_of_the_mail_that_bounced() -> None:
    one = taken(a_report().replace(b"<nosso@agencia.test>", OWN_ID.encode()), sender="")
    (fact,) = one.facts

    assert one.outcome == "bounced"
    assert isinstance(fact, MailBounced)
    assert (fact.recipient, fact.ticket_id, fact.original_message_id) == ("dora@cliente.test", TICKET, OWN_ID)


def test_a_bounce_to_the_signed_return_path_is_tied_too() -> None:
    (fact,) = taken(a_report(), TOKEN_ADDRESS, sender="").facts

    assert isinstance(fact, MailBounced)
    assert fact.ticket_id == TICKET


def test_a_return_path_that_names_the_very_delivery_is_read_and_a_forged_one_is_not() -> None:
    local, _, domain = TOKEN_ADDRESS.partition("@")
    (fact,) = taken(a_report(), f"{local}.dca2fbd4@{domain}", sender="").facts
    assert isinstance(fact, MailBounced)
    assert (fact.ticket_id, fact.delivery_tag) == (TICKET, "dca2fbd4")

    forged = local[:-1] + ("a" if local[-1] != "a" else "b")
    (fact,) = taken(a_report(), f"{forged}.dca2fbd4@{domain}", sender="").facts
    assert isinstance(fact, MailBounced)
    assert (fact.ticket_id, fact.delivery_tag) == (None, None)


def test_an_automatic_reply_is_no_message() -> None:
    one = taken(a_mail("Estou de férias.", Auto_Submitted="auto-replied", In_Reply_To=OWN_ID), sender="")
    (fact,) = one.facts

    assert one.outcome == "auto_replied"
    assert isinstance(fact, MailAutoReplied)
    assert fact.evidence.reference_ticket_id == TICKET


def test_our_own_mail_coming_back_says_nothing() -> None:
    one = taken(a_mail(Message_ID=OWN_ID, From="suporte@agencia.test"))

    assert (one.outcome, one.rule, one.facts) == ("rejected", "own_mail", ())


def test_our_own_mail_is_known_by_its_message_id_where_a_group_writes_its_own_sender() -> None:
    one = taken(a_mail(Message_ID=OWN_ID, From="grupo@x.test"))

    assert (one.outcome, one.rule) == ("rejected", "own_mail")


@pytest.mark.parametrize("sender", ["suporte@agencia.test", "grupo@x.test"], ids=["itself", "through a group"])
def test_what_one_company_here_writes_to_another_is_a_persons_mail_there(sender: str) -> None:
    fact = received(a_mail(Message_ID=OWN_ID, From=sender, To="ola@estudio.test"), "ola@estudio.test")

    assert fact.sender.address == sender


def test_companies_at_one_domain_are_told_apart_by_their_addresses() -> None:
    shop = CompanyProfile(id="loja", slug="loja", name="Loja", addresses=("loja@agencia.test",))
    pipeline = Pipeline(Directory((AGENCY, shop)), SECRET)
    raw = a_mail(Message_ID=OWN_ID, From="suporte@agencia.test", To="loja@agencia.test")
    theirs, ours = pipeline.take(raw, a_delivery("loja@agencia.test", "suporte@agencia.test"))

    assert (theirs.company_id, theirs.outcome) == ("loja", "accepted")
    assert (ours.company_id, ours.rule) == ("agencia", "own_mail")


def test_a_contact_form_in_the_companys_name_is_from_whoever_filled_it_in() -> None:
    fact = received(a_mail(From="Site <suporte@agencia.test>", Reply_To="Dora <dora@cliente.test>"))

    assert fact.sender.address == "dora@cliente.test"


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (a_mail(From="Site <suporte+x@agencia.test>"), "own_address"),
        (b"Received: x\r\n" * 101 + a_mail(), "loop"),
        (a_mail("\r\n".join(["X: 1"] * 10), X=None) + b"", None),
    ],
    ids=["own address", "loop", "fine"],
)
def test_what_would_go_round_is_held(raw: bytes, rule: str | None) -> None:
    one = taken(raw)

    if rule is None:
        assert one.outcome == "accepted"
    else:
        assert (one.outcome, one.rule) == ("held", rule)


def test_without_a_from_the_envelope_says_who_wrote() -> None:
    fact = received(a_mail(From=None))

    assert fact.sender.address == "dora@cliente.test"


def test_a_mail_from_nobody_is_held_with_its_reason() -> None:
    (one,) = Pipeline(DIRECTORY, SECRET).take(a_mail(From=None), a_delivery(sender=None))
    (fact,) = one.facts

    assert (one.outcome, one.rule) == ("held", "no_sender")
    assert isinstance(fact, MailHeld)
    assert fact.subject == "Banner de Natal"


def test_quoted_words_are_marked_and_kept() -> None:
    fact = received(
        a_mail("Pode ser azul.\r\n\r\nEm 2 de mar. de 2026, Agência <a@b.test> escreveu:\r\n> Que cor?\r\n")
    )

    assert fact.text[: fact.quote_at].strip() == "Pode ser azul."
    assert "Que cor?" in fact.text
