"""Shared by analysing and reproducing: the call of the engine, and the hash of its input."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from operator import itemgetter
from typing import Any

import numpy as np

from optimization.stats.ab.engine import analyze_many
from optimization.stats.ab.options import OptionFields
from optimization.stats.ab.results import ABResult
from optimization.stats.ab.rows import ArmDays
from optimization.stats.common.metrics import FIELDS

NAMED_DAYS = 5
Arms = list[dict[str, Any]]
_measures = itemgetter(*FIELDS)


def analyse(tests: list[tuple[int, Arms]], options: OptionFields) -> dict[int, ABResult | str]:
    """Test id to its result, or to why its figures cannot be used."""
    try:
        found = analyze_many([arms for _, arms in tests], **options)
        return {
            pk: _with_notes(result, arms) for (pk, arms), result in zip(tests, found, strict=True)
        }
    except ValueError as err:
        if len(tests) == 1:
            return {tests[0][0]: str(err)}
    middle = len(tests) // 2
    return analyse(tests[:middle], options) | analyse(tests[middle:], options)


def _with_notes(result: ABResult, arms: Arms) -> ABResult:
    """Says which days the arms go without, as arm_data left them out."""
    days = sorted({day for arm in arms for day in arm.get("left_out", ())})
    if not days:
        return result
    more = f" and {len(days) - NAMED_DAYS} more" if len(days) > NAMED_DAYS else ""
    note = (
        f"Left out, as the platform reports more clicks than impressions: "
        f"{', '.join(map(str, days[:NAMED_DAYS]))}{more}."
    )
    return replace(result, warnings=(*result.warnings, note))


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
