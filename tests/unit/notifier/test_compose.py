"""What mails say, in both languages, byte for byte; and that no words of others become headers or markup."""

import email
import email.policy
import re
from email.message import EmailMessage

import pytest

from balcao.notifier.domain.deliveries import Delivery, plan
from balcao.notifier.domain.kinds import Channel, Kind
from balcao.notifier.letters.case import Enclosed
from balcao.notifier.letters.compose import CompanyHasNoAddress, Composer
from balcao.notifier.letters.headers import AddressUnusable
from balcao.notifier.letters.layout import Attachment
from balcao.notifier.letters.mail import Mail
from balcao.shared.events import CompanyProfile, Fact, FileRef, Party, Threading
from balcao.shared.tokens import read_ticket_token
from tests.support.told_facts import (
    ANALYST,
    COMPANY,
    REQUESTER,
    merged,
    opened,
    production_finished,
    reminded,
    replied,
    requester_replied,
    said,
    ticket,
)
from tests.support.told_kinds import telling

SECRET = "a secret of thirty-two characters"
COMPOSER = Composer(SECRET, "https://mesa.aurora.example/")
KINDS: dict[str, tuple[Fact, Party]] = {
    "acknowledgement": (opened(), REQUESTER),
    "reply": (replied(), REQUESTER),
    "ticket_opened": (opened(), ANALYST),
    "requester_replied": (requester_replied(reopened=True), ANALYST),
    "production_finished": (production_finished(), ANALYST),
    "date_reminded": (reminded(), ANALYST),
    "request_merged": (merged(), REQUESTER),
}


def delivery_to(person: Party, fact: Fact, company: CompanyProfile = COMPANY) -> Delivery:
    """The fact's delivery by mail to this person."""
    return next(
        one
        for one in plan(said(fact, company=company), company)
        if one.telling.channel is Channel.MAIL and one.telling.recipient.person_id == person.person_id
    )


def mail_to(person: Party, fact: Fact, company: CompanyProfile = COMPANY, enclosed: Enclosed | None = None) -> Mail:
    """That delivery's mail."""
    return COMPOSER.compose(delivery_to(person, fact, company), company, enclosed or Enclosed())


def read(mail: Mail) -> EmailMessage:
    """The mail as the standard library reads it."""
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_recipients_language_goes_before_the_companys() -> None:
    english = opened(ticket=ticket(requester=REQUESTER.model_copy(update={"locale": "en-GB"})))
    assert "To add something, just reply" in mail_to(REQUESTER, english).text
    assert "basta responder" in mail_to(REQUESTER, opened()).text


@pytest.mark.parametrize("fact", [opened(), replied()], ids=["acknowledgement", "reply"])
def test_an_answer_to_our_mail_finds_its_ticket(fact: Fact) -> None:
    """By the reply address, by our Message-ID in In-Reply-To, and in the requester's own thread."""
    message = read(mail_to(REQUESTER, fact))
    reply_to = message["reply-to"].addresses[0]
    assert (reply_to.domain, reply_to.username.split("+")[0]) == ("aurora.example", "suporte")
    assert read_ticket_token(reply_to.username.split("+")[1], SECRET) == ticket().id
    local, _, domain = message["message-id"].strip("<>").partition("@")
    assert domain == "aurora.example"
    assert read_ticket_token(local, SECRET) == ticket().id
    assert message["in-reply-to"] in message["references"]
    assert "<pedido@cliente.example>" in message["references"]


def test_reports_of_failure_come_back_to_the_ticket() -> None:
    """The return path names the ticket, signed, and the very delivery."""
    (delivery, *_) = plan(said(opened()), COMPANY)
    plus = mail_to(REQUESTER, opened()).sender.partition("@")[0].partition("+")[2]
    assert read_ticket_token(plus, SECRET) == ticket().id
    assert plus.endswith(f".{delivery.id[:8]}")


