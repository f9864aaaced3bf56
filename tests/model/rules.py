"""A simple model of tickets and tasks: what H1 to H6, W13 and W14 come to once nothing is under way any more.

Written apart from the product's own rules, and simpler: it knows nothing of versions, facts or repeats.
"""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["todo", "doing", "internal_review", "external_approval", "done"]
TaskState = Literal["open", "completed", "cancelled"]
Production = Literal["none", "under_way", "finished", "abandoned"]

_HANDED_OVER = ("external_approval", "done")


@dataclass
class Task:
    """A piece of work; `rounds` counts how often there came to be work to do on it."""

    kind: Kind = "todo"
    state: TaskState = "open"
    rounds: int = 1
    tickets: set[str] = field(default_factory=set)

    @property
    def has_work(self) -> bool:
        """Whether the producer has something left to do (H4)."""
        return self.state == "open" and self.kind not in _HANDED_OVER

    def become(self, kind: Kind, state: TaskState) -> None:
        """Move, complete, cancel or take up again."""
        had = self.has_work
        self.kind, self.state = kind, state
        self.rounds += self.has_work and not had


@dataclass
class Ticket:
    """A request, with the tasks that serve it."""

    stage: str = "triage"
    status: str = "open"
    merged_into: str | None = None
    tasks: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    """Tasks that were its own once."""
    production: Production = "none"
    """As it was when the ticket last followed it."""
    rounds: dict[str, int] = field(default_factory=dict)
    """How far the ticket has followed each of its tasks."""
    causes: int = 0
    """How many things since the last settling may move its stage behind its back."""
    moves: list[str] = field(default_factory=list)
    """The stages it was moved to since then, when each thing is heard at once and in order."""

    @property
    def active(self) -> bool:
        """Whether it is in service."""
        return self.status == "open"

    def enter(self, stage: str, *, always: bool = False) -> None:
        """Move to a stage; to the present one is no move, unless production has finished."""
        if stage != self.stage or always:
            self.stage = stage
            self.moves.append(stage)

    def touch(self) -> None:
        """The team did something with it (H2)."""
        if self.stage == "triage":
            self.enter("analysis")


class World:
    """All tickets and tasks of one island: nothing in it has to do with what is outside."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.tasks: dict[str, Task] = {}
        self.joining: set[str] = set()
        """Tasks that came to serve a survivor since the last settling."""

    def follow(self, ticket: Ticket) -> None:
        """The stage follows production, each time that it changes: begun, finished, given up (H3 to H5)."""
        if not ticket.active:
            return
        tasks = {id_: self.tasks[id_] for id_ in ticket.tasks}
        begun = self._began(ticket)
        before, now = ticket.production, production_of(list(tasks.values()))
        ticket.production = now
        ticket.rounds = {id_: task.rounds for id_, task in tasks.items()}
        if now == "under_way" and begun:
            ticket.enter("production")
        elif now == "finished" and (begun or before != now):
            ticket.enter("delivery", always=True)
        elif now == "abandoned" and (begun or before != now):
            ticket.enter("planning")

    def task_changed(self, task_id: str) -> None:
        """Every ticket that the task serves hears of it."""
        for name in sorted(self.tasks[task_id].tickets):
            self._hear(self.tickets[name], task_id)

    def _hear(self, ticket: Ticket, task_id: str) -> None:
        """A ticket hears of a task. One that was merged passes it on once work begins again that was finished then:
        it would move nobody otherwise, and the task serves that one too from then on (W13). Not to one that gave the
        task away: whoever got it follows it (W14)."""
        ticket.causes += 1
        ticket.tasks.add(task_id)
        into = ticket.merged_into
        if into is None:
            self.follow(ticket)
        elif into in self.tasks[task_id].tickets or task_id in self.tickets[into].gone:
            return
        elif self._began(ticket):
            self.tasks[task_id].tickets.add(into)
            self.joining.add(task_id)
            self._hear(self.tickets[into], task_id)

    def _began(self, ticket: Ticket) -> bool:
        return any(self.tasks[one].rounds > ticket.rounds.get(one, 0) for one in ticket.tasks)

    def link(self, ticket: Ticket, task_id: str) -> None:
        """The task serves the ticket from now on."""
        ticket.tasks.add(task_id)
        ticket.gone.discard(task_id)
        ticket.causes += 1
        self.follow(ticket)

    def leave(self, ticket: Ticket, gone: set[str]) -> None:
        """Tasks that don't serve the ticket any more; with none left it stays where it is."""
        ticket.tasks -= gone
        ticket.gone |= gone
        for one in gone:
            ticket.rounds.pop(one, None)
        if not ticket.tasks:
            ticket.production = "none"
        else:
            self.follow(ticket)

    def settle(self) -> None:
        """Everything has been heard."""
        self.joining.clear()
        for ticket in self.tickets.values():
            ticket.causes = 0
            ticket.moves.clear()


def production_of(tasks: list[Task]) -> Production:
    """Where production as a whole stands (H5)."""
    if not tasks:
        return "none"
    if any(task.has_work for task in tasks):
        return "under_way"
    return "abandoned" if all(task.state == "cancelled" for task in tasks) else "finished"


STAGE_OF_SPLIT: dict[Production, str] = {
    "none": "triage",
    "under_way": "production",
    "finished": "delivery",
    "abandoned": "planning",
}
"""Where a ticket begins that has tasks already (W14)."""
