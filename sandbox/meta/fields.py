"""Parses `fields=id,name,creative{id,name},ads.limit(5){id}` and builds the JSON of a node."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.meta import errors

_TOKEN = re.compile(r"([a-zA-Z0-9_]+)((?:\.[a-z_]+\([^)]*\))*)")
_LIMIT = re.compile(r"\.limit\((\d+)\)")


@dataclass(frozen=True)
class RequestedField:
    name: str
    inner: tuple[RequestedField, ...] = ()
    limit: int | None = None


@dataclass(frozen=True)
class Node:
    """An object of the Graph API. A field is a value (None: omitted) or a function that returns
    one; it may return a Node, or a list of Nodes for an edge."""

    kind: str
    id: str
    fields: dict[str, Any]


def parse_fields(text: str) -> tuple[RequestedField, ...]:
    requested, end = _parse_level(text, 0)
    if end != len(text):
        raise errors.GraphError(f"Syntax error at character {end} in: {text}", 2500)
    return requested


def _parse_level(text: str, position: int) -> tuple[tuple[RequestedField, ...], int]:
    fields: list[RequestedField] = []
    while position < len(text) and text[position] != "}":
        match = _TOKEN.match(text, position)
        if match is None:
            raise errors.GraphError(f"Syntax error at character {position} in: {text}", 2500)
        position = match.end()
        inner: tuple[RequestedField, ...] = ()
        if text[position : position + 1] == "{":
            inner, position = _parse_level(text, position + 1)
            position += 1
        limit = _LIMIT.search(match[2])
        fields.append(RequestedField(match[1], inner, int(limit[1]) if limit else None))
        while text[position : position + 1] in (",", " "):
            position += 1
    return tuple(fields), position


def node_json(node: Node, requested: tuple[RequestedField, ...]) -> dict[str, Any]:
    """The requested fields and the id. Raises GraphError for an unknown field."""
    result: dict[str, Any] = {}
    for item in requested:
        if item.name not in node.fields:
            raise errors.GraphError(
                f"(#100) Tried accessing nonexisting field ({item.name}) on node type ({node.kind})"
            )
        value = node.fields[item.name]
        value = _value_json(value() if callable(value) else value, item)
        if value is not None:
            result[item.name] = value
    return {**result, "id": node.id}


def _value_json(value: Any, item: RequestedField) -> Any:
    if isinstance(value, Node):
        return node_json(value, item.inner)
    if isinstance(value, list) and value and isinstance(value[0], Node):
        limit = item.limit or 25
        return {"data": [node_json(node, item.inner) for node in value[:limit]]}
    if isinstance(value, dict) and item.inner:
        return {inner.name: value[inner.name] for inner in item.inner if inner.name in value}
    return value
