"""Tasks and what leads to them, with defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from balcao.shared.events import Party, TicketRef, TicketTaskRequested
from balcao.workflow.domain import tasks as rules
from balcao.workflow.domain.phases import TaskType, default_type
from balcao.workflow.domain.tasks import Task

COMPANY = "agencia"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
TYPE: TaskType = default_type(COMPANY)
BIA = Party(person_id="bia", name="Bia", address="bia@agencia.test")
CAIO = Party(person_id="caio", name="Caio", address="caio@agencia.test")


def a_ticket(number: int = 7, **values: Any) -> TicketRef:
    """A ticket in planning, as facts carry it."""
    fields: dict[str, Any] = {
        "id": f"ticket-{number}",
        "number": number,
        "version": 3,
        "title": "Banner de Natal",
        "status": "open",
        "stage": "planning",
        "requester": Party(name="Dora", address="dora@cliente.test"),
    }
    return TicketRef(**fields | values)


def a_request(**values: Any) -> TicketTaskRequested:
    """A ticket asks for a task."""
    fields: dict[str, Any] = {"ticket": a_ticket(), "task_id": "task-1", "title": "Produzir o banner"}
    return TicketTaskRequested(**fields | values)


def a_task(**values: Any) -> Task:
    """A task just created; `values` replace fields of it."""
    task = rules.create(a_request(), COMPANY, TYPE, number=88, at=AT).after
    return task.model_copy(update=values)


def in_phase(phase: str) -> Task:
    """An open task in that phase, or a completed one for `done`."""
    return rules.move(a_task(), TYPE, phase, at=AT).after


def completed() -> Task:
    """A task completed with a handover."""
    return rules.complete(a_task(), TYPE, "Pronto, em anexo", at=AT).after


def cancelled(phase: str = "todo") -> Task:
    """A task given up in that phase."""
    return rules.cancel(in_phase(phase), "o cliente desistiu", at=AT).after
