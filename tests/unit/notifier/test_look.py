"""How a company's letters look: its colour by day and by night, its logo, and that both can be read and seen."""

import email
import email.policy
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.notifier.domain.kinds import Kind
from balcao.notifier.letters.case import Enclosed
from balcao.notifier.letters.compose import Composer
from balcao.notifier.letters.layout import Attachment
from balcao.notifier.letters.look import CARD, NIGHT_CARD, logo_content_id, logo_of, shades_of
from balcao.notifier.letters.mail import Mail
from balcao.shared.colours import contrast
from balcao.shared.events import CompanyLogo, CompanyProfile
from tests.support.images import png
from tests.support.told_facts import COMPANY
from tests.support.told_kinds import telling

COMPOSER = Composer("a secret of thirty-two characters", "https://mesa.aurora.example/")
LOGO = CompanyLogo(file_id="sha256:" + "ab" * 32, media_type="image/png", size=90, width=400, height=80)
ADORNED = COMPANY.model_copy(update={"colour": "#b8860b", "logo": LOGO})


def mail_of(company: CompanyProfile, *, opened: bool = True) -> Mail:
    """A reply; `opened` when the logo's bytes could be had."""
    assert company.logo is not None
    shown = Attachment("logo.png", "image/png", png(400, 80), logo_content_id(company.logo)) if opened else None
    return COMPOSER.compose(telling(Kind.REPLY, company), company, Enclosed(logo=shown))


@settings(deadline=None)
@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_whatever_the_colour_its_letters_can_be_read_by_day_and_by_night(colour: str) -> None:
    """WCAG 2.2 AA: 4.5 for text."""
    shades = shades_of(colour)
    assert shades.colour == colour
    assert contrast(shades.ink, shades.colour) >= 4.5
    assert contrast(shades.link, CARD) >= 4.5
    assert contrast(shades.night, NIGHT_CARD) >= 4.5
    assert contrast(shades.night_ink, shades.night) >= 4.5


def test_what_is_written_in_fixed_colours_can_be_read_on_what_it_stands_on() -> None:
    """Each colour of text in the template, on the card and on the page below it."""
    html = mail_of(ADORNED).html
    body = html[html.index("<body") :].partition("aria-label")[2]  # without the preview, which nobody sees
    by_day = set(re.findall(r"[;\"]color:(#[0-9a-f]{6})", body)) - {shades_of("#b8860b").link}
    assert by_day == {"#1f2937", "#5b6472", "#4b5563"}
    assert [one for one in by_day if min(contrast(one, CARD), contrast(one, "#f2f4f7")) < 4.5] == []
    by_night = set(re.findall(r"{ color: (#[0-9a-f]{6}) !important", html))
    assert {"#e7eaef", "#a9b3c0", "#c3cbd6"} <= by_night
    assert [one for one in by_night if contrast(one, NIGHT_CARD) < 4.5] == []


def test_the_letter_wears_the_companys_colour() -> None:
    html = mail_of(ADORNED).html
    assert "border-top:4px solid #b8860b" in html
    assert "#0f766e" not in html
    assert "border-top:4px solid #0f766e" in COMPOSER.compose(telling(Kind.REPLY), COMPANY).html


def test_the_logo_goes_along_as_a_part_of_the_letter_and_is_fetched_from_nowhere() -> None:
    mail = mail_of(ADORNED)
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
    ]
    (image,) = (part for part in message.walk() if part.get_content_type() == "image/png")
    assert (image["Content-ID"], image.get_content_disposition()) == (f"<{logo_content_id(LOGO)}>", "inline")
    assert image.get_content() == png(400, 80)
    (shown,) = re.findall(r"<img [^>]*>", mail.html)
    assert f'src="cid:{logo_content_id(LOGO)}"' in shown
    assert 'alt="Agência Aurora" width="200" height="40"' in shown


def test_a_logo_that_can_not_be_had_keeps_no_letter_back_and_leaves_no_hole() -> None:
    mail = mail_of(ADORNED, opened=False)
    assert "<img" not in mail.html
    assert b"cid:" not in mail.raw


@pytest.mark.parametrize(
    ("size", "shown"),
    [((400, 80), (200, 40)), ((80, 400), (11, 56)), ((30, 20), (30, 20)), ((4000, 1), (200, 1))],
    ids=["wide", "tall", "small", "a line"],
)
def test_a_logo_keeps_its_shape_and_is_never_enlarged(size: tuple[int, int], shown: tuple[int, int]) -> None:
    found = logo_of(LOGO.model_copy(update={"width": size[0], "height": size[1]}))
    assert (found.width, found.height) == shown
