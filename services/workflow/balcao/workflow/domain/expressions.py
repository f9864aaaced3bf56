"""JMESPath as far as strangers' payloads may be read with it: what could grow without bound is refused."""

from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from balcao.shared.errors import Invalid

MOST_LENGTH = 500
_NODES = frozenset(
    {
        "and_expression",
        "comparator",
        "current",
        "field",
        "filter_projection",
        "flatten",
        "function_expression",
        "identity",
        "index",
        "index_expression",
        "literal",
        "multi_select_list",
        "not_expression",
        "or_expression",
        "projection",
        "slice",
        "subexpression",
        "value_projection",
    }
)
_FUNCTIONS = frozenset(
    {"contains", "ends_with", "join", "keys", "length", "not_null", "starts_with", "to_number", "to_string", "type"}
)


class BadExpression(Invalid):
    """An expression that can't be used."""


class Expression:
    """One expression, checked."""

    def __init__(self, text: str) -> None:
        """Raises `BadExpression` for what is no JMESPath, is too long, or could make ever more of a payload."""
        if len(text) > MOST_LENGTH:
            raise BadExpression(f"an expression has at most {MOST_LENGTH} characters")
        try:
            self._compiled = jmespath.compile(text)
        except (JMESPathError, RecursionError) as error:
            raise BadExpression(f"{text[:100]!r} is no JMESPath: {str(error)[:200]}", expression=text) from error
        _check(self._compiled.parsed, inside_list=False)

    def of(self, payload: Any) -> Any:
        """What it finds; none for nothing. Raises `BadExpression` where it doesn't fit the payload's types."""
        try:
            return self._compiled.search(payload)
        except (JMESPathError, TypeError, ValueError, RecursionError) as error:
            raise BadExpression(f"does not fit this payload: {str(error)[:300]}") from error


def _check(node: Any, *, inside_list: bool) -> None:
    """Refuse what could double a payload over and over: pipes, new objects, and lists of the whole (`[@, @]`)."""
    kind = node["type"]
    if kind not in _NODES:
        raise BadExpression(f"JMESPath's {kind.replace('_', ' ')} can't be used here")
    if kind == "function_expression" and node["value"] not in _FUNCTIONS:
        known = ", ".join(sorted(_FUNCTIONS))
        raise BadExpression(f"the function {node['value']} can't be used here; these can: {known}")
    if kind in ("current", "identity") and inside_list:
        raise BadExpression("@ can't be used inside a list")
    for child in node["children"]:
        if isinstance(child, dict):
            _check(child, inside_list=inside_list or kind == "multi_select_list")


assert set(Functions.FUNCTION_TABLE) >= _FUNCTIONS
