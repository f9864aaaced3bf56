"""Shows what each process of the stack is doing: a live table on a terminal, lines elsewhere."""

import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

SETTLED: Final = {"ready": "green", "runs again": "green", "stopped": "dim", "killed": "red"}


class Progress:
    """Reports of a stack (`Stack(report=progress.report)`) for a person to follow."""

    def __init__(self, console: Console | None = None) -> None:
        """Nothing is printed before `with`."""
        self._console = console or Console()
        self._rows: dict[str, tuple[str, float]] = {}
        self._spinners: dict[str, Spinner] = {}
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, get_renderable=self._table, refresh_per_second=10)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._rows.clear()

    def report(self, name: str, what: str) -> None:
        """Take one report; outside `with` it is printed as a line, for instance when a service crashed later on."""
        now = time.monotonic()
        before = self._rows.get(name)
        took = f" after {now - before[1]:.1f} s" if before and what in SETTLED else ""
        self._rows[name] = (what + took, now)
        if self._live is None:
            self._console.print(f"{name}: {what}{took}", highlight=False, markup=False)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, (what, since) in self._rows.items():
            colour = SETTLED.get(what.split(" after ")[0])
            if colour is not None:
                table.add_row("", name, Text(what, style=colour))
            else:
                spinner = self._spinners.setdefault(name, Spinner("dots"))
                table.add_row(spinner, name, Text(f"{what} ({time.monotonic() - since:.0f} s)"))
        return table
