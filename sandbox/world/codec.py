"""Encodes the world as JSON text and decodes it: dataclasses, dates, instants, bytes, sets."""

from __future__ import annotations

import base64
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from sandbox.world import model

_CLASSES = {
    cls.__name__: cls
    for cls in (model.Account, model.Snapshot, model.Campaign, model.AdGroup, model.Ad)
}


def encode(value: Any) -> str:
    return json.dumps(value, default=_encode_object, separators=(",", ":"))


def decode(text: str) -> Any:
    return json.loads(text, object_hook=_decode_object)


def _encode_object(value: Any) -> dict[str, Any]:
    if is_dataclass(value) and not isinstance(value, type):
        plain = {item.name: getattr(value, item.name) for item in fields(value)}
        return {"$class": type(value).__name__, "$fields": plain}
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, set | frozenset):
        return {"$set": sorted(value)}
    raise TypeError(f"cannot be saved in the sandbox's state: {type(value).__name__}")


def _decode_object(item: dict[str, Any]) -> Any:
    if "$class" in item:
        return _CLASSES[item["$class"]](**item["$fields"])
    if "$instant" in item:
        return datetime.fromisoformat(item["$instant"])
    if "$date" in item:
        return date.fromisoformat(item["$date"])
    if "$bytes" in item:
        return base64.b64decode(item["$bytes"])
    if "$set" in item:
        return set(item["$set"])
    return item