def test_the_message_id_follows_from_event_and_recipient() -> None:
    one, other = plan(said(replied(), id_="e1"), COMPANY)
    (again, _), (another, _) = plan(said(replied(), id_="e1"), COMPANY), plan(said(replied(), id_="e2"), COMPANY)
    ids = [COMPOSER.message_id(delivery, COMPANY) for delivery in (one, again, other, another)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_the_same_delivery_always_has_the_same_bytes() -> None:
    assert mail_to(REQUESTER, replied()).raw == mail_to(REQUESTER, replied()).raw


@pytest.mark.parametrize(("kind", "automatic"), [(kind, kind != "reply") for kind in KINDS])
def test_everything_but_a_persons_answer_is_marked_as_automatic(kind: str, automatic: bool) -> None:
    """RFC 3834: no machine answers it, and our own intake knows it."""
    fact, person = KINDS[kind]
    message = read(mail_to(person, fact))
    how = "auto-replied" if kind == "acknowledgement" else "auto-generated"
    assert message["auto-submitted"] == (how if automatic else None)
    assert message["precedence"] == ("bulk" if automatic else None)


@pytest.mark.parametrize("kind", KINDS)
def test_notices_to_the_team_can_be_sorted_and_nobody_outside_is_on_a_list(kind: str) -> None:
    """RFC 2919. A notice of its own has nothing to unsubscribe from: its kind is turned off."""
    fact, person = KINDS[kind]
    message = read(mail_to(person, fact))
    assert message["list-id"] == ("<aurora.notices.aurora.example>" if person is ANALYST else None)
    assert message["list-unsubscribe"] is None


@pytest.mark.parametrize("kind", Kind)
def test_what_comes_regularly_says_where_it_is_turned_off_and_promises_no_single_click(kind: Kind) -> None:
    sent = read(COMPOSER.compose(telling(kind), COMPANY))
    page = f"<https://mesa.aurora.example/{COMPANY.slug}/desk/profile#notices>"
    assert sent["List-Unsubscribe"] == (page if kind in (Kind.GATHERED, Kind.TODAYS_WORK) else None)
    assert sent["List-Unsubscribe-Post"] is None


def test_without_a_public_address_there_is_no_page_to_turn_notices_off() -> None:
    assert read(Composer(SECRET).compose(telling(Kind.TODAYS_WORK), COMPANY))["List-Unsubscribe"] is None


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x00"])
def test_no_words_of_others_become_headers(end: str) -> None:
    attack = f"Oi{end}Bcc: todos@fora.example{end}{end}corpo"
    person = REQUESTER.model_copy(update={"name": attack})
    fact = opened(
        ticket=ticket(title=attack, requester=person),
        threading=Threading(in_reply_to=f"<a@b>{end}Bcc: x@y", references=(attack, f"<c{end}@d>")),
    )
    message = read(mail_to(person, fact, COMPANY.model_copy(update={"name": attack})))
    expected = "Date From To Reply-To Subject Message-ID In-Reply-To References Auto-Submitted"
    marks = ["Precedence", "X-Auto-Response-Suppress"]
    assert message.keys() == [*expected.split(), *marks, "MIME-Version", "Content-Type"]
    assert message["references"] == "<a@b>"
    assert [one.addr_spec for one in message["to"].addresses] == [REQUESTER.address]


def test_no_words_of_others_become_markup() -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    person = REQUESTER.model_copy(update={"name": attack})
    author = ANALYST.model_copy(update={"name": attack})
    company = COMPANY.model_copy(update={"name": attack})
    cases = (
        (person, opened(ticket=ticket(title=attack, requester=person), excerpt=attack)),
        (person, replied(text=attack, quoted=attack, author=author, recipients=(person,), ticket=ticket(title=attack))),
        (ANALYST, requester_replied(text=attack, quote_at=None, author=person, ticket=ticket(title=attack))),
        (ANALYST, production_finished(ticket=ticket(title=attack, requester=person))),
    )
    file = FileRef(file_id="mail:1/2", name=attack, size=1)
    for to, fact in cases:
        html = mail_to(to, fact, company, Enclosed(left_out=[file])).html
        assert "&lt;script&gt;" in html
        assert not re.search(r"<(script|img)|onerror=\w+\(1\)>(?!&)", html.replace("&lt;img src=x onerror", ""))


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("veja https://a.example/x?b=1&c=2.", '<a class="link" href="https://a.example/x?b=1&amp;c=2" rel="noopener">'),
        ("(http://a.example/x)", '<a class="link" href="http://a.example/x" rel="noopener">'),
        ('https://a.example/"onclick="x', '<a class="link" href="https://a.example/" rel="noopener">'),
        ("<https://a.example/>", '<a class="link" href="https://a.example/" rel="noopener">'),
    ],
)
def test_web_addresses_become_links(text: str, link: str) -> None:
    assert link in mail_to(REQUESTER, replied(text=text)).html


def test_nothing_but_web_addresses_becomes_a_link() -> None:
    assert "<a " not in mail_to(REQUESTER, replied(text="javascript://x data:// file:///etc/passwd")).html


def test_what_the_requester_quoted_stays_out_of_the_notice() -> None:
    text = mail_to(ANALYST, requester_replied()).text
    assert "Agora abriu, obrigada!" in text
    assert "Ana escreveu" not in text


def test_a_long_request_is_cut_in_a_notice_and_an_answer_never_is() -> None:
    long = "palavra " * 1000
    assert "[…]" in mail_to(ANALYST, opened(excerpt=long)).text
    assert long.strip() in mail_to(REQUESTER, replied(text=long)).text


def test_links_to_the_desk_are_for_the_team_only() -> None:
    assert "https://mesa.aurora.example/aurora/desk/tickets/12" in mail_to(ANALYST, opened()).html
    assert "mesa.aurora.example" not in mail_to(REQUESTER, opened()).html
    assert "mesa.aurora.example" not in mail_to(REQUESTER, replied()).html


def test_files_go_along_and_those_that_dont_are_named() -> None:
    enclosed = Enclosed(
        [Attachment("plano.pdf", "application/pdf", b"%PDF")], [FileRef(file_id="sha256:0", name="filme.mp4", size=9)]
    )
    mail = mail_to(REQUESTER, replied(), enclosed=enclosed)
    assert [one.get_filename() for one in read(mail).iter_attachments()] == ["plano.pdf"]
    assert "filme.mp4" in mail.text
    assert "filme.mp4" in mail.html


def test_an_address_that_is_none_and_a_company_without_one_are_said_so() -> None:
    nobody = REQUESTER.model_copy(update={"address": "zoë@cliente.example"})
    with pytest.raises(AddressUnusable):
        mail_to(nobody, opened(ticket=ticket(requester=nobody)))
    with pytest.raises(CompanyHasNoAddress):
        mail_to(REQUESTER, opened(), COMPANY.model_copy(update={"addresses": ()}))
