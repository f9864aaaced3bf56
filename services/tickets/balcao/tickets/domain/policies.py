"""What a company may decide about the desk: its policies, each documented and bounded, and the words of priorities."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from balcao.shared.events import Stage, Status

Locale = Literal["pt-BR", "en"]
Band = Literal["none", "low", "medium", "high", "urgent"]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]

BANDS: tuple[tuple[Band, int], ...] = (("urgent", 76), ("high", 51), ("medium", 26), ("low", 1), ("none", 0))
"""Each band with its lowest priority, highest first (O9; 76 is urgent)."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class BandWords(_Frozen):
    """How a band of priorities is called, and what it means in impact (O9)."""

    label: Word
    impact: Sentence = ""


class DueByStatus(_Frozen):
    """When a ticket is due without anybody having promised a date (W16)."""

    todo_days: int | None = Field(
        default=1, ge=0, le=60, description="Business days from the opening until somebody takes it; none: never due."
    )
    in_progress_days: int | None = Field(
        default=1, ge=0, le=60, description="Business days from the last change of situation; none: never due."
    )
    agreed_date: bool = Field(default=True, description="Waiting: due when the date that was agreed on is reached.")
    visit_date: bool = Field(default=True, description="Waiting for a visit: due on the day of the visit.")


class Policies(_Frozen):
    """A company's policies. The defaults are how the desk behaves when nobody decides anything."""

    resolution_required: Literal["none", "note", "mail"] = Field(
        default="none",
        description="What resolving needs first: nothing, a private note or a visible comment, or a visible one (W5).",
    )
    feedback_days: int | None = Field(
        default=None,
        ge=0,
        le=365,
        description="Days after resolving in which a reply reopens; then the ticket is closed. None: always (W6).",
    )
    undo_seconds: int = Field(
        default=15, ge=0, le=120, description="How long a visible comment is held before it goes out, in seconds."
    )
    unknown_sender: Literal["register", "hold", "reject"] = Field(
        default="register", description="What a first mail from an unknown address leads to (O3)."
    )
    no_answer_days: int = Field(
        default=5, ge=1, le=365, description="Business days proposed for the requester's answer (W4)."
    )
    close_if_no_answer: bool = Field(
        default=False, description="Whether closing without an answer is ticked when waiting begins (W4)."
    )
    remind_days_before: int | None = Field(
        default=1, ge=0, le=30, description="Business days before a promised date to remind its analyst. None: never."
    )
    due_by_status: DueByStatus = Field(default=DueByStatus(), description="Due dates without a promise (W16).")
    priority_words: dict[Locale, dict[Band, BandWords]] = Field(
        default_factory=dict, description="The company's own words for bands of priority; the rest by default (O9)."
    )
    status_words: dict[Locale, dict[Status, Word]] = Field(
        default_factory=dict, description="The company's own words for situations (W1)."
    )
    stage_words: dict[Locale, dict[Stage, Word]] = Field(
        default_factory=dict, description="The company's own words for stages (H1)."
    )

    @field_validator("priority_words", "status_words", "stage_words", mode="before")
    @classmethod
    def _without_empty(cls, value: object) -> object:
        """A language with no word of its own is as good as none, so that clearing all words is no change of policy."""
        return {key: words for key, words in value.items() if words} if isinstance(value, dict) else value

    def words_of(self, band: Band, locale: str) -> BandWords:
        """How a band is called in a language: the company's words, else the default ones; Portuguese if unknown."""
        language: Locale = "en" if locale == "en" else "pt-BR"
        own = self.priority_words.get(language, {}).get(band)
        return own or PRIORITY_WORDS[language][band]


def band_of(priority: int) -> Band:
    """The band a priority from 0 to 100 is in (O9)."""
    return next(band for band, lowest in BANDS if priority >= lowest)


PRIORITY_WORDS: dict[Locale, dict[Band, BandWords]] = {
    "pt-BR": {
        "none": BandWords(label="Não priorizada", impact="Ainda não avaliado."),
        "low": BandWords(label="Baixa", impact="Dúvida ou melhoria; nada deixa de funcionar enquanto espera."),
        "medium": BandWords(label="Média", impact="Atrapalha o trabalho de alguém, mas há como contornar."),
        "high": BandWords(label="Alta", impact="Impede o trabalho de alguém ou compromete um prazo combinado."),
        "urgent": BandWords(label="Urgente", impact="Há dinheiro ou imagem sendo perdidos agora."),
    },
    "en": {
        "none": BandWords(label="Not prioritised", impact="Not assessed yet."),
        "low": BandWords(label="Low", impact="A doubt or an improvement; nothing stops working meanwhile."),
        "medium": BandWords(label="Medium", impact="Gets in the way of somebody's work, but can be worked around."),
        "high": BandWords(label="High", impact="Keeps somebody from working, or puts an agreed date at risk."),
        "urgent": BandWords(label="Urgent", impact="Money or reputation is being lost right now."),
    },
}
