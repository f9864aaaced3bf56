"""The letter to somebody who forgot their password (P1)."""

import re

import pytest

from balcao.notifier.domain.audience import audience
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.letters.compose import Composer
from balcao.notifier.letters.invitations import NoPublicUrl
from balcao.shared.events import CompanyProfile
from balcao.shared.tokens import NewPasswordLink, address_digest, read_new_password
from tests.support.told_facts import AT, COMPANY, REQUESTER, forgotten, said
from tests.support.told_kinds import telling

SECRET = "a secret of thirty-two characters"
COMPOSER = Composer(SECRET, "https://mesa.aurora.example/")


def text_in(locale: str, company: CompanyProfile = COMPANY) -> str:
    changed = company.model_copy(update={"locale": locale})
    return COMPOSER.compose(telling(Kind.PASSWORD_FORGOTTEN, changed), changed).text


def test_the_link_is_for_one_person_at_one_address_from_the_moment_it_was_asked_for() -> None:
    """P1: a mail that is late, or written twice, makes it no longer good for longer."""
    text = text_in("pt-BR")
    assert text == text_in("pt-BR")
    (token,) = re.findall(r"https://mesa\.aurora\.example/aurora/password/new\?token=(\S+)", text)
    address = REQUESTER.address or ""
    expected = NewPasswordLink(
        company_id=COMPANY.id, person_id=REQUESTER.person_id or "", asked_at=AT, to=address_digest(address)
    )
    assert read_new_password(token, SECRET) == expected
    assert address not in token


@pytest.mark.parametrize(
    ("locale", "words"),
    [("pt-BR", ("Nova senha", "duas horas", "Se não foi você")), ("en", ("A new password", "If it was not you"))],
)
def test_it_says_which_company_it_is_for_and_until_when_in_both_languages(locale: str, words: tuple[str, ...]) -> None:
    """P1: a guest of two companies has a password at each."""
    changed = COMPANY.model_copy(update={"locale": locale})
    mail = COMPOSER.compose(telling(Kind.PASSWORD_FORGOTTEN, changed), changed)
    assert COMPANY.name in mail.subject
    assert COMPANY.name in mail.text
    assert all(one in mail.text + mail.html for one in words)


def test_the_person_is_told_by_mail_alone_at_the_address_that_was_given() -> None:
    """P1"""
    other = REQUESTER.model_copy(update={"address": "zoe.segunda@cliente.example"})
    assert [(one.kind, one.channel, one.recipient) for one in audience(said(forgotten(recipient=other)), COMPANY)] == [
        (Kind.PASSWORD_FORGOTTEN, Channel.MAIL, other)
    ]


def test_without_a_public_address_there_is_no_link_to_send() -> None:
    """P1"""
    with pytest.raises(NoPublicUrl):
        Composer(SECRET).compose(telling(Kind.PASSWORD_FORGOTTEN, COMPANY), COMPANY)
