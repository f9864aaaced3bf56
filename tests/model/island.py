"""A few tickets and tasks that have to do with each other: random commands, said to the model and to the services."""

import itertools
import random
from collections.abc import Awaitable, Callable, Iterator

from balcao.shared.mongo import Document
from tests.model.rules import STAGE_OF_SPLIT, Kind, Task, Ticket, World, production_of
from tests.model.services import Services

MOST_TICKETS, MOST_TASKS = 4, 5
Step = Callable[[], Awaitable[None]]


class Island:
    """Its model, what the services call its tickets and tasks, and every command said so far."""

    def __init__(self, name: str, services: Services, chance: random.Random, phases: dict[str, Kind]) -> None:
        self.name = name
        self.world = World()
        self.said: list[str] = []
        self._services = services
        self._chance = chance
        self._phases = phases
        self._ids: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._names: Iterator[int] = itertools.count(1)

    def id_of(self, name: str) -> str:
        """The id that a service gave it."""
        return self._ids[name]

    def knows(self, text: str) -> bool:
        """Whether one of its tickets or tasks is named there."""
        return any(id_ in text for id_ in self._ids.values())

    async def first(self) -> None:
        """Every island begins with a ticket that has a task."""
        ticket = await self._open()
        await self._ask(ticket)

    async def play(self, most: int) -> int:
        """Say some commands without waiting for what comes of them; returns how many.

        Those to tickets go first: what a person does to a ticket while news of its tasks is on the way ends in
        different stages by good right. `learn` has to follow once all is settled.
        """
        said = len(self.said)
        for _ in range(self._chance.randrange(most // 2 + 1)):
            await self._to_a_ticket()
        newly = self._newly_linked()
        for _ in range(1 + self._chance.randrange(most)):
            await self._to_a_task(newly)
        return len(self.said) - said

    def learn(self, tasks: dict[str, Document]) -> None:
        """Take in the numbers that new tasks got."""
        names = {id_: name for name, id_ in self._ids.items()}
        for id_, document in tasks.items():
            self._numbers[names[id_]] = document["number"]

    # Commands to tickets

    async def _to_a_ticket(self) -> None:
        name = self._chance.choice(list(self.world.tickets))
        ticket = self.world.tickets[name]
        if ticket.causes:
            return  # already on its way
        steps: list[Step] = [lambda: self._reopen(name)] if self._may_reopen(ticket) else []
        if ticket.active:
            steps = [lambda: self._move(name), lambda: self._end(name, "resolve"), lambda: self._end(name, "cancel")]
            if len(self.world.tasks) < MOST_TASKS:
                steps += [lambda: self._ask(name)] * 3
            if self._linkable(ticket):
                steps += [lambda: self._link(name)] * 3
            if len(self.world.tickets) < MOST_TICKETS:
                steps += [self._open_and_say]
                steps += [lambda: self._split(name)] * (2 * bool(ticket.tasks))
            if self._mergeable(name):
                steps += [lambda: self._merge(name)] * 12  # seldom possible, and much hangs on it
        if ticket.tasks and ticket.merged_into is None:
            steps.append(lambda: self._unlink(name))
        if steps:
            await self._chance.choice(steps)()

    async def _open_and_say(self) -> None:
        await self._open()

    async def _open(self) -> str:
        name = f"T{next(self._names)}"
        answer = await self._say("tickets", "POST", "/v1/tickets", {"title": f"{self.name} {name}"}, f"open {name}")
        self._know(name, answer)
        self.world.tickets[name] = Ticket()
        return name

    async def _move(self, name: str) -> None:
        stage = self._chance.choice(("triage", "analysis", "planning", "production", "delivery"))
        await self._ticket(name, "stage", {"stage": stage}, f"move to {stage}")
        self.world.tickets[name].enter(stage)

    async def _end(self, name: str, how: str) -> None:
        await self._ticket(name, how, {"method": "answered"} if how == "resolve" else {}, how)
        self.world.tickets[name].status = "resolved" if how == "resolve" else "cancelled"

    async def _reopen(self, name: str) -> None:
        await self._ticket(name, "reopen", {}, "reopen")
        ticket = self.world.tickets[name]
        ticket.status = "open"
        if ticket.tasks:
            self.world.follow(ticket)

    async def _ask(self, name: str) -> None:
        task = f"K{next(self._names)}"
        answer = await self._ticket(name, "tasks", {"title": f"{self.name} {task}"}, f"ask for {task}")
        self._ids[task] = answer["task_id"]
        self.world.tasks[task] = Task(kind=next(iter(self._phases.values())), tickets={name})
        self.world.tickets[name].touch()
        self.world.link(self.world.tickets[name], task)

    async def _link(self, name: str) -> None:
        ticket = self.world.tickets[name]
        task = self._chance.choice(self._linkable(ticket))
        path = f"/v1/tickets/{self._numbers[name]}/tasks/{self._ids[task]}"
        await self._say("tickets", "PUT", path, {"number": self._numbers[task]}, f"{name}: link {task}")
        ticket.touch()
        self.world.tasks[task].tickets.add(name)
        self.world.link(ticket, task)

    async def _unlink(self, name: str) -> None:
        ticket = self.world.tickets[name]
        task = self._chance.choice(sorted(ticket.tasks))
        path = f"/v1/tickets/{self._numbers[name]}/tasks/{self._ids[task]}"
        await self._say("tickets", "DELETE", path, None, f"{name}: unlink {task}")
        if ticket.active:
            ticket.touch()
        self.world.tasks[task].tickets.discard(name)
        self.world.leave(ticket, {task})

    async def _split(self, name: str) -> None:
        ticket, new = self.world.tickets[name], f"T{next(self._names)}"
        gone = set(self._chance.sample(sorted(ticket.tasks), self._chance.randrange(1, len(ticket.tasks) + 1)))
        body = {"title": f"{self.name} {new}", "tasks": [self._ids[one] for one in sorted(gone)]}
        answer = await self._ticket(name, "split", body, f"split {sorted(gone)} off as {new}")
        self._know(new, answer["new"])
        tasks = [self.world.tasks[one] for one in gone]
        production = production_of(tasks)
        self.world.tickets[new] = Ticket(
            stage=STAGE_OF_SPLIT[production],
            tasks=gone,
            production=production,
            rounds={one: self.world.tasks[one].rounds for one in gone},
            causes=1,
        )
        for task in tasks:
            task.tickets = (task.tickets - {name}) | {new}
        self.world.leave(ticket, gone)
        ticket.touch()

    async def _merge(self, name: str) -> None:
        other = self._chance.choice(self._mergeable(name))
        await self._ticket(name, "merge", {"numbers": [self._numbers[other]]}, f"merge {other} in")
        self.world.tickets[name].touch()
        self.world.tickets[other].status, self.world.tickets[other].merged_into = "resolved", name

    # Commands to tasks

    async def _to_a_task(self, newly: set[str]) -> None:
        known = [name for name in self.world.tasks if name in self._numbers]
        if not known:
            return
        name = self._chance.choice([one for one in known if self._is_of_a_merged(one)] * 3 + known)
        task = self.world.tasks[name]
        if task.state == "cancelled":
            await self._task(name, "reopen", {}, "reopen")
            task.become("doing" if task.kind in ("external_approval", "done") else task.kind, "open")
        elif task.state == "completed" and self._chance.random() < 0.5:
            await self._task(name, "reopen", {}, "reopen")
            task.become("doing", "open")
        elif task.state == "open" and self._chance.random() < 0.25 and name not in newly | self.world.joining:
            # A task that is being linked is not cancelled meanwhile: either may win.
            await self._task(name, "cancel", {"reason": "desistiram"}, "cancel")
            task.become(task.kind, "cancelled")
        elif task.state == "open" and self._chance.random() < 0.3:
            await self._task(name, "complete", {"handover": "pronto"}, "complete")
            task.become("done", "completed")
        else:
            phase = self._chance.choice(list(self._phases))
            await self._task(name, "phase", {"phase": phase}, f"to {phase}")
            kind = self._phases[phase]
            task.become(kind, "completed" if kind == "done" else "open")
        self.world.task_changed(name)

    # What there is to choose from

    def _linkable(self, ticket: Ticket) -> list[str]:
        return sorted(
            name
            for name, task in self.world.tasks.items()
            if name in self._numbers and name not in ticket.tasks and task.state != "cancelled"
        )

    def _newly_linked(self) -> set[str]:
        return {task for ticket in self.world.tickets.values() if ticket.causes for task in ticket.tasks}

    def _is_of_a_merged(self, task: str) -> bool:
        return any(one.merged_into is not None and task in one.tasks for one in self.world.tickets.values())

    def _may_reopen(self, ticket: Ticket) -> bool:
        return ticket.status != "open" and ticket.merged_into is None

    def _mergeable(self, name: str) -> list[str]:
        """Tickets without open work. One whose tasks were the survivor's once is left out: the model is kept simple."""

        def may(one: Ticket) -> bool:
            return one.active and not one.causes and all(self.world.tasks[task].state != "open" for task in one.tasks)

        survivor = self.world.tickets[name]
        others = [(one, ticket) for one, ticket in self.world.tickets.items() if one != name and may(ticket)]
        return [one for one, ticket in others if not ticket.tasks & survivor.gone] if may(survivor) else []

    # Saying

    def _know(self, name: str, shown: Document) -> None:
        self._ids[name], self._numbers[name] = shown["id"], shown["number"]

    async def _ticket(self, name: str, what: str, body: Document, words: str) -> Document:
        path = f"/v1/tickets/{self._numbers[name]}/{what}"
        return await self._say("tickets", "POST", path, body, f"{name}: {words}")

    async def _task(self, name: str, what: str, body: Document, words: str) -> Document:
        path = f"/v1/tasks/{self._numbers[name]}/{what}"
        return await self._say("workflow", "POST", path, body, f"{name}: {words}")

    async def _say(self, service: str, method: str, path: str, body: Document | None, words: str) -> Document:
        self.said.append(words)
        return await self._services.command(service, method, path, body, f"{self.name}.{len(self.said)}")
