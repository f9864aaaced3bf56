"""Policies of a company: defaults, bounds, and the words of priorities (O9, W5, W6)."""

import pytest
from pydantic import ValidationError

from balcao.tickets.domain.policies import BANDS, PRIORITY_WORDS, BandWords, Policies, band_of


@pytest.mark.parametrize(
    ("priority", "band"),
    [(0, "none"), (1, "low"), (25, "low"), (26, "medium"), (50, "medium"), (51, "high"), (75, "high"), (76, "urgent")],
)
def test_a_priority_is_in_the_band_of_its_range(priority: int, band: str) -> None:
    """O9: 76 is urgent."""
    assert band_of(priority) == band


def test_every_band_says_what_it_means_in_both_languages() -> None:
    """O9."""
    for words in PRIORITY_WORDS.values():
        assert set(words) == {band for band, _ in BANDS}
        assert all(one.label and one.impact for one in words.values())


def test_a_company_may_have_its_own_words_for_some_bands() -> None:
    """O9."""
    policies = Policies(priority_words={"pt-BR": {"urgent": BandWords(label="Parou tudo", impact="Perde-se dinheiro")}})
    assert policies.words_of("urgent", "pt-BR").label == "Parou tudo"
    assert policies.words_of("high", "pt-BR").label == "Alta"
    assert policies.words_of("urgent", "en").label == "Urgent"
    assert policies.words_of("urgent", "xx").label == "Parou tudo"


def test_clearing_the_last_word_of_a_language_is_no_policy() -> None:
    assert Policies.model_validate({"stage_words": {"en": {}}}) == Policies()


@pytest.mark.parametrize(
    "wrong",
    [
        {"undo_seconds": 121},
        {"undo_seconds": -1},
        {"feedback_days": 366},
        {"unknown_sender": "drop"},
        {"resolution_required": True},
        {"no_answer_days": 0},
        {"due_by_status": {"todo_days": 61}},
        {"priority_words": {"pt-BR": {"panic": {"label": "x"}}}},
        {"priority_words": {"fr": {}, "de": {"low": {"label": "x"}}}},
        {"stage_words": {"en": {"triage": "  "}}},
    ],
)
def test_policies_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Policies.model_validate(wrong)
