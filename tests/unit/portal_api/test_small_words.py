"""Text on pages: escaped, short, and safe to follow."""

import pytest

from balcao.portal_api.domain.local_path import local_path
from balcao.portal_api.pages.labels import band
from balcao.portal_api.pages.marks import initials
from balcao.portal_api.pages.shell import paragraphs, size_in_words


def test_text_becomes_paragraphs_and_nothing_in_it_is_markup() -> None:
    assert paragraphs("Oi <b>\n& tchau\r\n\r\n<script>") == ("<p>Oi &lt;b&gt;<br>&amp; tchau</p><p>&lt;script&gt;</p>")
    assert paragraphs(None) == paragraphs("\n\n") == ""


@pytest.mark.parametrize(
    ("path", "followed"),
    [
        ("/agencia/desk/tickets?analyst=me", True),
        ("//evil.test", False),
        ("/\\evil.test", False),
        ("/a\\b", False),
        ("https://evil.test", False),
        ("javascript:alert(1)", False),
        ("/a\nb", False),
        ("", False),
        (None, False),
    ],
)
def test_a_sign_in_leads_only_to_our_own_pages(path: str | None, followed: bool) -> None:
    assert local_path(path) == (path if followed else None)


@pytest.mark.parametrize(
    ("priority", "name"),
    [
        (0, "none"),
        (1, "low"),
        (25, "low"),
        (26, "medium"),
        (50, "medium"),
        (51, "high"),
        (75, "high"),
        (76, "urgent"),
        (100, "urgent"),
    ],
)
def test_bands_of_priority_meet_without_a_gap(priority: int, name: str) -> None:
    """O9, with 76 as urgent."""
    assert band(priority) == name


def test_names_and_sizes_are_short() -> None:
    assert [initials(name) for name in ("Ana Prado", "Ígor", "maria da silva", "", None, "??")] == [
        "AP",
        "ÍG",
        "MS",
        "?",
        "?",
        "?",
    ]
    assert [size_in_words(size) for size in (0, 135, 412_300, 2_100_000, 250_000_000)] == [
        "0 B",
        "135 B",
        "412 KB",
        "2.1 MB",
        "250 MB",
    ]
