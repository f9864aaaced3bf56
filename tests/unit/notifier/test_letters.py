"""What each kind of letter says in both languages, as text and as HTML; and that nothing makes it break or run over."""

import email
import email.policy
import os
import re
from dataclasses import replace
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest

from balcao.notifier.domain.kinds import OUTWARD, Kind
from balcao.notifier.letters.compose import Composer
from balcao.notifier.letters.mail import Mail
from balcao.notifier.letters.writers import WRITERS
from balcao.shared.events import AgendaDrawn, CompanyPolicies, CompanyProfile, Fact, NoticesGathered, Party
from tests.support.told_facts import (
    ANALYST,
    COMPANY,
    REQUESTER,
    WATCHER,
    held,
    opened,
    replied,
    requester_replied,
    ticket,
)
from tests.support.told_kinds import KINDS, telling
from tests.unit.notifier.test_compose import mail_to

GOLDEN = Path(__file__).parent / "golden"
WRITE = "BALCAO_WRITE_GOLDEN"
COMPOSER = Composer("a secret of thirty-two characters", "https://mesa.aurora.example/")
GMAIL_HIDES_BEHIND = 102_000
LONG_WORD = "Donaudampfschifffahrtsgesellschaft" * 12
_NOTES = re.compile(r"<!--.*?-->", re.DOTALL)
_LOOKS = re.compile(r' (?:style|class|width|align|border|cell\w+|bgcolor|valign|target)="[^"]*"')
_FRAME = re.compile(r"</?(?:table|tbody|tr|div)(?: role=\"\w+\")?(?: dir=\"auto\")?(?: lang=\"[^\"]*\")?>|<td>|</td>")


def letter(kind: Kind, company: CompanyProfile = COMPANY) -> Mail:
    """The kind's mail."""
    return COMPOSER.compose(telling(kind, company), company)


def readable(html: str) -> str:
    """The body of a letter's HTML without what only makes it look well: one element a line."""
    body = _NOTES.sub("", html[html.index("<body") :])
    bare = _FRAME.sub("\n", _LOOKS.sub("", body))
    return re.sub(r"\n\s*", "\n", re.sub(r"(<(?:h1|h2|p|ul|li|th|td|blockquote|a)\b)", r"\n\1", bare)).strip()


