"""Holds what the services stored against the model, once nothing is under way any more."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from balcao.shared.mongo import Document
from tests.model.island import Island
from tests.model.rules import Task, Ticket
from tests.model.services import Services


async def differences(services: Services, islands: Sequence[Island], seen: dict[str, int]) -> dict[str, list[str]]:
    """What differs, by island. `seen` is how many stage entries of each ticket were there at the last settling."""
    of_tickets = {island.id_of(name): (island, name) for island in islands for name in island.world.tickets}
    of_tasks = {island.id_of(name): (island, name) for island in islands for name in island.world.tasks}
    tickets, tasks = await services.tickets(list(of_tickets)), await services.tasks(list(of_tasks))
    entered = await services.stages_entered(list(of_tickets))
    found: dict[str, list[str]] = {}
    for id_, (island, name) in of_tasks.items():
        troubles = _of_task(island, name, tasks.get(id_))
        found.setdefault(island.name, []).extend(f"{name}: {one}" for one in troubles)
    for id_, (island, name) in of_tickets.items():
        troubles = _of_ticket(island, name, tickets.get(id_), tasks)
        troubles += _of_moves(island.world.tickets[name], entered[id_], seen.get(id_, 0))
        found.setdefault(island.name, []).extend(f"{name}: {one}" for one in troubles)
    if not any(found.values()):
        for island in islands:
            island.learn({id_: tasks[id_] for id_, (owner, _) in of_tasks.items() if owner is island})
        seen.update({id_: len(entries) for id_, entries in entered.items()})
    return {name: troubles for name, troubles in found.items() if troubles}


def _of_task(island: Island, name: str, stored: Document | None) -> list[str]:
    task: Task = island.world.tasks[name]
    if stored is None:
        return ["is not there"]
    serves = {one["id"]: "cancelled" if one["cancelled_at"] else "going on" for one in stored["tickets"]}
    by_rules = {
        island.id_of(one): "cancelled" if island.world.tickets[one].status == "cancelled" else "going on"
        for one in task.tickets
    }
    pairs = {
        "state": (task.state, stored["state"]),
        "kind of phase": (task.kind, stored["phase"]["kind"]),
        "rounds": (task.rounds, stored["rounds"]),
        "tickets": (by_rules, serves),
    }
    return _unlike(pairs)


def _of_ticket(island: Island, name: str, stored: Document | None, tasks: dict[str, Document]) -> list[str]:
    ticket: Ticket = island.world.tickets[name]
    if stored is None:
        return ["is not there"]
    pairs = {
        "stage": (ticket.stage, stored["stage"]),
        "status": (ticket.status, stored["status"]),
        "tasks": ({island.id_of(one) for one in ticket.tasks}, {one["id"] for one in stored["tasks"]}),
    }
    troubles = _unlike(pairs)
    for one in stored["tasks"]:
        task = tasks.get(one["id"])
        if task is not None and (one["state"], one["phase_kind"]) != (task["state"], task["phase"]["kind"]):
            troubles.append(f"knows task #{task['number']} as {one['state']}, which is {task['state']}")
    return troubles


def _of_moves(ticket: Ticket, entries: list[Document], seen: int) -> list[str]:
    """No move missed, doubled or out of order: each begins where the one before ended, and where no more than one
    thing happened behind the ticket's back they are the very ones of the rules."""
    troubles, new = [], [one["data"] for one in entries[seen:]]
    for before, after in pairwise(entries):
        if before["data"]["stage"] != after["data"]["before"]:
            troubles.append(f"entry {after['n']} begins in {after['data']['before']}, not where {before['n']} ended")
    stages = [one["stage"] for one in new]
    if ticket.causes <= 1 and stages != ticket.moves:
        troubles.append(f"moves: {ticket.moves} by the rules, {stages} stored")
    return troubles


def _unlike(pairs: Mapping[str, tuple[Any, Any]]) -> list[str]:
    return [
        f"{what}: {by_rules} by the rules, {stored} stored"
        for what, (by_rules, stored) in pairs.items()
        if by_rules != stored
    ]
