"""The tables in READMEs that follow from the code: what each service hears and says, and its settings."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from balcao.shared.service import Service
from balcao.shared.settings import ServiceSettings
from balcao.shared.topology import QUEUES, SAYS, Queue

EVERY_SERVICE = Path("deploy") / "README.md"
"""Where the settings stand that every service has."""
_MOST_NAMED = 8
_WIDTH = 140
_TABLE = ["| setting | default | meaning |", "|---|---|---|"]


def page_of(service: str) -> Path:
    """A service's README."""
    return Path("services") / service / "README.md"


def with_service(text: str, built: Service, settings: type[ServiceSettings]) -> str:
    """A service's README with its tables as they should be. Raises `ValueError` where it has no place for them."""
    own = {name: field for name, field in settings.model_fields.items() if name not in ServiceSettings.model_fields}
    every = f"that every service has: [deploy](../../{EVERY_SERVICE.as_posix()})."
    lines = [*_settings(own), "", f"And those {every}"] if own else [f"Its settings are those {every}"]
    return _with(_with(text, "bus", _bus(built)), "settings", lines)


def with_settings(text: str) -> str:
    """The page with the settings that every service has. Raises `ValueError` where it has no place for them."""
    return _with(text, "settings", _settings(ServiceSettings.model_fields))


def _with(text: str, name: str, lines: Iterable[str]) -> str:
    """The text with these lines between the two comments that mark their place."""
    marked = re.compile(rf"(<!-- {name}: .*? -->\n).*?(<!-- end -->)", re.DOTALL)
    if len(marked.findall(text)) != 1:
        raise ValueError(f"it has no place for {name}: <!-- {name}: … --> and <!-- end -->, once")
    body = "\n".join(lines)
    return marked.sub(lambda found: f"{found[1]}{body}\n{found[2]}", text)


def _bus(built: Service) -> list[str]:
    does = {one.queue.name: one.calls[0].description or "" for one in built.bus.broker.subscribers}  # type: ignore[attr-defined]
    queues = [one for one in QUEUES if one.service == built.name]
    rows = [f"| {_heard(one)} | `{one.name}` | {' '.join(does[one.name].split())} |" for one in queues]
    says = "It says " + _named(sorted(fact.type for fact in SAYS[built.name])) + "."
    wrapped = textwrap.wrap(says, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return ["| hears | queue | and then |", "|---|---|---|", *rows, "", *wrapped]


def _heard(one: Queue) -> str:
    facts = [fact.type for fact in (*one.hears, *one.on_demand)]
    when = " on demand" if one.on_demand else ""
    if len(facts) > _MOST_NAMED:
        return f"{len(facts)} facts{when}: [asyncapi](../../docs/api/asyncapi-{one.service}.json)"
    return _named(facts) + when


def _named(types: Sequence[str]) -> str:
    return ", ".join(f"`{one}`" for one in types) or "nothing"


def _settings(fields: Mapping[str, FieldInfo]) -> list[str]:
    rows = [
        f"| `BALCAO_{name.upper()}` | {_default(field)} | {(field.description or '').replace('|', chr(92) + '|')} |"
        for name, field in fields.items()
    ]
    return [*_TABLE, *rows]


def _default(field: FieldInfo) -> str:
    """The default as one would write it; a dash where a value is needed."""
    if field.is_required():
        return "–"
    value: Any = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else f"`{value}`" if isinstance(value, str) else str(value)