def golden_of(mail: Mail) -> str:
    """What is kept of a mail to compare with: its subject, its text, and its HTML as far as it says something."""
    said = f"{mail.subject}\n\n{mail.text}\n=== HTML\n{readable(mail.html)}\n"
    return re.sub(r"token=[\w.-]+", "token=…", said)


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_letter_says_what_its_golden_file_says(kind: Kind, locale: str) -> None:
    """Run with BALCAO_WRITE_GOLDEN=1 to write them anew, and read the difference: it is what readers will see."""
    said = golden_of(letter(kind, COMPANY.model_copy(update={"locale": locale})))
    path = GOLDEN / f"{kind}.{locale}.txt"
    if os.environ.get(WRITE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


def test_the_golden_files_are_those_of_the_kinds() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {
        *(f"{kind}.{locale}.txt" for kind in Kind for locale in ("pt-BR", "en")),
        "reply.eml",
    }


def test_the_whole_of_a_mail_is_what_its_golden_file_says() -> None:
    """One mail byte for byte, with all that makes it look well; the others share its frame."""
    path = GOLDEN / "reply.eml"
    raw = letter(Kind.REPLY).raw.replace(b"\r\n", b"\n")
    if os.environ.get(WRITE):
        path.write_bytes(raw)
    assert raw == path.read_bytes()


def test_every_kind_has_somebody_who_writes_it_and_a_case_to_try() -> None:
    assert set(WRITERS) == set(KINDS) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_text_and_html_say_the_same(kind: Kind) -> None:
    """Word for word but for quote marks, bullets and where links lead, which HTML shows otherwise."""
    mail = letter(kind)
    text = mail.text.replace("\n-- \n", "\n")
    words = [word for word in re.sub(r"https?://\S+", "", text).split() if word not in (">", "-", "·", "*")]
    shown = " ".join(_Words.of(mail.html))
    missing = [word for word in words if word.removesuffix(":") not in shown]
    assert missing == []


@pytest.mark.parametrize("kind", Kind)
def test_the_readable_forms_are_the_bytes(kind: Kind) -> None:
    """What a preview shows is what goes out (W7)."""
    mail = letter(kind)
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for name, shown in (("plain", mail.text), ("html", mail.html)):
        part = message.get_body((name,))
        assert part is not None
        assert part.get_content().replace("\r\n", "\n").strip() == shown.strip()
    assert message["subject"] == mail.subject


_NOT_ABOUT_ONE = {Kind.SENDER_HELD, Kind.MAIL_HELD, Kind.CONNECTION_DISABLED, Kind.GATHERED, Kind.TODAYS_WORK}


@pytest.mark.parametrize("kind", sorted(set(Kind) - OUTWARD - _NOT_ABOUT_ONE))
def test_every_notice_leads_to_what_it_is_about_and_says_why_one_gets_it(kind: Kind) -> None:
    mail = letter(kind)
    links = set(re.findall(r"https://mesa\.aurora\.example/\S+", mail.text))
    assert len(links) == 1
    assert links <= {f"https://mesa.aurora.example/aurora/desk/{path}" for path in ("tickets/12", "tasks/7")}
    assert "Você recebeu esta mensagem" in mail.text
    assert Composer("a secret of thirty-two characters").compose(telling(kind), COMPANY).text.count("http") == len(
        re.findall(r"https://(?!mesa)", mail.text)
    )


def test_several_notices_at_once_are_told_in_their_order_each_with_its_link() -> None:
    text = letter(Kind.GATHERED).text
    links = re.findall(r"https://mesa\.aurora\.example/aurora/desk/(\S+)", text)
    assert links == ["tickets/12", "tickets/9", "tasks/7"]
    assert re.findall(r"^\* (.*)$", text, re.MULTILINE) == [
        "Zoë Guimarães respondeu: Banner de Páscoa não abre",
        "A espera terminou: Campanha de Natal",
        "Davi Lima mencionou você: Refazer o banner em três tamanhos",
    ]


def test_very_many_notices_at_once_are_counted_and_one_alone_is_called_by_its_name() -> None:
    (one, *_others) = (fact := _gathered()).items
    many = fact.model_copy(update={"items": (one,) * 70})
    mail = _letter_of(Kind.GATHERED, many)
    assert mail.subject == "70 novidades: Zoë Guimarães respondeu: Banner de Páscoa não abre"
    assert mail.text.count("\n* ") == 50
    assert "E mais 20" in mail.text
    alone = _letter_of(Kind.GATHERED, fact.model_copy(update={"items": (one,)}))
    assert alone.subject == "Zoë Guimarães respondeu: Banner de Páscoa não abre"


def test_the_work_of_the_day_says_what_is_late_what_is_due_and_what_has_no_date() -> None:
    """W17"""
    mail = letter(Kind.TODAYS_WORK)
    assert mail.subject == "Trabalho de hoje: atrasados: 2, para hoje: 1, sem data: 6"
    assert mail.text.index("Atrasados\n") < mail.text.index("Para hoje\n") < mail.text.index("Sem data\n")
    assert "- #12 Banner de Páscoa não abre · 18:00\n" in mail.text  # by the company's clock
    assert mail.text.endswith("há algo a fazer.\n")
    assert "E mais 5." in mail.text
    nothing_late = _agenda().model_copy(update={"overdue": (), "overdue_count": 0})
    assert "trasado" not in _letter_of(Kind.TODAYS_WORK, nothing_late).html


@pytest.mark.parametrize("kind", Kind)
def test_letters_need_nothing_from_outside_and_no_mail_program_hides_their_end(kind: Kind) -> None:
    html = letter(kind).html
    assert re.findall(r'(?:src|background)="(?!cid:)[^"]*"|url\(|@import|<script|<link', html) == []
    assert len(html.encode()) < 30_000


def test_the_longest_letters_stay_below_what_mail_programs_show() -> None:
    """Gmail hides what lies behind 102 KB."""
    long = f"{'palavra & <nada> ' * 2000}\n\n" * 4
    for mail in (
        mail_to(REQUESTER, opened(excerpt=long, ticket=ticket(title=LONG_WORD))),
        mail_to(REQUESTER, replied(text="x" * 60_000, quoted=long)),
        mail_to(KINDS[Kind.REQUESTER_REPLIED][1], requester_replied(text=long, quote_at=None)),
    ):
        assert len(mail.html.encode()) < GMAIL_HIDES_BEHIND


def test_an_answer_is_whole_however_long_and_gives_up_what_it_quotes_before() -> None:
    said = "palavra " * 12_000
    mail = mail_to(REQUESTER, replied(text=said, quoted="minhas palavras"))
    assert said.strip() in mail.text
    assert said.strip() in mail.html
    assert "minhas palavras" not in mail.text
    assert "minhas palavras" in mail_to(REQUESTER, replied(text=said[:40_000], quoted="minhas palavras")).text


def test_who_decides_about_a_message_at_nobodys_ticket_is_not_told_that_it_is_theirs() -> None:
    fact = held(pointed_at=ticket(analyst=None), deciders=(ANALYST,))
    delivery = telling(Kind.MESSAGE_HELD)
    delivery = replace(delivery, event=delivery.event.model_copy(update={"data": fact}))
    text = COMPOSER.compose(delivery, COMPANY).text
    assert "um ticket sem analista" in text
    assert "por ser analista do ticket" not in text


@pytest.mark.parametrize(
    ("reader", "by", "caption"),
    [
        (REQUESTER, REQUESTER, "Você escreveu:"),
        (REQUESTER, REQUESTER.model_copy(update={"address": "Zoe@Cliente.example"}), "Você escreveu:"),
        (WATCHER, REQUESTER, "Zoë Guimarães escreveu:"),
        (REQUESTER, WATCHER, "Ivo Prado escreveu:"),
        (REQUESTER, Party(name="Max Oculto", address="max@cliente.example"), "Antes nesta conversa:"),
        (WATCHER, REQUESTER.model_copy(update={"name": ""}), "Antes nesta conversa:"),
        (REQUESTER, None, "Antes nesta conversa:"),
    ],
    ids=["own", "own in capitals", "the requester's", "of one in copy", "of nobody they know", "nameless", "unknown"],
)
def test_quoted_words_are_their_authors_and_name_nobody_whom_the_reader_may_not_know(
    reader: Party, by: Party | None, caption: str
) -> None:
    """W7"""
    text = mail_to(reader, replied(quoted="palavras", quoted_by=by)).text
    assert f"\n{caption}\n\n> palavras" in text
    assert "max@cliente.example" not in text


def test_what_is_quoted_below_an_answer_is_cut_and_says_so() -> None:
    lines = mail_to(REQUESTER, replied(quoted="linha\n" * 500)).text
    assert lines.count("> linha") == 60
    assert "[…]" in lines
    words = mail_to(REQUESTER, replied(quoted="palavra " * 5000)).text
    assert 3_900 < words.count("palavra") * 8 < 4_100
    assert "[…]" in words
    assert "[…]" not in mail_to(REQUESTER, replied(quoted="curto")).text


def test_a_stage_is_called_as_the_company_calls_it() -> None:
    """H1"""
    own = CompanyPolicies(stage_words={"pt-BR": {"planning": "Pauta"}})
    assert "Etapa: Pauta" in letter(Kind.WORK_ARRIVED, COMPANY.model_copy(update={"policies": own})).text
    assert "Etapa: Planejar" in letter(Kind.WORK_ARRIVED).text


def test_words_from_right_to_left_find_their_own_direction() -> None:
    html = mail_to(REQUESTER, opened(ticket=ticket(title="مرحبا"), excerpt="שלום\n\nOlá")).html
    assert '<p dir="auto" style="margin:0 0 14px;text-align:start">שלום</p>' in html
    assert re.search(r'<p dir="auto"[^>]*>[^<]*مرحبا', html)


def test_the_letters_language_is_said_to_whoever_reads_it_aloud() -> None:
    assert '<html lang="pt-BR"' in letter(Kind.REPLY).html
    assert '<html lang="en"' in letter(Kind.REPLY, COMPANY.model_copy(update={"locale": "en"})).html
    layout = re.findall(r"<table(?![^>]*role=\"presentation\")[^>]*>", _NOTES.sub("", letter(Kind.TICKET_OPENED).html))
    assert len(layout) == 1  # the one that is a table to its reader: what it is about, with headings for its rows
    assert '<th scope="row"' in letter(Kind.TICKET_OPENED).html


def _gathered() -> NoticesGathered:
    fact, _ = KINDS[Kind.GATHERED]
    assert isinstance(fact, NoticesGathered)
    return fact


def _agenda() -> AgendaDrawn:
    fact, _ = KINDS[Kind.TODAYS_WORK]
    assert isinstance(fact, AgendaDrawn)
    return fact


def _letter_of(kind: Kind, fact: Fact) -> Mail:
    delivery = telling(kind)
    return COMPOSER.compose(replace(delivery, event=delivery.event.model_copy(update={"data": fact})), COMPANY)


class _Words(HTMLParser):
    """The visible words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = False

    @classmethod
    def of(cls, html: str) -> list[str]:
        """Its words."""
        reader = cls()
        reader.feed(html[html.index("<body") :])
        return reader.words

    def handle_data(self, data: str) -> None:
        """Some words."""
        self.words += data.split()
