"""Tells the story on a terminal, step by step, and at its end where to look and as whom to sign in."""

import os
import sys
import textwrap
import webbrowser
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from balcao.local.demo.company import PASSWORD, DemoCompany, Player
from balcao.local.demo.story import Step
from balcao.local.stack import Stack

_WIDTH = 78


class Teller:
    """Prints each step when it ends."""

    def __init__(self, console: Console) -> None:
        """Lines that people read; nothing is interpreted as markup."""
        self._console = console

    def end(self, step: Step) -> None:
        """One line with the time, then what was seen."""
        line = Text()
        line.append("✓ " if step.problem is None else "✗ ", style="green" if step.problem is None else "bold red")
        line.append(f"{step.number:2}. {step.title} ")
        line.append("." * max(2, _WIDTH - len(line)), style="dim")
        line.append(f"{step.took_ms:8,.0f} ms", style="bold")
        self._console.print(line, soft_wrap=True)
        for note in step.notes:
            self._say(note, "dim")
        if step.problem is not None:
            self._say(step.problem, "red")

    def summary(self, steps: Sequence[Step]) -> None:
        """The last line of a story that went well."""
        total = sum(step.took_ms for step in steps)
        self._console.print(
            Text(f"The main job works: {len(steps)} steps in {total / 1000:.1f} s.", style="bold green")
        )

    def addresses(self, stack: Stack, company: DemoCompany) -> None:
        """Where everything is, and who can sign in."""
        where = Table.grid(padding=(0, 3))
        gateway = stack.url("portal-api")
        for what, address in (
            ("Desk", f"{gateway}/{company.slug}/desk/tickets"),
            ("Portal", f"{gateway}/{company.slug}/my/tickets"),
            ("Mails that were sent", stack.url("catcher")),
            ("Write mails to", f"{company.address} at 127.0.0.1:{stack.ports['smtp']} (SMTP)"),
            ("Data and logs", str(stack.data)),
        ):
            where.add_row(what, Text(address, style="cyan"))
        who = Table.grid(padding=(0, 3))
        for person in company.players:
            who.add_row(person.name, Text(person.address, style="cyan"), Text(_part(company, person), style="dim"))
        self._console.print()
        self._console.print(Padding(where, (0, 0, 1, 2), expand=False), soft_wrap=True)
        self._console.print(Text(f"  Sign in at {company.name} ({company.slug}); everybody's password is {PASSWORD}"))
        self._console.print(Padding(who, (0, 0, 1, 2), expand=False), soft_wrap=True)

    def _say(self, text: str, style: str) -> None:
        for line in textwrap.wrap(text, self._console.width - 6):
            self._console.print(Text("      " + line, style=style), soft_wrap=True)


def open_desk(stack: Stack, company: DemoCompany) -> bool:
    """Show the desk in a browser where there is a screen to show it on."""
    has_screen = sys.platform in {"darwin", "win32"} or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return has_screen and webbrowser.open(f"{stack.url('portal-api')}/{company.slug}/desk/tickets")


def _part(company: DemoCompany, person: Player) -> str:
    if person.roles:
        return ", ".join(person.roles)
    return f"guest, {company.workspace_name(person.workspace)}" if person.workspace else "guest"
