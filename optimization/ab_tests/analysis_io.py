"""Shared by analysing and reproducing: the call of the engine, and the hash of its input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from operator import itemgetter
from typing import Any

import numpy as np

from optimization.ab_tests.goals.order_values import (
    arms_without_values,
    capped_days,
    values_stopped_on,
    with_capped_orders,
    without_days_from,
)
from optimization.stats.ab.engine import analyze_many
from optimization.stats.ab.options import OptionFields
from optimization.stats.ab.results import ABResult
from optimization.stats.ab.rows import ArmDays
from optimization.stats.common.metrics import FIELDS, metric_named

NAMED_DAYS = 5
Arms = list[dict[str, Any]]
_measures = itemgetter(*FIELDS)


def analyse(tests: list[tuple[int, Arms]], options: OptionFields) -> dict[int, ABResult | str]:
    """Test id to its result, or to why its figures cannot be used."""
    refused = {pk: why for pk, arms in tests if (why := _not_comparable(arms, options))}
    usable = [(pk, _judged(arms, options)) for pk, arms in tests if pk not in refused]
    return refused | (_analyse(usable, options) if usable else {})


def _not_comparable(arms: Arms, options: OptionFields) -> str:
    """Why revenue cannot compare the arms; empty where it can, or does not decide."""
    without = arms_without_values(arms) if metric_named(options["metric"]).is_value else []
    if not without:
        return ""
    return (
        f"{_named_arms(without)} report conversions without a value, the others with one, so "
        "revenue cannot compare them. Send values with all conversions, or start a test that is "
        "decided by cost per action."
    )


def _named_arms(arms: list[int]) -> str:
    more = f" and {len(arms) - NAMED_DAYS} more" if len(arms) > NAMED_DAYS else ""
    return ", ".join(f"arm {pk}" for pk in arms[:NAMED_DAYS]) + more


def _judged(arms: Arms, options: OptionFields) -> Arms:
    """What revenue is judged by: bounded orders, and only days whose conversions carry values."""
    if metric_named(options["metric"]).is_value:
        stopped = values_stopped_on(arms)
        if stopped is not None:
            arms = [arm | {"unvalued": stopped} for arm in without_days_from(arms, stopped)]
    return with_capped_orders(arms)


def _analyse(tests: list[tuple[int, Arms]], options: OptionFields) -> dict[int, ABResult | str]:
    try:
        found = analyze_many([arms for _, arms in tests], **options)
        return {
            pk: _with_notes(result, arms) for (pk, arms), result in zip(tests, found, strict=True)
        }
    except ValueError as err:
        if len(tests) == 1:
            return {tests[0][0]: str(err)}
    middle = len(tests) // 2
    return _analyse(tests[:middle], options) | _analyse(tests[middle:], options)


def _with_notes(result: ABResult, arms: Arms) -> ABResult:
    """Says which days the arms go without, and which count for less than was reported."""
    values = (*_unvalued_notes(arms), *_without_values_notes(arms))
    notes = (*_left_out_notes(arms), *values, *_capped_notes(arms))
    return replace(result, warnings=(*result.warnings, *notes)) if notes else result


def _left_out_notes(arms: Arms) -> Iterator[str]:
    days = sorted({day for arm in arms for day in arm.get("left_out", ())})
    if days:
        more = f" and {len(days) - NAMED_DAYS} more" if len(days) > NAMED_DAYS else ""
        yield (
            f"Left out, as the platform reports more clicks than impressions: "
            f"{', '.join(map(str, days[:NAMED_DAYS]))}{more}."
        )


def _unvalued_notes(arms: Arms) -> Iterator[str]:
    for day in {arm["unvalued"] for arm in arms if "unvalued" in arm}:
        yield (
            f"Since {day:%-d %b %Y} conversions carry no value, so revenue is judged on the days "
            "before. Check the conversion tracking."
        )


def _without_values_notes(arms: Arms) -> Iterator[str]:
    without = arms_without_values(arms)
    if without:
        yield (
            f"{_named_arms(without)} report conversions without a value, the others with one, so "
            "their return is not judged. Check the conversion tracking."
        )


def _capped_notes(arms: Arms) -> Iterator[str]:
    found = sorted(capped_days(arms), key=lambda one: one.counted - one.reported)
    for one in found[:NAMED_DAYS]:
        yield (
            f"Arm {one.arm} reports {one.reported:,.2f} of revenue on {one.day:%-d %b %Y}, far "
            f"above the usual order; {one.counted:,.2f} of it counts here, so that one order "
            "decides nothing."
        )


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
