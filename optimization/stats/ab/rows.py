"""Validates and parses an arm's daily rows or totals."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from numbers import Real
from operator import itemgetter
from typing import Any

import numpy as np

from optimization.stats.ab.results import ArmId
from optimization.stats.common.metrics import FIELDS, FloatArray

LARGEST_NUMBER = 1e15  # beyond it, whole numbers are not exact and squares may overflow
_NUMBER_TYPES = frozenset({int, float})
_ALL_FIELDS = itemgetter(*FIELDS)


class InvalidArms(ValueError):
    """The arms cannot be analysed; the text names arm, field and remedy."""


@dataclass(frozen=True, slots=True, eq=False)
class ArmDays:
    """One arm's rows in the order given; `values` has shape (days, fields)."""

    days: list[dt.date]
    complete: list[bool]
    values: FloatArray

    def rows(self) -> list[dict[str, Any]]:
        """The same as mappings of date, complete and the measures."""
        numbers = self.values.tolist()
        return [
            {"date": day, "complete": done, **dict(zip(FIELDS, row, strict=True))}
            for day, done, row in zip(self.days, self.complete, numbers, strict=True)
        ]


def read_arms(ids: Sequence[ArmId], lists: Sequence[Any]) -> list[ArmDays]:
    """Validate and read the daily rows of each arm: lists of mappings, or ArmDays for speed. Raises
    InvalidArms."""
    if set(map(type, lists)) == {ArmDays}:
        return _validate_arrays(ids, lists)
    for arm_id, rows in zip(ids, lists, strict=True):
        if isinstance(rows, Mapping | str) or not isinstance(rows, Sequence):
            raise InvalidArms(f"arm {arm_id!r}: field daily must be a list of rows, one a day")
    return _read_fast(lists) or [
        _read_days(one, rows) for one, rows in zip(ids, lists, strict=True)
    ]


def _validate_arrays(ids: Sequence[ArmId], arms: Sequence[ArmDays]) -> list[ArmDays]:
    values = np.concatenate([one.values for one in arms])
    are_unique = all(len(set(one.days)) == len(one.days) for one in arms)
    if are_unique and _are_valid(values):
        return list(arms)
    return [_read_days(arm_id, one.rows()) for arm_id, one in zip(ids, arms, strict=True)]


def _are_valid(values: FloatArray) -> bool:
    """Whether all rows (rows, fields) are valid; NaN fails every comparison."""
    if not values.size:
        return True
    in_range = values.min() >= 0 and values.max() <= LARGEST_NUMBER
    return bool(in_range and (values[:, 1] <= values[:, 0]).all())


def _read_fast(lists: Sequence[Sequence[Any]]) -> list[ArmDays] | None:
    """All rows at once where every row is plainly valid; else None: then check one by one."""
    together = list(chain.from_iterable(lists))
    if set(map(type, together)) != {dict}:
        return None
    values = _read_values_fast(together)
    dates = [_read_dates_fast(rows) for rows in lists]
    flags = [row.get("complete", True) for row in together]
    if values is None or not set(map(type, flags)) <= {bool}:
        return None
    found, start = [], 0
    for days in dates:
        if days is None:
            return None
        end = start + len(days)
        found.append(ArmDays(days, flags[start:end], values[start:end]))
        start = end
    return found


def _read_dates_fast(rows: Sequence[dict[str, Any]]) -> list[dt.date] | None:
    days: list[Any] = [row.get("date") for row in rows]
    try:
        if days and type(days[0]) is str:
            days = list(map(dt.date.fromisoformat, days))
    except (TypeError, ValueError):
        return None
    return days if set(map(type, days)) <= {dt.date} and len(set(days)) == len(days) else None


def _read_values_fast(rows: Sequence[dict[str, Any]]) -> FloatArray | None:
    try:
        numbers = list(map(_ALL_FIELDS, rows))
        if not _NUMBER_TYPES.issuperset(map(type, chain.from_iterable(numbers))):
            return None
        values = np.array(numbers, dtype=np.float64)
    except (KeyError, OverflowError):
        return None
    return values if _are_valid(values) else None


def _read_days(arm_id: ArmId, rows: Sequence[Any]) -> ArmDays:
    found: dict[dt.date, tuple[bool, Sequence[float]]] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            raise InvalidArms(f"arm {arm_id!r}: field daily must hold mappings, one a day")
        day = _parse_day(arm_id, row.get("date"))
        if day in found:
            raise InvalidArms(f"arm {arm_id!r}: field date has {day} twice; give one row per day")
        complete = row.get("complete", True)
        if not isinstance(complete, bool | np.bool_):
            raise InvalidArms(f"arm {arm_id!r}: field complete on {day} must be true or false")
        found[day] = (bool(complete), parse_measures(arm_id, row, day))
    values = np.array([numbers for _, numbers in found.values()], dtype=np.float64)
    flags = [complete for complete, _ in found.values()]
    return ArmDays(list(found), flags, values.reshape(len(found), len(FIELDS)))


def _parse_day(arm_id: ArmId, value: Any) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidArms(f"arm {arm_id!r}: field date is {value!r}; give a date or YYYY-MM-DD")


def parse_measures(arm_id: ArmId, row: Mapping[str, Any], where: dt.date | str) -> list[float]:
    """The measures of one row in the order of FIELDS; `where` names the row. Raises InvalidArms."""
    numbers = [_parse_number(arm_id, name, row, where) for name in FIELDS]
    if numbers[1] > numbers[0]:
        raise InvalidArms(
            f"arm {arm_id!r}: field clicks ({numbers[1]:g}, {where}) is above "
            f"impressions ({numbers[0]:g}); correct the row"
        )
    return numbers


def _parse_number(arm_id: ArmId, name: str, row: Mapping[str, Any], where: dt.date | str) -> float:
    if name not in row:
        raise InvalidArms(
            f"arm {arm_id!r}: field {name} is missing ({where}); give 0 if there was none"
        )
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise InvalidArms(f"arm {arm_id!r}: field {name} is {value!r} ({where}); give a number")
    if _is_out_of_range(value):
        raise InvalidArms(
            f"arm {arm_id!r}: field {name} is {value!r} ({where}); "
            f"give a number from 0 to {LARGEST_NUMBER:g}"
        )
    return float(value)


def _is_out_of_range(value: Any) -> bool:
    """Also true for NaN; a Decimal NaN cannot be compared, so it is tested first."""
    not_a_number = value.is_nan() if isinstance(value, Decimal) else value != value
    return bool(not_a_number or not 0 <= value <= LARGEST_NUMBER)
