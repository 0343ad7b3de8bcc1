"""`fields=id,name,creative{id,name},ads.limit(5){id}`: what of a node shall be shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.meta import errors

_TOKEN = re.compile(r"([a-zA-Z0-9_]+)((?:\.[a-z_]+\([^)]*\))*)")
_LIMIT = re.compile(r"\.limit\((\d+)\)")


@dataclass(frozen=True)
class Wanted:
    name: str
    inner: tuple[Wanted, ...] = ()
    limit: int | None = None


@dataclass(frozen=True)
class Node:
    """An object as Graph sees it. A field is a value (None: not shown) or a call for one; a
    call may answer a Node, or a list of Nodes for an edge."""

    kind: str
    id: str
    fields: dict[str, Any]


def parse(text: str) -> tuple[Wanted, ...]:
    wanted, end = _parse(text, 0)
    if end != len(text):
        raise errors.GraphError(f"Syntax error at character {end} in: {text}", 2500)
    return wanted


def _parse(text: str, at: int) -> tuple[tuple[Wanted, ...], int]:
    found: list[Wanted] = []
    while at < len(text) and text[at] != "}":
        match = _TOKEN.match(text, at)
        if match is None:
            raise errors.GraphError(f"Syntax error at character {at} in: {text}", 2500)
        at = match.end()
        inner: tuple[Wanted, ...] = ()
        if text[at : at + 1] == "{":
            inner, at = _parse(text, at + 1)
            at += 1
        limit = _LIMIT.search(match[2])
        found.append(Wanted(match[1], inner, int(limit[1]) if limit else None))
        while text[at : at + 1] in (",", " "):
            at += 1
    return tuple(found), at


def show(node: Node, wanted: tuple[Wanted, ...]) -> dict[str, Any]:
    """Only what was asked, and always the id. Raises GraphError for a field that is not there."""
    shown: dict[str, Any] = {}
    for item in wanted:
        if item.name not in node.fields:
            raise errors.GraphError(
                f"(#100) Tried accessing nonexisting field ({item.name}) on node type ({node.kind})"
            )
        value = node.fields[item.name]
        value = _shown_value(value() if callable(value) else value, item)
        if value is not None:
            shown[item.name] = value
    return {**shown, "id": node.id}


def _shown_value(value: Any, item: Wanted) -> Any:
    if isinstance(value, Node):
        return show(value, item.inner)
    if isinstance(value, list) and value and isinstance(value[0], Node):
        limit = item.limit or 25
        return {"data": [show(node, item.inner) for node in value[:limit]]}
    if isinstance(value, dict) and item.inner:
        return {w.name: value[w.name] for w in item.inner if w.name in value}
    return value


Supplier = Callable[[], Any]
