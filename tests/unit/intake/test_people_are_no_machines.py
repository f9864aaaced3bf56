"""A person's mail is never taken for a bounce or an automatic reply, whatever it is about."""

import pytest

from balcao.intake.domain.bounces import Bounce
from balcao.intake.domain.classify import Automatic, Human, classify
from balcao.intake.domain.parse import parse
from balcao.shared.events import MailBounced
from tests.unit.intake.builders import a_mail, a_multipart, a_part, taken

PEOPLE = {
    "about a bounce": (
        "ana@x.test",
        "Mail delivery failed: o que é isto?",
        "Recebi: 550 5.1.1 user unknown. O que faço?",
    ),
    "forwards a bounce": (
        "ana@x.test",
        "Fwd: Undelivered Mail Returned to Sender",
        "Vejam abaixo.\n550 5.1.1 unknown user",
    ),
    "goods returned": ("contato@x.test", "Devolução do pedido 1234", "O pedido foi devolvido pelo cliente."),
    "shop without reply": (
        "noreply@loja.test",
        "Pedido devolvido",
        "Seu pedido 550 foi devolvido ao remetente da loja.",
    ),
    "postmaster asks": (
        "postmaster@x.test",
        "Delivery problems with your newsletter",
        "Could you slow it down, please?",
    ),
    "postmaster greets": ("postmaster@x.test", "Banner", "Precisamos de um banner."),
    "office supplies": ("ana@x.test", "Out of office supplies", "Precisamos de papel."),
    "out of office party": ("ana@x.test", "Out of office party photos", "Segue."),
    "a car": ("ana@x.test", "Auto: seguro vencido", "Meu carro."),
    "automatic door": ("ana@x.test", "Automatic reply rules: how do I set them?", "Como faço?"),
    "absence": ("ana@x.test", "Ausência temporária da equipe no evento", "Avisem o cliente."),
    "rejected art": (
        "ana@x.test",
        "Arte rejeitada",
        "O cliente rejeitou; message rejected by the client, does not exist yet",
    ),
    "delayed": ("ana@x.test", "Campaign delayed", "The launch is delayed; no action is required."),
    "message status": ("ana@x.test", "Message status of the campaign", "500 e 404 nas páginas: does not exist"),
    "list": ("ana@x.test", "Re: [lista] Mailbox full", "my mailbox is full too, 552 5.2.2"),
    "auto no": ("ana@x.test", "Oi", "tudo bem?"),
}

MACHINES = {
    "Automatic reply: Banner": "subject",
    "Automatische Antwort: Banner": "subject",
    "Resposta automática: Banner": "subject",
    "Out of Office: Banner": "subject",
    "Out of office AutoReply: Banner": "subject",
    "[Auto-Reply] Banner": "subject",
    "AUTO: Ana is out of the office (returning 03/04)": "subject",
    "Fora do escritório": "subject",
    "Réponse automatique : Banner": "subject",
}


@pytest.mark.parametrize(("sender", "subject", "text"), PEOPLE.values(), ids=PEOPLE)
def test_a_person_is_a_person(sender: str, subject: str, text: str) -> None:
    mail = parse(a_mail(text, From=sender, Subject=subject, Auto_Submitted="no"))
    assert classify(mail, sender) == Human()


@pytest.mark.parametrize(("subject", "rule"), MACHINES.items(), ids=MACHINES)
def test_a_notice_of_absence_is_known_by_its_subject(subject: str, rule: str) -> None:
    assert classify(parse(a_mail("Volto dia 3.", Subject=subject)), "ana@x.test") == Automatic(rule)


def test_a_person_who_sends_a_delivery_report_on_is_a_person() -> None:
    report = "Final-Recipient: rfc822; x@y.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    raw = a_multipart(
        a_part("Vejam o que recebi."), a_part(report, "Content-Type: message/delivery-status"), From="ana@x.test"
    )
    assert classify(parse(raw), "ana@x.test") == Human()


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("MAILER-DAEMON@mx.test", "failure notice", "Hi. I wasn't able to deliver your message."),
        ("postmaster@mx.test", "Returned mail: see transcript for details", "550 5.1.1 <x@y.test>... User unknown"),
        ("postmaster@mx.test", "Undeliverable: Banner", "Your message could not be delivered. 550 5.1.1"),
        ("noreply@mx.test", "Mail delivery failed", "The following address failed: x@y.test"),
        ("mail-daemon@mx.test", "A mensagem não pôde ser entregue", "Usuário desconhecido"),
        ("postmaster@mx.test", "Falha na entrega", "Não foi possível entregar: does not exist. 550 5.1.1 x@y.test"),
    ],
)
def test_a_failure_told_in_prose_is_a_bounce(sender: str, subject: str, text: str) -> None:
    assert isinstance(classify(parse(a_mail(text, From=sender, Subject=subject)), ""), Bounce)
    assert isinstance(classify(parse(a_mail(text, From=sender, Subject=subject)), sender), Bounce)


@pytest.mark.parametrize(
    ("recipient", "text", "found"),
    [
        ("suporte+dora=cliente.test@agencia.test", "failed", "dora@cliente.test"),
        ("suporte+ana.luz=sub.cliente.test@agencia.test", "failed", "ana.luz@sub.cliente.test"),
        ("suporte+dora=cliente.test@agencia.test", "failed: <eva@outro.test>", "eva@outro.test"),
        ("suporte+a=b@agencia.test", "failed", None),
        ("suporte@agencia.test", "failed", None),
    ],
)
def test_a_return_path_of_its_own_names_whom_a_report_forgets(recipient: str, text: str, found: str | None) -> None:
    """VERP: what the report says itself goes first."""
    one = taken(a_mail(text, From="MAILER-DAEMON@mx.test", Subject="Undeliverable"), recipient, sender="")
    (fact,) = one.facts
    assert isinstance(fact, MailBounced)
    assert fact.recipient == found
