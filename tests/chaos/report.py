"""Prints the outcome of a run."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from tests.chaos.scenario import Outcome

_MOST_SHOWN = 8


def show(console: Console, outcome: Outcome) -> None:
    """What was done, what was counted, and every difference."""
    record = outcome.record
    console.print(f"kills: {_counts(record.kills)}")
    console.print(f"of these in the middle of a conversation: {_counts(record.mid_conversation)}")
    console.print(f"fetched by IMAP: {record.delivered.total()} mails")
    console.print(f"tries by SMTP: {_counts(record.smtp)}")
    console.print(f"tries by HTTP: {_counts(record.http)}")
    console.print(f"facts said twice: {record.echoes.total()} ({_counts(record.echoes)})")
    if record.failed_starts:
        console.print(f"failed starts: {len(record.failed_starts)}")
        for one in record.failed_starts:
            console.print(f"  {one}", markup=False)
    console.print(f"load for {outcome.load_s:.0f} s, quiet {outcome.settled_s:.1f} s later")
    table = Table("check", "counted", "", title=f"chaos, seed {outcome.wanted.seed}")
    for finding in outcome.findings:
        verdict = "[green]holds[/]" if not finding.differences else f"[red]{len(finding.differences)} differences[/]"
        table.add_row(finding.name, finding.counted, verdict)
    console.print(table)
    for finding in outcome.findings:
        for one in finding.differences[:_MOST_SHOWN]:
            console.print(f"{finding.name}: {one}", markup=False, style="red", highlight=False)
        if len(finding.differences) > _MOST_SHOWN:
            console.print(f"{finding.name}: and {len(finding.differences) - _MOST_SHOWN} more", style="red")


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
