"""What people whom the company does not know yet are told: what came of their directives, invitations, rejections."""

import email
import email.policy
import re
from datetime import timedelta
from email.message import EmailMessage
from typing import get_args

import pytest

from balcao.notifier.domain.audience import audience
from balcao.notifier.domain.deliveries import Delivery, plan
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.letters.compose import Composer
from balcao.notifier.letters.directives import FOLLOWED, REASONS
from balcao.notifier.letters.invitations import NoPublicUrl
from balcao.notifier.letters.mail import Mail
from balcao.shared.events import CompanyProfile, DirectiveTaken, Fact, MailDirective
from balcao.shared.tokens import INVITED_FOR, Invitation, address_digest, read_invitation, read_ticket_token
from tests.support.told_facts import (
    ANALYST,
    AT,
    COMPANY,
    STRANGER,
    invited,
    mail_decision_asked,
    opened,
    said,
    sender_held,
    sender_rejected,
)

SECRET = "a secret of thirty-two characters"
COMPOSER = Composer(SECRET, "https://mesa.aurora.example/")
DIRECTIVES = (
    DirectiveTaken(kind="workspace", place="body", given="[workspace:loja]", meant="Loja"),
    DirectiveTaken(kind="priority", place="body", given="[prioridade:83]", meant="83"),
    DirectiveTaken(kind="type", place="body", given="[tipo:3]", meant="fix"),
    DirectiveTaken(kind="analyst", place="body", given="[analista:x@y.example]", ignored="not_at_the_desk"),
    DirectiveTaken(kind="workspace", place="subject", given="#banco", ignored="overruled"),
)
MAILS: dict[str, Fact] = {
    "acknowledgement_to_newcomer": opened(directives=DIRECTIVES, newcomer=True),
    "invitation": invited(),
    "sender_rejected": sender_rejected(),
}
OUT = {Kind.ACKNOWLEDGEMENT, Kind.INVITATION, Kind.SENDER_REJECTED}


def delivery_of(fact: Fact, company: CompanyProfile = COMPANY) -> Delivery:
    """The fact's mail to somebody outside."""
    return next(one for one in plan(said(fact, company=company), company) if one.telling.kind in OUT)


def mail_of(fact: Fact, company: CompanyProfile = COMPANY, composer: Composer = COMPOSER) -> Mail:
    return composer.compose(delivery_of(fact, company), company)


def read(mail: Mail) -> EmailMessage:
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def invitation_in(mail: Mail) -> Invitation:
    """The invitation that the mail's link carries."""
    (token,) = set(re.findall(r"https://mesa\.aurora\.example/aurora/invitation\?token=(\S+)", mail.text))
    assert token in mail.html
    found = read_invitation(token, SECRET)
    assert found is not None
    return found


def test_the_acknowledgement_says_what_was_understood_and_what_was_ignored_and_why() -> None:
    """O8"""
    text = mail_of(MAILS["acknowledgement_to_newcomer"]).text
    assert "- Workspace: Loja\n- Prioridade: 83 de 100\n- Tipo: correção\n" in text
    assert "- [analista:x@y.example]: ninguém do nosso atendimento tem esse endereço\n- #banco: " in text


def test_every_reason_when_opening_has_its_words() -> None:
    """O8. The others are said of mails that join a ticket, which are not acknowledged."""
    described = DirectiveTaken.model_fields["ignored"].description or ""
    known = set(re.findall(r"[a-z_]+", described.partition(": ")[2])) - {"or"}
    assert known - set(REASONS) == {"only_when_opening", "sender_not_proven", "ticket_is_over"}
    assert set(FOLLOWED) == set(get_args(MailDirective.model_fields["kind"].annotation))


def test_directives_can_bring_no_markup_and_no_headers() -> None:
    """O8"""
    given = "[workspace:<img src=x onerror=alert(1)>\r\nBcc: x@y.example]"
    fact = opened(
        directives=(DirectiveTaken(kind="workspace", place="body", given=given, ignored="unknown_workspace"),)
    )
    mail = mail_of(fact)
    assert "<img" not in mail.html
    assert read(mail)["bcc"] is None


@pytest.mark.parametrize("name", ["acknowledgement_to_newcomer", "invitation"])
def test_an_invitation_is_for_one_person_at_one_address_for_two_weeks(name: str) -> None:
    """O3"""
    delivery, found = delivery_of(MAILS[name]), invitation_in(mail_of(MAILS[name]))
    assert found == Invitation(
        company_id=COMPANY.id,
        person_id="zoe",
        expires_at=AT + INVITED_FOR,
        nonce=delivery.id,
        to=address_digest("zoe@cliente.example"),
    )
    assert timedelta(days=14) == INVITED_FOR
    assert "zoe@cliente" not in str(found)


def test_who_is_known_already_gets_no_invitation_with_the_acknowledgement() -> None:
    """O3"""
    assert "invitation" not in mail_of(opened()).text


def test_without_a_public_address_the_acknowledgement_says_nothing_of_it_and_an_invitation_alone_waits() -> None:
    """O3"""
    nowhere = Composer(SECRET)
    text = mail_of(MAILS["acknowledgement_to_newcomer"], composer=nowhere).text
    assert ("senha" in text, "invitation" in text) == (False, False)
    with pytest.raises(NoPublicUrl):
        mail_of(invited(), composer=nowhere)


@pytest.mark.parametrize("name", ["invitation", "sender_rejected"])
def test_no_machine_answers_and_our_own_mail_is_known_when_it_comes_back(name: str) -> None:
    """O3: intake knows a mail of ours by the signature in its Message-ID."""
    mail = mail_of(MAILS[name])
    message = read(mail)
    assert message["auto-submitted"] == ("auto-replied" if name == "sender_rejected" else "auto-generated")
    assert read_ticket_token(message["message-id"].strip("<>").partition("@")[0], SECRET) is not None
    assert message["reply-to"].addresses[0].addr_spec == "suporte@aurora.example"
    (delivery,) = plan(said(MAILS[name]), COMPANY)
    assert read_ticket_token(mail.sender.partition("@")[0].partition("+")[2], SECRET) == delivery.id
    assert "#None" not in mail.text + mail.html + mail.subject


def test_a_rejection_answers_the_mail_it_is_about() -> None:
    """O3"""
    assert read(mail_of(sender_rejected()))["in-reply-to"] == "<oi@fora.example>"


def test_who_is_told_of_people_nobody_knows() -> None:
    """O3: the team in the product; a rejected sender by mail, although they are who did it; never our own address."""
    assert [(one.kind, one.channel, one.recipient) for one in audience(said(sender_held()), COMPANY)] == [
        (Kind.SENDER_HELD, Channel.IN_APP, ANALYST)
    ]
    assert [(one.kind, one.channel, one.recipient) for one in audience(said(mail_decision_asked()), COMPANY)] == [
        (Kind.MAIL_HELD, Channel.IN_APP, ANALYST)
    ]
    rejected = audience(said(sender_rejected(), actor=STRANGER), COMPANY)
    assert [(one.kind, one.channel, one.recipient) for one in rejected] == [
        (Kind.SENDER_REJECTED, Channel.MAIL, STRANGER)
    ]
    ourselves = STRANGER.model_copy(update={"address": "suporte+x@aurora.example"})
    assert audience(said(sender_rejected(sender=ourselves)), COMPANY) == ()
