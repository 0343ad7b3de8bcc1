"""Validates the arms of a test and reads them into one array."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.common.measures import COUNTS
from optimization.stats.ab.results import ArmId
from optimization.stats.ab.rows import ArmDays, InvalidArms, parse_measures, read_arms
from optimization.stats.common.metrics import FIELDS, FloatArray

MAX_ARMS = 20
SMALLEST_NUMBER = 1e-9  # smaller numbers are read as 0: dividing by their square would overflow

__all__ = ["MAX_ARMS", "InvalidArms", "ParsedTest", "parse_test", "zero_tiny_values"]


@dataclass(frozen=True, slots=True, eq=False)
class ParsedTest:
    """One test as numbers: `values` (fields, arms, days), zero where an arm has no row.

    With totals only there is one "day", and `arm_days` says how many days each arm's totals
    cover (None: unknown).
    """

    ids: tuple[ArmId, ...]
    values: FloatArray
    totals_only: bool
    arm_days: tuple[int | None, ...]
    warnings: tuple[str, ...]


def parse_test(arms: Sequence[Mapping[str, Any]]) -> ParsedTest:
    """Validate and read one test. Raises InvalidArms."""
    ids = _arm_ids(arms)
    daily = ["daily" in arm and arm["daily"] is not None for arm in arms]
    if any(daily) and not all(daily):
        odd = ids[daily.index(False)]
        raise InvalidArms(
            f"arm {odd!r}: field daily is missing while other arms have daily rows; "
            "give daily rows for every arm or totals for every arm"
        )
    if all(daily):
        return _parse_daily(ids, arms)
    return _parse_totals(ids, arms)


def zero_tiny_values(values: FloatArray) -> FloatArray:
    """The same numbers, with those below SMALLEST_NUMBER set to 0."""
    return np.where(values < SMALLEST_NUMBER, 0.0, values)


def _arm_ids(arms: Sequence[Mapping[str, Any]]) -> tuple[ArmId, ...]:
    if isinstance(arms, Mapping | str) or not isinstance(arms, Sequence):
        raise InvalidArms("arms must be a list of mappings, one an arm")
    if not arms:
        raise InvalidArms("a test needs at least one arm; add an arm with id and daily rows")
    if len(arms) > MAX_ARMS:
        raise InvalidArms(f"{len(arms)} arms given; split the test: at most {MAX_ARMS} are allowed")
    ids: list[ArmId] = []
    for position, arm in enumerate(arms, start=1):
        if not isinstance(arm, Mapping) or arm.get("id") is None:
            raise InvalidArms(f"arm number {position}: field id is missing; give each arm an id")
        if arm["id"] in ids:
            raise InvalidArms(f"arm {arm['id']!r}: field id occurs twice; ids must be unique")
        ids.append(arm["id"])
    _check_currency(ids, arms)
    return tuple(ids)


def _check_currency(ids: Sequence[ArmId], arms: Sequence[Mapping[str, Any]]) -> None:
    """Money of different currencies cannot be compared; an arm may leave its currency out."""
    named = [
        (i, arm["currency"])
        for i, arm in zip(ids, arms, strict=True)
        if arm.get("currency") is not None
    ]
    for arm_id, currency in named:
        if not isinstance(currency, str) or not currency.strip():
            raise InvalidArms(f"arm {arm_id!r}: field currency is {currency!r}; give its code")
        if currency.strip().upper() != named[0][1].strip().upper():
            raise InvalidArms(
                f"arm {arm_id!r}: field currency is {currency!r}, but arm {named[0][0]!r} has "
                f"{named[0][1]!r}; convert all money to one currency first"
            )


def _parse_totals(ids: tuple[ArmId, ...], arms: Sequence[Mapping[str, Any]]) -> ParsedTest:
    # Totals come from reports that often hold only a few measures: a measure that no arm has counts
    # as 0, and a metric that needs it then reports that there are no events.
    absent = {
        name: 0 for name in FIELDS if name not in COUNTS and not any(name in arm for arm in arms)
    }
    rows = [{**absent, **arm} for arm in arms]
    values = np.array(
        [parse_measures(arm_id, arm, "totals") for arm_id, arm in zip(ids, rows, strict=True)]
    )
    arm_days = tuple(
        _parse_days(arm_id, arm.get("days")) for arm_id, arm in zip(ids, arms, strict=True)
    )
    return ParsedTest(ids, zero_tiny_values(values.T[:, :, np.newaxis]), True, arm_days, ())


def _parse_days(arm_id: ArmId, days: Any) -> int | None:
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int) or days < 0:
        raise InvalidArms(f"arm {arm_id!r}: field days is {days!r}; give a whole number, 0 or more")
    return days


def _parse_daily(ids: tuple[ArmId, ...], arms: Sequence[Mapping[str, Any]]) -> ParsedTest:
    for arm_id, arm in zip(ids, arms, strict=True):
        _check_no_totals(arm_id, arm)
    rows = read_arms(ids, [arm["daily"] for arm in arms])
    seen = {day for one in rows for day in one.days}
    # A day counts once it is complete for every arm that reports it: half-reported days would
    # favour the arm whose conversions arrive first.
    unfinished = {
        day for one in rows for day, done in zip(one.days, one.complete, strict=True) if not done
    }
    days = sorted(seen - unfinished)
    values = np.zeros((len(FIELDS), len(ids), len(days)))
    for k, one in enumerate(rows):
        if one.days == days:
            values[:, k] = one.values.T
        else:
            _write_days(one, values[:, k], days)
    warnings = _gap_warnings(ids, rows, days)
    return ParsedTest(ids, zero_tiny_values(values), False, (None,) * len(ids), warnings)


def _write_days(one: ArmDays, column: FloatArray, days: list[dt.date]) -> None:
    """Write the days of an arm that count into column (fields, days)."""
    positions = {day: position for position, day in enumerate(days)}
    for day, numbers in zip(one.days, one.values, strict=True):
        if day in positions:
            column[:, positions[day]] = numbers


def _gap_warnings(
    ids: tuple[ArmId, ...], rows: list[ArmDays], days: list[dt.date]
) -> tuple[str, ...]:
    found = []
    for arm_id, one in zip(ids, rows, strict=True):
        missing = 0 if one.days == days else len(set(days).difference(one.days))
        if one.days and missing:
            found.append(
                f"Arm {arm_id!r} has no row for {missing} of {len(days)} days; "
                "those days are compared without it."
            )
    return tuple(found)


def _check_no_totals(arm_id: ArmId, arm: Mapping[str, Any]) -> None:
    clash = [name for name in FIELDS if name in arm]
    if clash:
        raise InvalidArms(
            f"arm {arm_id!r}: field {clash[0]} is given beside daily rows; "
            "give either daily rows or totals"
        )
