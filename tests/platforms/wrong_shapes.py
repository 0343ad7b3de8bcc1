"""Answers that have another shape than documented, made from one that is right."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


ODD: dict[str, Any] = {
    "null": None,
    "true": True,
    "a number": 5,
    "a negative number": -1,
    "a fraction": 1.5,
    "the largest float": 1e308,
    "a number of thirty digits": 10**30,
    "a text": "x y",
    "an empty text": "",
    "not a number": "NaN",
    "infinity": "-Infinity",
    "a zero byte": "a\x00b",
    "half a character": "\ud800",
    "a long text": "y" * 20_000,
    "a path": "../../me",
    "an empty list": [],
    "a list of numbers": [5],
    "a list of lists": [[]],
    "a list of nothing": [None],
    "an empty object": {},
    "an object": {"a": 1},
    "nested lists": nested(60),
    "lists nested too deeply": nested(90),
}

# Bodies that are no JSON object with numbers, or hardly one.
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a page": b"<html>Bad gateway</html>",
    "a list": b"[1, 2]",
    "a number": b"5",
    "null": b"null",
    "half an object": b'{"data": [',
    "NaN": b'{"data": [{"id": NaN}], "code": NaN, "id": NaN}',
    "Infinity": b'{"data": Infinity, "code": -Infinity, "id": Infinity}',
    "a float without end": b'{"data": 1e999, "code": 1e999, "id": 1e999}',
    "an int of 100,000 digits": b'{"code": ' + b"9" * 100_000 + b"}",
    "lists, 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "objects, 100,000 deep": b'{"data":' * 100_000 + b"1" + b"}" * 100_000,
    "no UTF-8": b'{"data": "\xff\xfe\xfa"}',
    "UTF-16": '{"data": 5}'.encode("utf-16"),
}


def mutations(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The value with each of its parts, at any depth, replaced by each odd one or left out; and a
    description of what was done."""
    for name, odd in ODD.items():
        yield f"{path or 'the answer'} is {name}", odd
    if isinstance(value, dict):
        for key in value:
            yield f"{path}.{key} is missing", {k: v for k, v in value.items() if k != key}
            for text, changed in mutations(value[key], f"{path}.{key}"):
                yield text, {**value, key: changed}
    elif isinstance(value, list):
        for number, part in enumerate(value):
            for text, changed in mutations(part, f"{path}[{number}]"):
                yield text, [*copy.copy(value[:number]), changed, *value[number + 1 :]]
