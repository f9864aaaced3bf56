"""Editing many tickets alike: what each of them makes of it, and how the whole stands (W12, W19)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from balcao.shared.aggregate import Change, Revision
from balcao.shared.errors import Condition
from balcao.shared.events import Party, TicketBulkEdited
from balcao.shared.ids import derived_id
from balcao.tickets.domain.conditions import JobHasEnded
from balcao.tickets.domain.fields import Edit, Known, edit_step
from balcao.tickets.domain.ticket import Ticket

MOST_NUMBERS = 500
MOST_FOUND = 50_000
"""So many tickets of a filter's results at the most are changed by one bulk edit."""
_OF_ONE_TICKET = frozenset({"title", "requester"})

State = Literal["listing", "running", "done", "cancelled"]
Outcome = Literal["pending", "done", "unchanged", "refused"]


class BulkEdit(Edit):
    """New values for many tickets. Title and requester are a single ticket's own."""

    @model_validator(mode="after")
    def _fits_many(self) -> Self:
        own = self.given & _OF_ONE_TICKET
        if own:
            raise ValueError(f"only one ticket's at a time: {', '.join(sorted(own))}")
        if not self.given:
            raise ValueError("give at least one field a value")
        return self


class Result(BaseModel):
    """What became of one ticket of a bulk edit."""

    model_config = ConfigDict(frozen=True)

    number: int
    outcome: Outcome
    code: str | None = None
    """The condition that refused it, by name."""
    reason: str | None = None


class Progress(BaseModel):
    """How far a bulk edit has come."""

    model_config = ConfigDict(frozen=True)

    total: int = 0
    done: int = 0
    unchanged: int = 0
    refused: int = 0

    @property
    def left(self) -> int:
        """How many tickets have not been dealt with."""
        return self.total - self.done - self.unchanged - self.refused

    def counting(self, results: Sequence[Result]) -> "Progress":
        """With these results added."""
        counts = {name: sum(one.outcome == name for one in results) for name in ("done", "unchanged", "refused")}
        return self.model_copy(update={name: getattr(self, name) + count for name, count in counts.items()})


class Job(BaseModel):
    """A bulk edit of many tickets: stored, so that it goes on whatever is restarted."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    company_id: str
    by: Party
    at: datetime
    what: Literal["edit", "undo"] = "edit"
    edit: dict[str, Any] = Field(default_factory=dict)
    """The fields that were given a value, as JSON."""
    undoes: str | None = None
    """The bulk edit that is taken back."""
    filter: dict[str, Any] | None = None
    """The filter whose results it is about, as JSON; none when tickets were chosen one by one."""
    state: State = "running"
    listed_to: str | None = None
    """Where the list of what it is about goes on."""
    progress: Progress = Progress()
    left_out: bool = False
    """Whether the filter has more results than one bulk edit takes: they are for another one."""
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.state in ("listing", "running")

    @property
    def wanted(self) -> BulkEdit:
        """The fields that were given a value."""
        return BulkEdit.model_validate(self.edit)

    def listed(self, found: int, following: str | None) -> "Job":
        """With more tickets listed; once there are no more, or too many, they are dealt with."""
        total = self.progress.total + found
        over = following is None or total >= MOST_FOUND
        return self.model_copy(
            update={
                "state": "running" if over else "listing",
                "listed_to": following,
                "left_out": over and following is not None,
                "progress": self.progress.model_copy(update={"total": total}),
                "version": self.version + 1,
            }
        )

    def advanced(self, results: Sequence[Result]) -> "Job":
        """With these tickets dealt with; it is done when none is left."""
        progress = self.progress.counting(results)
        state = "done" if progress.left == 0 else self.state
        return self.model_copy(update={"progress": progress, "state": state, "version": self.version + 1})

    def cancelled(self) -> "Job":
        """Given up: what is done stays done. Raises `JobHasEnded`."""
        if not self.is_open:
            raise JobHasEnded(f"this bulk edit is {self.state} already", state=self.state)
        return self.model_copy(update={"state": "cancelled", "version": self.version + 1})


def cause_id(job_id: str, ticket_id: str) -> str:
    """The cause of a bulk edit's change of one ticket: the same at every try, so that it happens once."""
    return derived_id("bulk", job_id, ticket_id)


def bulk_edit(ticket: Ticket, wanted: Edit, by: Party, known: Known, *, operation_id: str) -> Change[Ticket]:
    """Edit one of many; nothing is said where everything is as wanted already. Raises as `fields.edit` does."""
    trial = Revision(ticket)
    edit_step(trial, wanted, by, known)
    if not trial.said:
        return trial.done()
    revision = Revision(ticket)
    revision.say(TicketBulkEdited, operation_id=operation_id, fields=tuple(sorted(wanted.given)))
    edit_step(revision, wanted, by, known)
    return revision.done()


def result_of(number: int, *, changed: bool) -> Result:
    """A ticket that took the edit, or had nothing to change."""
    return Result(number=number, outcome="done" if changed else "unchanged")


def refusal_of(number: int, condition: Condition) -> Result:
    """A ticket that did not take it, and why."""
    return Result(number=number, outcome="refused", code=condition.code, reason=condition.message)
