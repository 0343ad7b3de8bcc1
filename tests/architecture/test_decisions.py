"""What happens next follows from a type, an enumeration or a computed value, never from the code or
the sentence of an error."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("adsengine", "agents", "campaigns", "core", "optimization", "platforms")
# A vendor's codes and sentences are all that a client has to go by; each keeps them in a table.
VENDORS = tuple(f"platforms/{name}/" for name in ("google", "meta", "tiktok"))
SAID = {"code", "error_code", "error", "user_message", "reason", "message", "sync_error"}


def sources() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if not name.startswith(VENDORS) and "/migrations/" not in name:
                yield name, file.read_text(encoding="utf-8")


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        return any(_is_text(part) for part in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def _is_said(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        of_error = [a for a in node.args if isinstance(a, ast.Name) and a.id in {"err", "error"}]
        return isinstance(node.func, ast.Name) and node.func.id == "str" and bool(of_error)
    return isinstance(node, ast.Attribute) and node.attr in SAID


def _by_comparison(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    return any(map(_is_said, sides)) and any(map(_is_text, sides))


def _by_query(node: ast.AST) -> bool:
    """A filter on the text, such as filter(error_code="x") or exclude(reason__startswith="y")."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr not in {"filter", "exclude", "get"}:
        return False
    fields = [(k.arg or "").partition("__")[0] for k in node.keywords if _is_text(k.value)]
    return bool(SAID.intersection(fields))


def _by_beginning(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"startswith", "endswith"}
        and _is_said(node.func.value)
    )


def decided_by_text(source: str) -> list[int]:
    nodes = ast.walk(ast.parse(source))
    found = (n for n in nodes if _by_comparison(n) or _by_query(n) or _by_beginning(n))
    return [getattr(node, "lineno", 0) for node in found]


def test_nothing_is_decided_by_what_an_error_says() -> None:
    assert {name: lines for name, text in sources() if (lines := decided_by_text(text))} == {}


@pytest.mark.parametrize(
    "line",
    [
        'if err.code == "stopped": pass',
        'if err.code not in {"a", "b"}: pass',
        'if "rate" in str(err): pass',
        'rows.exclude(error_code="stopped")',
        'rows.filter(reason__startswith="Undo")',
        'err.user_message.startswith("The stop")',
    ],
)
def test_such_decisions_are_found(line: str) -> None:
    assert decided_by_text(line) == [1]


def test_empty_texts_and_types_are_no_such_decisions() -> None:
    assert decided_by_text('steps.exclude(error="")\nif isinstance(err, SpendStopped): pass') == []
