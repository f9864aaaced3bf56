"""The page that shows who is told what: the table from fact to audience, and the facts that are told to nobody."""

from pathlib import Path

from balcao.notifier.domain.kinds import OUTWARD, Channel
from balcao.notifier.domain.table import QUIET, TABLE, Rule

PAGE = Path("docs") / "architecture" / "notices.md"
_WAYS = {Channel.MAIL: "mail", Channel.IN_APP: "in-app"}
_HEAD = """# Who is told what

Written by `python deploy/generate.py` from `TABLE` and `QUIET` in `services/notifier/balcao/notifier/domain/table.py`;
`tests/unit/notifier/test_audience.py` holds that every fact is in one of them. Nobody is told of what they did
themselves, nobody twice of the same. Kinds in **bold** are for people outside the team, are told of public facts only,
and can't be turned off; of all others each person chooses the ways, see [telling people](notifier.md). Rule ids: see
[features](../features.md).
"""


def page() -> str:
    """The page as it should be."""
    rows = [_line(fact.type, rule) for fact, rules in TABLE.items() for rule in rules]
    quiet = [f"| `{beginning}{'' if beginning.endswith('.v1') else '…'}` | {why} |" for beginning, why in QUIET.items()]
    head = ["| fact | when | who | kind | by | rule |", "|---|---|---|---|---|---|"]
    return "\n".join([_HEAD, *head, *rows, "", "## Told to nobody", "", "| fact | why |", "|---|---|", *quiet, ""])


def _line(type_: str, rule: Rule) -> str:
    kind = f"**`{rule.kind}`**" if rule.kind in OUTWARD else f"`{rule.kind}`"
    by = ", ".join(_WAYS[one] for one in rule.by)
    return f"| `{type_}` | {rule.when.words or '–'} | {rule.whom.words} | {kind} | {by} | {rule.why or '–'} |"
