"""Writes the tests column of docs/features.md from the rule ids in the tests' docstrings; `--check` only compares."""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "features.md"
_ROW = re.compile(r"^\| ([HOWPCR]\d{1,2}) \| (.*) \| (done|partly: .*|partly|not yet) \|[^|]*\|$")
_RANGE = re.compile(r"\b([HOWPCR])(\d{1,2})(?:\s?[-\N{EN DASH}]\s?([HOWPCR])?(\d{1,2}))?\b")


def rules_in(text: str) -> set[str]:
    """The rule ids a docstring names; `H3-H5` is three."""
    found: set[str] = set()
    for letter, first, other, last in _RANGE.findall(text):
        end = int(last) if last and other in ("", letter) else int(first)
        found.update(f"{letter}{number}" for number in range(int(first), max(end, int(first)) + 1))
    return found


def tests_by_rule() -> dict[str, dict[str, int]]:
    """Rule → test file below tests/ → how many of its tests name the rule (a module that names it names it once)."""
    by_rule: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for docstring in _docstrings(ast.parse(path.read_text(encoding="utf-8"))):
            for rule in rules_in(docstring):
                by_rule[rule][str(path.relative_to(ROOT / "tests"))] += 1
    return by_rule


def page(before: str) -> str:
    """The page with the tests column as it must be. Raises `SystemExit` for a rule that is done without a test."""
    by_rule, lines, untested = tests_by_rule(), [], []
    for line in before.splitlines():
        row = _ROW.match(line)
        if row is None:
            lines.append(line)
            continue
        rule, words, status = row.groups()
        tests = ", ".join(f"`{path}` {count}" for path, count in sorted(by_rule[rule].items()))
        if status == "done" and not tests:
            untested.append(rule)
        lines.append(f"| {rule} | {words} | {status} | {tests} |")
    if untested:
        raise SystemExit(f"docs/features.md: done, but no test names it: {', '.join(untested)}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or say with exit code 1 that it is not current."""
    before = PAGE.read_text(encoding="utf-8")
    after = page(before)
    if "--check" in arguments:
        if after != before:
            print("docs/features.md is not current; run .venv/bin/python deploy/features.py")
        return int(after != before)
    PAGE.write_text(after, encoding="utf-8")
    return 0


def _docstrings(module: ast.Module) -> Iterator[str]:
    yield ast.get_docstring(module) or ""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield ast.get_docstring(node) or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
