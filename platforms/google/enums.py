"""Names of enum values in raw protobuf messages."""

from __future__ import annotations

from typing import Any


def enum_name(message: Any, field: str) -> str:
    """The name of an enum value of a raw message; its number where this version has none."""
    value = getattr(message, field)
    descriptor = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(value)
    return descriptor.name if descriptor else str(value)
