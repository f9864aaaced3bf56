"""What of an editor's HTML gets in, and what it says as plain text."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.shared import rich_text
from balcao.shared.events import FileRef
from balcao.shared.rich_text import TooLong, UnknownImage

LOGO = FileRef(file_id="sha256:aa", name="logo.png", media_type="image/png", size=3, content_id="aa@balcao")
SHEET = FileRef(file_id="sha256:bb", name="lista.pdf", size=3, content_id=None)

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>a</a>",
    "<a href='jAvAsCrIpT&colon;alert(1)'>a</a>",
    "<a href=' \x01javascript:alert(1)'>a</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
    "<iframe src='https://mal.test'></iframe>",
    "<object data='x'></object><embed src='x'>",
    "<form action='https://mal.test'><input name=senha><button>ok</button></form>",
    "<p style='background:url(javascript:alert(1))' onclick='alert(1)' class=x id=y>a</p>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<base href='https://mal.test/'><link rel=stylesheet href=x><meta http-equiv=refresh content='0;url=x'>",
    "<img src='https://mal.test/rastro.gif' width=1 height=1>",
    "<img src='data:image/svg+xml;base64,PHN2Zy8+'>",
    "<video src=x onerror=alert(1)></video><audio src=x></audio>",
    '<img alt=\'" onerror="alert(1)\' src="cid:aa@balcao">',
    "<div><a href='//mal.test'>a</a></div>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<style>@import 'https://mal.test/a.css';</style>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_loads_or_asks_gets_in(attack: str) -> None:
    """W7: XSS, trackers, forms, styles. What is left stays as it is when it is cleaned again."""
    kept = rich_text.clean(f"<p>antes</p>{attack}", [LOGO]).html
    tags = " ".join(re.findall(r"<[^>]*>", re.sub(r'"[^"]*"', '""', kept))).lower()
    for word in ("<script", "<svg", "<style", "<iframe", "<form", "<input", "onerror", "onload", "onclick", "style="):
        assert word not in tags
    assert "mal.test" not in kept
    assert "javascript:" not in kept.lower()
    assert rich_text.clean(kept, [LOGO]).html == kept


@given(st.text(alphabet="<>/\"'= abpimgsrc:()&;#x0-!\n", max_size=300))
@settings(max_examples=200, deadline=None)
def test_whatever_comes_in_is_cleaned_once_and_for_all(html: str) -> None:
    """W7: cleaning what was cleaned changes nothing, so no second reader finds markup the first one did not see."""
    try:
        once = rich_text.clean(html, [LOGO])
    except (TooLong, UnknownImage):
        return
    assert rich_text.clean(once.html, [LOGO]).html == once.html
    assert "<script" not in once.html


def test_rich_text_says_the_same_as_plain_text() -> None:
    """W7"""
    words = rich_text.clean(
        "<p>Olá, <strong>Dora</strong>!</p><p>Faltam:</p><ul><li>logo<ol><li>cor</li><li>fundo</li></ol></li>"
        "<li>texto</li></ul><blockquote><p>Quando fica pronto?</p><p>Obrigada</p></blockquote>"
        "<p>Veja <a href='https://exemplo.test/a'>aqui</a> ou em <a href='https://exemplo.test'>https://exemplo.test</a>"
        "<br>Ana</p>"
    )
    assert words.text == (
        "Olá, Dora!\n\nFaltam:\n\n- logo\n  1. cor\n  2. fundo\n- texto\n\n> Quando fica pronto?\n>\n> Obrigada\n\n"
        "Veja aqui (https://exemplo.test/a) ou em https://exemplo.test\nAna"
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<div>um</div><div><br></div><div>dois</div>", "um\n\ndois"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table>", "a | b\nc | d"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<p><br></p>", ""),
        ("<p>  muito \n espaço </p>", "muito espaço"),
    ],
    ids=["lines", "preformatted", "table", "entities", "nothing", "spaces"],
)
def test_the_text_reads_as_people_type(html: str, text: str) -> None:
    """W7"""
    assert rich_text.clean(html).text == text


def test_an_uploaded_image_stays_and_is_told_from_an_attachment() -> None:
    """W11"""
    words = rich_text.clean('<p>Veja: <img src="cid:aa@balcao" alt="" onload="x"></p>', [LOGO, SHEET])
    assert words.images == ("aa@balcao",)
    assert 'src="cid:aa@balcao"' in words.html
    assert words.text == "Veja: [logo.png]"
    assert [(one.name, one.inline) for one in rich_text.with_images([LOGO, SHEET], words.images)] == [
        ("logo.png", True),
        ("lista.pdf", False),
    ]


def test_any_other_image_becomes_its_description_and_is_named() -> None:
    """W11: nothing is dropped silently."""
    words = rich_text.clean('<p>Veja <img src="https://x.test/a.png" alt="a <b>foto</b>"></p>')
    assert words.text == "Veja [a <b>foto</b>]"
    assert "<img" not in words.html
    assert words.left_out == ("https://x.test/a.png",)


def test_an_image_that_is_none_of_the_files_is_refused_but_while_writing() -> None:
    """W11"""
    html = '<p>a <img src="cid:zz@balcao"></p>'
    with pytest.raises(UnknownImage) as refused:
        rich_text.clean(html, [LOGO])
    assert refused.value.details["images"] == ["zz@balcao"]
    assert rich_text.clean(html, [LOGO], unfinished=True).images == ("zz@balcao",)


@pytest.mark.parametrize(
    "html",
    ["<p>" + "a" * 200_000, "<p>" + "a" * 100_001, "<ul><li>" * 20_000, "<blockquote>" * 101, "<x-y>" * 5_000],
    ids=["html", "text", "lists", "quotes", "unknown elements"],
)
def test_what_is_too_long_or_too_deep_is_refused_quickly(html: str) -> None:
    """W7: parsing deep lists takes time by the square of their depth; 20,000 would take seconds."""
    began = time.process_time()
    with pytest.raises(TooLong):
        rich_text.clean(html)
    assert time.process_time() - began < 3
