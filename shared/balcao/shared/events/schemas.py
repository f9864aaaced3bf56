"""The facts as JSON schemas, and what may change in one within a version: optional fields may be added, no more."""

from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import models_json_schema

from balcao.shared.events import Envelope, Fact

Schema = dict[str, Any]

_WORDS = frozenset({"title", "description", "examples"})
"""What a schema says to readers only."""


def schema_of(fact: type[Fact]) -> Schema:
    """The schema of a fact in its envelope, as it travels: whoever reads it relies on nothing else."""
    schema = Envelope[fact].model_json_schema()  # type: ignore[valid-type]
    # All envelopes look alike but for these two.
    schema["title"] = fact.type
    schema["properties"]["type"] = {"const": fact.type, "title": "Type", "type": "string"}
    return schema


def schemas_of(facts: list[type[Fact]], ref_template: str) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Schemas of several facts that share their definitions: (by fact type, definitions by name)."""
    envelopes: list[Any] = [(Envelope[fact], "validation") for fact in facts]  # type: ignore[valid-type]
    by_model, whole = models_json_schema(envelopes, ref_template=ref_template)
    by_type = {fact.type: by_model[(envelope, mode)] for fact, (envelope, mode) in zip(facts, envelopes, strict=True)}
    return by_type, whole.get("$defs", {})


def breaks(before: Schema, after: Schema) -> list[str]:
    """What makes `after` more than `before` with optional fields added, in words; empty when nothing does.

    Such a change needs a new version of the fact, or those who wait in a queue could not be read any more.
    """
    return sorted(set(_differences(_plain(before, before), _plain(after, after), "")))


def _plain(node: Any, whole: Schema) -> Any:
    """A schema with its definitions in place and without words."""
    if isinstance(node, list):
        return [_plain(item, whole) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _plain({**whole["$defs"][name], **beside}, whole)
    plain: Schema = {}
    for key, value in node.items():
        if key == "properties":
            # here the keys are names of fields, and a field may be called `title`
            plain[key] = {name: _plain(field, whole) for name, field in value.items()}
        elif key not in _WORDS and key != "$defs":
            plain[key] = _plain(value, whole)
    return plain


def _differences(before: Any, after: Any, where: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_fields(before.get("properties", {}), after.get("properties", {}), where)
        yield from _of_required(before, after, where)
        for key in sorted((before.keys() | after.keys()) - {"properties", "required"}):
            place = where if key in ("items", "anyOf", "prefixItems", "additionalProperties") else f"{where}({key})"
            if key not in before or key not in after:
                yield f"{place or 'fact'}: {'added' if key in after else 'removed'}"
            else:
                yield from _differences(before[key], after[key], place)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _differences(one, other, where)
    elif before != after:
        yield f"{where or 'fact'}: was {before!r}, is {after!r}"


def _of_fields(before: Schema, after: Schema, where: str) -> Iterator[str]:
    for name, field in before.items():
        place = f"{where}.{name}".lstrip(".")
        if name not in after:
            yield f"{place}: removed"
        else:
            yield from _differences(field, after[name], place)


def _of_required(before: Schema, after: Schema, where: str) -> Iterator[str]:
    was, now = set(before.get("required", ())), set(after.get("required", ()))
    for name in sorted(now - was):
        yield f"{where}.{name}: required now".lstrip(".")
    for name in sorted(was - now):
        if name in after.get("properties", {}):
            yield f"{where}.{name}: no longer required".lstrip(".")
