"""What a held mail says once a person lets it in."""

import pytest

from balcao.intake.domain.address import Addressed
from balcao.intake.domain.letting_in import Held, NobodyToAnswer, let_in, may_be_let_in
from balcao.intake.domain.mail import Mailbox
from balcao.intake.domain.reading import Unread, read
from balcao.shared.events import MessageReceived, Party
from tests.unit.intake.builders import AGENCY, DIRECTORY, SECRET, a_delivery, a_mail, taken

BY = Party(person_id="caio", name="Caio")
UNREAD = Unread("unreadable", "could not be read")
ROUND_AND_ROUND = b"Received: from a by b\r\n" * 101


def come_in(raw: bytes, *, unread: bool = False) -> MessageReceived:
    """Have a mail held as it would be, and let it in."""
    was = taken(raw)
    assert was.outcome == "held"
    assert was.address is not None
    to = Addressed(AGENCY, was.address, was.addressed_by)
    held = Held(was.id, was.rule, was.sender, was.subject, a_delivery(), to)
    reading = UNREAD if unread else read(raw, held.delivery.sender)
    return let_in(held, reading, BY, DIRECTORY, secret=SECRET, trusted_authserv="")


def test_a_mail_that_went_round_says_what_it_would_have_said_at_its_arrival() -> None:
    raw = a_mail(In_Reply_To="<ontem@cliente.test>")
    (fact,) = taken(raw).facts
    said = come_in(ROUND_AND_ROUND + raw)
    assert isinstance(fact, MessageReceived)
    assert said.let_in_by == BY
    assert said.model_copy(update={"let_in_by": None}) == fact


def test_a_mail_in_the_companys_own_name_comes_from_that_name() -> None:
    assert come_in(a_mail(From="suporte@agencia.test")).sender.address == "suporte@agencia.test"


def test_a_mail_that_can_not_be_read_has_its_sender_and_subject() -> None:
    said = come_in(ROUND_AND_ROUND + a_mail(), unread=True)
    assert (said.sender.address, said.subject, said.text) == ("dora@cliente.test", "Banner de Natal", "")
    assert said.truncated


def test_where_nobody_wrote_nobody_can_be_answered() -> None:
    to = Addressed(AGENCY, "suporte@agencia.test", "envelope")
    held = Held("m1", "no_sender", Mailbox("", ""), "Oi", a_delivery(sender=""), to)
    for reading in (UNREAD, read(a_mail(From=None), "")):
        with pytest.raises(NobodyToAnswer):
            let_in(held, reading, BY, DIRECTORY, secret=SECRET, trusted_authserv="")


@pytest.mark.parametrize(
    ("rule", "sender", "may"),
    [
        ("loop", "dora@cliente.test", True),
        ("too_large", "dora@cliente.test", True),
        ("own_address", "", True),
        ("no_sender", "", False),
        ("unreadable", "", False),
    ],
)
def test_somebody_must_have_written_what_becomes_a_ticket(rule: str, sender: str, may: bool) -> None:
    assert may_be_let_in(rule, sender) is may
