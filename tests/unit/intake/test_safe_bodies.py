"""Words from strangers are shown without what could run, ask, or tell that they were read."""

import re
from html.parser import HTMLParser

import pytest

from balcao.intake.domain.mail import Attachment
from balcao.intake.domain.parse import parse
from balcao.intake.domain.safe_body import safe_body, safe_html, text_as_html
from tests.unit.intake.builders import a_file, a_mail, a_multipart, a_part
from tests.unit.intake.xss_payloads import PAYLOADS

HARMLESS = frozenset(
    "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption"
    " figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong"
    " sub sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)

ALLOWED = re.compile(r"https?://|mailto:|tel:|/|data:image/(png|gif|jpeg|webp)")


class Judge(HTMLParser):
    """Reads HTML with other eyes than the sanitiser, and notes what could do harm."""

    def __init__(self) -> None:
        super().__init__()
        self.harm: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HARMLESS:
            self.harm.append(tag)
        for name, value in attrs:
            plain = re.sub(r"[\s\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or name in {"srcset", "id", "name", "class", "ping", "action", "formaction"}:
                self.harm.append(name)
            if name in {"href", "src"} and not re.match(
                r"https?://|mailto:|tel:|/|data:image/(png|gif|jpeg|webp)", plain
            ):
                self.harm.append(f"{name}={plain}")
            if name == "style" and re.search(r"url|expression|position|@|\\", plain):
                self.harm.append(f"style={plain}")


def harm_in(html: str) -> list[str]:
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge.harm


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda one: one[:40])
@pytest.mark.parametrize("around", ["{}", "<p>oi {} tchau</p>", '<p title="{}">oi</p>', "<table><tr><td>{}</table>"])
def test_no_payload_comes_through_as_something_that_runs(payload: str, around: str) -> None:
    html, _ = safe_html(around.replace("{}", payload), remote_images=True)
    assert harm_in(html) == []


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda one: one[:40])
def test_no_payload_in_a_text_comes_through_as_markup(payload: str) -> None:
    assert re.sub(r"</?p>|<br>", "", text_as_html(payload)).count("<") == 0


def test_the_judge_of_these_tests_sees_what_would_run() -> None:
    assert harm_in("<a href='java\nscript:x' onclick=y style='background:url(z)'>w</a><script>")


def test_remote_pictures_are_left_out_and_counted_until_asked_for() -> None:
    html = '<img src="https://t.test/p.gif"><img src="http://t.test/q.png"><img src="//t.test/r.png">'
    cleaned, blocked = safe_html(html)
    assert (blocked, "t.test" in cleaned) == (3, False)
    cleaned, blocked = safe_html(html, remote_images=True)
    assert (blocked, cleaned.count("t.test")) == (1, 2)
    assert cleaned.count('referrerpolicy="no-referrer"') == 3


def test_a_picture_that_travels_with_the_mail_is_shown_from_it() -> None:
    logo = Attachment("1.2", "logo.png", "image/png", 3, True, "Logo@x")
    page = Attachment("1.3", "x.html", "text/html", 3, True, "page@x")
    cleaned, blocked = safe_html(
        '<img src="cid:logo@X" alt="Logo"><img src="cid:page@x"><img src="cid:gone@x">', (logo, page), files="/f/7"
    )
    assert cleaned.count("src=") == 1
    assert 'src="/f/7/1.2"' in cleaned
    assert blocked == 0


def test_what_is_harmless_stays() -> None:
    html = '<p style="color:red;text-align:center">oi <b>você</b> <a href="https://agencia.test/x">aqui</a></p>'
    cleaned, _ = safe_html(html)
    assert "color:red" in cleaned
    assert "<b>você</b>" in cleaned
    assert 'href="https://agencia.test/x"' in cleaned
    assert 'rel="noopener noreferrer nofollow"' in cleaned


def test_a_mail_of_text_alone_is_shown_as_html_too() -> None:
    found = safe_body(a_mail("olá <b>\nlinha\n\nparágrafo"), files="/f", remote_images=False)
    assert found is not None
    assert found.html == "<p>olá &lt;b&gt;<br>linha</p><p>parágrafo</p>"
    assert found.is_html_made


def test_html_too_deep_for_a_browser_is_shown_as_text() -> None:
    found = safe_body(a_mail("<div>" * 5000 + "fundo", Content_Type="text/html"), files="/f", remote_images=False)
    assert found is not None
    assert (found.html, found.is_html_made) == ("<p>fundo</p>", True)


def test_a_claimed_picture_that_is_a_page_is_named_what_it_is() -> None:
    """A browser that trusts the type would be told it is a picture."""
    raw = a_multipart(a_part("x"), a_file(b"%PDF-1.7 not a picture", "foto.png", "image/png"))
    assert parse(raw).attachments[0].media_type == "application/pdf"


@pytest.mark.parametrize("payload", PAYLOADS[:12], ids=lambda one: one[:40])
def test_a_file_name_keeps_no_markup(payload: str) -> None:
    name = payload.replace('"', "'").replace("\n", " ")
    (one,) = parse(a_multipart(a_file(b"x", name))).attachments
    assert not set('<>"') & set(one.name)
