"""The demo company, as its seed file describes it, and who plays which part in the scenario."""

import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from balcao.local.errors import StackProblem

PASSWORD = "lanterna-acesa"  # noqa: S105  # pragma: allowlist secret - printed for everybody who runs the demo
"""Everybody's password in the demo company."""


@dataclass(frozen=True)
class Player:
    """Somebody of the seed file; `workspace` is the number of their default workspace."""

    name: str
    address: str
    roles: tuple[str, ...] = ()
    workspace: int | None = None

    @property
    def first_name(self) -> str:
        """As one would call them."""
        return self.name.split()[0]


class DemoCompany:
    """The seed file, read. What services make of it is theirs; this only knows who is who."""

    def __init__(self, path: Path) -> None:
        """`path` leads to JSON as `python -m balcao.tickets configure` takes it."""
        self.path = path
        self._data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))

    @property
    def slug(self) -> str:
        """The company's name in addresses and at sign-in."""
        return str(self._data["slug"])

    @property
    def name(self) -> str:
        """As people write it."""
        return str(self._data["name"])

    @property
    def address(self) -> str:
        """Where its clients write to."""
        return str(self._data["addresses"][0])

    @cached_property
    def players(self) -> tuple[Player, ...]:
        """Everybody in the file, in its order."""
        return tuple(
            Player(entry["name"], entry["addresses"][0], tuple(entry.get("roles", ())), entry.get("workspace"))
            for entry in self._data["people"]
        )

    def at(self, address: str) -> Player:
        """The person with this address; raise `StackProblem` when the file has none."""
        for player in self.players:
            if player.address == address:
                return player
        raise StackProblem(f"the demo company has nobody at {address}")

    def named(self, name: str) -> Player:
        """The person of this name; raise `StackProblem` when the file has none."""
        for player in self.players:
            if player.name == name:
                return player
        raise StackProblem(f"the demo company has nobody called {name}")

    def analyst(self, workspace: int | None) -> Player:
        """Who answers for new tickets of a workspace by the team table: its own row first, else the company's (H7)."""
        return self._by_table(workspace, "service")

    def planner(self, workspace: int | None) -> Player:
        """Who acts in planning, production and delivery by the team table (H7)."""
        return self._by_table(workspace, "planning")

    @property
    def producer(self) -> Player:
        """The first who executes tasks."""
        return next(player for player in self.players if player.roles == ("producer",))

    @property
    def client(self) -> Player:
        """A known guest with a default workspace."""
        return next(player for player in self.players if not player.roles and player.workspace)

    def workspace_name(self, number: int) -> str:
        """A workspace's name by its number."""
        return next(str(one["name"]) for one in self._data["workspaces"] if one["number"] == number)

    def _by_table(self, workspace: int | None, column: str) -> Player:
        rows = [one for one in self._data["workspaces"] if one["number"] == workspace]
        address = next((row[column] for row in (*rows, self._data) if row.get(column)), None)
        if address is None:
            raise StackProblem(f"the demo company's team table has nobody for {column}")
        return self.at(address)


def demo_company() -> DemoCompany:
    """The company that comes with this package."""
    return DemoCompany(Path(str(resources.files("balcao.local") / "company.json")))
