"""Base classes of what requests may hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from rest_framework import serializers

from core.api.names import unknown_names


class Input(serializers.Serializer[Any]):
    """Fields of a body or parameters of a query. An unknown name is refused, at any depth."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            wrong = unknown_names(data, names_of(type(self)), kind="field")
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


class AdvertiserInput(Input):
    """Names the advertiser; who belongs to only one need not (core.api.tenants)."""

    advertiser = serializers.CharField(
        required=False, max_length=60, help_text="Its slug, as in the address of its pages."
    )


@cache
def names_of(kind: type[Input] | None) -> frozenset[str]:
    """The names that an input takes."""
    return frozenset(name for name, field in _fields(kind) if not field.read_only)


@cache
def list_names_of(kind: type[Input] | None) -> frozenset[str]:
    """Those that may be given several times, in a form or a query."""
    lists = (serializers.ListField, serializers.ListSerializer)
    return frozenset(name for name, field in _fields(kind) if isinstance(field, lists))


@cache
def blank_names_of(kind: type[Input] | None) -> frozenset[str]:
    """Those that may be given without a value."""
    return frozenset(name for name, field in _fields(kind) if getattr(field, "allow_blank", False))


def _fields(kind: type[Input] | None) -> list[tuple[str, Any]]:
    return [] if kind is None else list(kind().fields.items())
