"""What looks and replays share: analysing, the hash of what was judged, results as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import fields
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np

from optimization.stats.ab.engine import analyze_many
from optimization.stats.ab.results import ABResult
from optimization.stats.ab.rows import ArmDays
from optimization.stats.common.metrics import FIELDS

Arms = list[dict[str, Any]]
Settings = dict[str, Any]
_measures = itemgetter(*FIELDS)
_SCALARS = frozenset({str, int, float, bool, type(None)})


def analyse(tests: list[tuple[int, Arms]], options: Settings) -> dict[int, ABResult | str]:
    """Test id to its result, or to why its figures cannot be used."""
    try:
        found = analyze_many([arms for _, arms in tests], **options)
        return {pk: result for (pk, _), result in zip(tests, found)}
    except ValueError as err:
        if len(tests) == 1:
            return {tests[0][0]: str(err)}
    middle = len(tests) // 2
    return analyse(tests[:middle], options) | analyse(tests[middle:], options)


def hash_of(arms: Arms, before: date = date.max) -> str:
    """Of what the verdict is made of: days that are not complete are shown, not judged, nor are
    those from `before` on."""
    digest = hashlib.sha256()
    for arm in arms:
        digest.update(repr(arm["id"]).encode())
        if "daily" not in arm:
            digest.update(repr((arm["days"], *_measures(arm))).encode())
            continue
        one: ArmDays = arm["daily"]
        judged = [at for at, day in enumerate(one.days) if one.complete[at] and day < before]
        digest.update(repr([one.days[at].toordinal() for at in judged]).encode())
        digest.update(np.ascontiguousarray(one.values[judged], dtype="<f8").tobytes())
    return digest.hexdigest()


@lru_cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))  # type: ignore[arg-type]


def to_json(value: Any) -> Any:
    """As JSON keeps it: dataclasses as objects, tuples as lists."""
    if value.__class__ in _SCALARS:
        return value
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    return {
        name: found if (found := getattr(value, name)).__class__ in _SCALARS else to_json(found)
        for name in _names(value.__class__)
    }
