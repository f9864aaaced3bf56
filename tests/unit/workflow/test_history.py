"""The history in words: every fact of a task has a sentence in both languages."""

import re
from datetime import UTC, datetime
from typing import Any, get_args, get_origin

import pytest
from babel.messages.pofile import read_po
from pydantic import BaseModel

from balcao.shared.catalogues import catalogue_of
from balcao.shared.events import (
    FACTS,
    ChecklistItem,
    Fact,
    TaskChecklistChanged,
    TaskCompleted,
    TaskDependencyAdded,
    TaskEdited,
    TaskName,
    TaskTimeLogged,
)
from balcao.workflow.catalogues import FOLDER, language
from balcao.workflow.domain.history import SENTENCES, History
from tests.unit.workflow.builders import AT, BIA, a_task

OF_TASKS = sorted(name for name in FACTS if name.startswith("task.") and "task" in FACTS[name].model_fields)
LOCALES = ("pt-BR", "en")
BRIEF = TaskName(id="t9", number=9, title="Briefing")


def speaking(locale: str) -> History:
    """The history for a reader in São Paulo."""
    return History(language("America/Sao_Paulo", locale))


def entry(fact: Fact) -> dict[str, Any]:
    """A timeline entry as it is stored."""
    return {"n": 1, "type": fact.type, "at": AT, "actor": BIA.model_dump(), "data": fact.model_dump(exclude_none=True)}


def made_up(kind: Any, *, full: bool, choice: int) -> Any:
    """A value of a type: with what it needs, or all of it; `choice` picks among literals."""
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = kind.model_fields.items()
        return {
            name: made_up(field.annotation, full=full, choice=choice)
            for name, field in fields
            if full or field.is_required()
        }
    if origin is tuple:
        return (made_up(arguments[0], full=full, choice=choice),) * (1 if arguments[-1] is ... else 2)
    if origin is dict:
        return {}
    if arguments and type(None) in arguments:
        return made_up(arguments[0], full=full, choice=choice)
    if arguments:
        return arguments[choice % len(arguments)]
    return {str: "2026-03-02", int: 7, bool: True, datetime: datetime(2026, 3, 2, 12, tzinfo=UTC)}[kind]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", OF_TASKS)
def test_every_fact_of_a_task_has_a_sentence_whatever_it_carries(name: str, locale: str) -> None:
    for full in (False, True):
        for choice in range(6):
            fact = FACTS[name].model_validate(made_up(FACTS[name], full=full, choice=choice))
            said = speaking(locale).sentence(entry(fact))
            assert said
            assert "%(" not in said
            assert "None" not in said


def test_there_are_no_sentences_for_facts_that_are_not() -> None:
    assert set(SENTENCES) == set(OF_TASKS)


def test_every_sentence_is_translated_with_the_same_values() -> None:
    with catalogue_of(FOLDER, "workflow", "pt-BR").open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if message.id:
            assert message.string, message.id
            values = re.compile(r"%\((\w+)\)s")
            assert sorted(values.findall(str(message.id))) == sorted(values.findall(str(message.string))), message.id


@pytest.mark.parametrize(
    ("fact", "portuguese", "english"),
    [
        (
            TaskCompleted(task=a_task().snapshot(), handover="Na pasta", despite=(BRIEF,)),
            "Bia concluiu a tarefa, embora esperasse por #9 “Briefing”: Na pasta",
            "Bia completed the task, although it waited for #9 “Briefing”: Na pasta",
        ),
        (
            TaskEdited(
                task=a_task().snapshot(),
                changes={"estimate_minutes": (None, 90), "due": (None, "2026-12-12T18:00:00Z")},
            ),
            "Bia alterou estimativa de “nenhum” para “1h30”; prazo de “nenhum” para “12/12/2026 às 15:00”",
            "Bia changed estimate from “none” to “1h30”; due date from “none” to “12 Dec 2026, 15:00”",
        ),
        (
            TaskChecklistChanged(
                task=a_task().snapshot(), what="ticked", item=ChecklistItem(id="i", text="Arte"), done=1, of=3
            ),
            "Bia marcou “Arte” na lista de verificação (1 de 3)",
            "Bia ticked “Arte” on the checklist (1 of 3)",
        ),
        (
            TaskTimeLogged(
                task=a_task().snapshot(), person=BIA, day="2026-03-02", minutes=45, before=60, spent_minutes=120
            ),
            "Bia corrigiu o tempo de 02/03/2026 de 1h para 45 min (2h ao todo)",
            "Bia corrected the time on 2 Mar 2026 from 1h to 45 min (2h in all)",
        ),
        (
            TaskDependencyAdded(
                task=a_task().snapshot(), blocker=BRIEF, blocked=TaskName(id="task-1", number=88, title="x")
            ),
            "Bia fez a tarefa esperar por #9 “Briefing”",
            "Bia let the task wait for #9 “Briefing”",
        ),
    ],
    ids=["completed", "edited", "ticked", "time", "dependency"],
)
def test_sentences_say_what_happened_and_what_was_there_before(fact: Fact, portuguese: str, english: str) -> None:
    assert speaking("pt-BR").sentence(entry(fact)) == portuguese
    assert speaking("en").sentence(entry(fact)) == english
