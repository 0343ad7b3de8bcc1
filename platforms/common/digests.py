"""Digests of a vendor's values, so that an edit of them is seen, whoever made it. They are compared
with themselves only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

_LENGTH = 16
_NOTHING: tuple[Any, ...] = (None, "", [], {}, False)  # what a vendor says or leaves out


def digest_of(row: dict[str, Any], keys: Iterable[str]) -> str:
    """Of these values of a row, whatever the order of its lists; empty where it has none."""
    values = {key: row[key] for key in keys if not _is_nothing(row.get(key))}
    return digest(_plain(values)) if values else ""


def digest(value: Any) -> str:
    """Of a value that JSON can hold."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _is_nothing(value: Any) -> bool:
    return any(value is one or (type(value) is type(one) and value == one) for one in _NOTHING)


def _plain(value: Any) -> Any:
    """Vendors give sets as lists, in any order, whole numbers with or without decimals, and names
    beside ids, in words that they change."""
    if isinstance(value, dict):
        kept = value.keys() - {"name"} if "id" in value else value.keys()
        return {key: _plain(value[key]) for key in kept}
    if isinstance(value, list):
        parts = [_plain(part) for part in value]
        return sorted(parts, key=lambda part: json.dumps(part, sort_keys=True))
    return int(value) if isinstance(value, float) and value.is_integer() else value
