"""The page that shows the table of a ticket's life, as a diagram and row by row."""

from pathlib import Path

from balcao.tickets.domain.life import STATUSES, TRANSITIONS, Transition

PAGE = Path("docs") / "architecture" / "ticket-life.md"
_WHO = {"team": "the team", "requester": "the requester", "clock": "time"}
_HEAD = """# The life of a ticket

Every legal transition, written by `python deploy/generate.py` from `TRANSITIONS` in
`services/tickets/balcao/tickets/domain/life.py`. The rules allow exactly these, `tests/unit/tickets/test_life.py`
walks through all of them and through everything else, which is refused by a named condition that lists what is
`possible` instead. Rule ids: see
[features](../features.md).
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join([_HEAD, "```mermaid", *_diagram(), "```", "", *_table(), ""])


def _diagram() -> list[str]:
    lines = ["stateDiagram-v2"]
    for row in TRANSITIONS:
        who = "" if "team" in row.who else f" ({_WHO[row.who[0]]})"
        lines.append(f"    {row.before or '[*]'} --> {row.after}: {row.command}{who}")
    return [*lines, "    closed --> [*]"]


def _table() -> list[str]:
    lines = ["| command | from | to | by | when | rule |", "|---|---|---|---|---|---|"]
    seen: set[tuple[object, ...]] = set()
    for row in TRANSITIONS:
        key = _key(row)
        if key not in seen:
            seen.add(key)
            lines.append(_line(row, [one for one in TRANSITIONS if _key(one) == key]))
    return lines


def _key(row: Transition) -> tuple[object, ...]:
    return (row.command, row.after, row.who, row.when, row.rule)


def _line(row: Transition, same: list[Transition]) -> str:
    before = ", ".join(f"`{one}`" for one in STATUSES if one in {each.before for each in same}) or "–"
    who = ", ".join(_WHO[one] for one in row.who)
    return f"| `{row.command}` | {before} | `{row.after}` | {who} | {row.when or '–'} | {row.rule} |"
