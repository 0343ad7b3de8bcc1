"""What a spec says that a platform's new campaigns cannot have here.

Computed from the spec and the table of capabilities: whatever is set to something else than its
default has to be in the table, so nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from platforms.rules.capabilities import Capabilities
from platforms.rules.rule import name_of
from platforms.spec.base import Location
from platforms.spec.campaign import CampaignSpec
from platforms.spec.errors import path_text, shown
from platforms.types import SpecProblem

_OF_ALL = ("reference", "name")  # of each node
_VALUES = frozenset({"image", "video"})  # parts that are taken or refused as a whole


def unsupported(can: Capabilities, spec: CampaignSpec) -> Iterator[SpecProblem]:
    for place, key, value in _said(spec, (), ""):
        if key in can.supports:
            allowed = can.supports[key]
            if allowed is None or value in allowed:
                continue
            known = ", ".join(sorted(map(str, allowed)))
            says = f"{name_of(can)} is launched here with {known}, not with {_text(value)}."
        else:
            says = f"{name_of(can)} is launched here without {_words(key)}. Leave it out."
        path = path_text(place)
        yield SpecProblem(_last(key), says, path)


def _said(node: BaseModel, place: Location, prefix: str) -> Iterator[tuple[Location, str, Any]]:
    """(place, path without places, value) of what is not by default."""
    for name, field in type(node).model_fields.items():
        value, at = getattr(node, name), (*place, name)
        if not field.is_required() and value == field.get_default(call_default_factory=True):
            continue
        if name in _OF_ALL and (prefix in {"", "ad_groups.", "ad_groups.ads."}):
            continue
        key = f"{prefix}{name}"
        if isinstance(value, BaseModel) and name not in _VALUES:
            yield from _said(value, at, f"{key}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for number, item in enumerate(value):
                yield from _said(item, (*at, number), f"{key}.")
        else:
            yield at, key, value


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _words(key: str) -> str:
    """Such as: targeting audiences."""
    parts = [part for part in key.split(".") if part not in {"ad_groups", "ads", "part"}]
    return " ".join(parts[-2:]).replace("_", " ")


def _text(value: Any) -> str:
    return shown(str(value))
