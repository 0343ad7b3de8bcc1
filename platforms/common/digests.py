"""Digests of a vendor's values, so that an edit of them is seen, whoever made it. They are compared
with themselves only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

_LENGTH = 16
_NOTHING: tuple[Any, ...] = (None, "", [], {})


def digest_of(row: dict[str, Any], keys: Iterable[str]) -> str:
    """Of these values of a row, whatever the order of its lists; empty where it has none."""
    values = {key: row[key] for key in sorted(keys) if row.get(key) not in _NOTHING}
    return digest(_sorted(values)) if values else ""


def digest(value: Any) -> str:
    """Of a value that JSON can hold."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _sorted(value: Any) -> Any:
    """Vendors give sets as lists, in any order."""
    if isinstance(value, dict):
        return {key: _sorted(part) for key, part in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(part) for part in value), key=json.dumps)
    return value
