"""Bounces, automatic replies, people: which is which, and what a bounce says."""

import pytest

from balcao.intake.domain.bounces import Bounce
from balcao.intake.domain.classify import Automatic, Human, classify
from balcao.intake.domain.parse import parse
from balcao.shared.events import MessageReceived
from tests.unit.intake.builders import a_mail, a_multipart, a_part, taken

REPORT = """Reporting-MTA: dns; mx.cliente.test\r
Arrival-Date: Mon, 2 Mar 2026 06:00:00 -0300\r
\r
Final-Recipient: rfc822; dora@cliente.test\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; 550 5.1.1 User\r
 unknown\r
"""


def a_report(action: str = "failed", status: str = "5.1.1") -> bytes:
    """A delivery report by RFC 3464, with the mail it returns."""
    returned = a_mail("olá", From="suporte@agencia.test", Message_ID="<nosso@agencia.test>")
    return a_multipart(
        a_part("Não foi possível entregar.", "Content-Type: text/plain; charset=utf-8"),
        a_part(REPORT.format(action=action, status=status), "Content-Type: message/delivery-status"),
        a_part(returned, "Content-Type: message/rfc822"),
        subtype="report; report-type=delivery-status",
        From="MAILER-DAEMON@mx.cliente.test",
        Subject="Undelivered",
    )


def bounce(raw: bytes, sender: str | None = "") -> Bounce:
    """A mail that must be a bounce."""
    nature = classify(parse(raw), sender)
    assert isinstance(nature, Bounce)
    return nature


def test_a_delivery_report_says_who_was_not_reached_and_why() -> None:
    found = bounce(a_report())
    (failure,) = found.failures

    assert found.rule == "delivery_status"
    assert found.original_message_id == "<nosso@agencia.test>"
    assert (failure.recipient, failure.status, failure.permanent) == ("dora@cliente.test", "5.1.1", True)
    assert failure.diagnostic == "smtp; 550 5.1.1 User unknown"


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.2.2")])
def test_what_may_still_arrive_is_not_permanent(action: str, status: str) -> None:
    assert not bounce(a_report(action, status)).failures[0].permanent


def test_a_report_of_success_is_automatic_and_no_bounce() -> None:
    assert classify(parse(a_report("delivered", "2.0.0")), "") == Automatic("delivery_notice")


def test_prose_of_a_mail_server_is_understood() -> None:
    raw = a_mail(
        "This is the mail system.\r\n<dora@cliente.test>: host mx said: 552 5.2.2 Mailbox full\r\n",
        From="Mail Delivery Subsystem <MAILER-DAEMON@mx.test>",
        Subject="Returned mail: see transcript",
    )
    (failure,) = bounce(raw).failures

    assert (failure.recipient, failure.status, failure.permanent) == ("dora@cliente.test", "5.2.2", True)


def test_a_person_who_forwards_a_bounce_is_no_bounce() -> None:
    raw = a_multipart(a_part("o que é isto?"), a_part(a_report(), "Content-Type: message/rfc822"), boundary="fora")

    assert classify(parse(raw), "dora@cliente.test") == Human()


def test_a_person_who_writes_about_a_failed_delivery_is_no_bounce() -> None:
    raw = a_mail("Recebi: 550 5.1.1 user unknown, undeliverable.", Subject="Mail delivery failed?")

    assert classify(parse(raw), "dora@cliente.test") == Human()


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_submitted"),
        ({"Auto_Submitted": "auto-generated (rejected)"}, "auto_submitted"),
        ({"X_Autoreply": "yes"}, "autoreply_header"),
        ({"X_Autorespond": "férias"}, "autoreply_header"),
        ({"Precedence": "auto_reply"}, "precedence"),
        ({"Precedence": "bulk"}, "precedence"),
        ({"Precedence": "junk"}, "precedence"),
        ({"Subject": "Resposta automática: Banner"}, "subject"),
        ({"Subject": "Out of Office: Banner"}, "subject"),
    ],
)
def test_machines_are_recognised(fields: dict[str, str], rule: str) -> None:
    assert classify(parse(a_mail(**fields)), "dora@cliente.test") == Automatic(rule)


def test_whoever_wants_no_answer_is_a_machine() -> None:
    assert classify(parse(a_mail()), "") == Automatic("empty_sender")


def test_a_read_receipt_is_automatic() -> None:
    raw = a_multipart(
        a_part("Sua mensagem foi lida"),
        a_part("Disposition: displayed", "Content-Type: message/disposition-notification"),
        subtype="report; report-type=disposition-notification",
    )

    assert classify(parse(raw), "dora@cliente.test") == Automatic("disposition_notification")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Auto_Submitted": "no"},
        {"Precedence": "list", "List_Id": "<suporte.grupos.test>"},
        {"Precedence": "bulk", "List_Post": "<mailto:lista@grupos.test>"},
        {"X_Auto_Response_Suppress": "All"},
        {"Subject": "Re: Resposta automática: Banner"},
        {"Subject": "Automatic door is broken"},
        {"List_Unsubscribe": "<https://x.test>"},
    ],
    ids=["plain", "not automatic", "group", "old list", "no answers please", "reply to one", "word", "unsubscribe"],
)
def test_people_are_never_taken_for_machines(fields: dict[str, str]) -> None:
    assert classify(parse(a_mail(**fields)), "dora@cliente.test") == Human()


@pytest.mark.parametrize(
    "fields",
    [
        {"Precedence": "list", "List_Id": "<suporte.grupos.test>"},
        {"Precedence": "bulk", "List_Post": "<mailto:lista@grupos.test>"},
        {"List_Unsubscribe": "<https://x.test>"},
        {"Precedence": "list"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Auto_Response_Suppress": "DR, RN, AutoReply"},
        {"X_Auto_Response_Suppress": "oof"},
        {"From": "Loja <noreply@loja.test>"},
        {"From": "no-reply@loja.test"},
        {"From": "nao-responda@banco.test"},
        {"From": "bounces+17@x.test"},
        {"From": "lista-bounces@x.test"},
        {"From": "owner-lista@x.test"},
    ],
)
def test_what_comes_by_a_list_or_from_a_machine_is_let_in_and_gets_no_automatic_answer(fields: dict[str, str]) -> None:
    assert received(fields).wants_no_automatic_answer


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Precedence": "normal"},
        {"X_Auto_Response_Suppress": "DR, RN, NRN"},
        {"X_Auto_Response_Suppress": "None"},
        {"From": "norberto@x.test"},
        {"From": "bounce.silva.bounces.x@x.test"},
        {"From": "requestora@x.test"},
    ],
)
def test_people_get_their_automatic_answer(fields: dict[str, str]) -> None:
    assert not received(fields).wants_no_automatic_answer


def received(fields: dict[str, str]) -> MessageReceived:
    """What is said of a mail that is a person's."""
    (fact,) = taken(a_mail(**fields)).facts
    assert isinstance(fact, MessageReceived)
    return fact
