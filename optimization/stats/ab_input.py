"""Reads the arms of a test into one array and refuses what cannot be meant."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from operator import itemgetter
from typing import Any

import numpy as np

from optimization.stats.metrics import FIELDS, FloatArray
from optimization.stats.results import ArmId

MAX_ARMS = 20
_PLAIN = frozenset({int, float})
_ALL_FIELDS = itemgetter(*FIELDS)
LARGEST_NUMBER = 1e15  # beyond it, whole numbers are not exact and squares may overflow
SMALLEST_NUMBER = 1e-9  # less is read as nothing: what is divided by its square would overflow


class InvalidArms(ValueError):
    """The arms cannot be analysed; the text names arm, field and remedy."""


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


DayRows = dict[dt.date, tuple[bool, Sequence[float]]]


def parse_test(arms: Sequence[Mapping[str, Any]]) -> ParsedTest:
    """Check and read one test. Raises InvalidArms."""
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


def without_dust(values: FloatArray) -> FloatArray:
    """The same numbers, with those too small to mean anything as 0."""
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
    """Money of different currencies cannot be compared; arms need not name theirs."""
    named = [(i, arm["currency"]) for i, arm in zip(ids, arms) if arm.get("currency") is not None]
    for arm_id, currency in named:
        if not isinstance(currency, str) or not currency.strip():
            raise InvalidArms(f"arm {arm_id!r}: field currency is {currency!r}; give its code")
        if currency.strip().upper() != named[0][1].strip().upper():
            raise InvalidArms(
                f"arm {arm_id!r}: field currency is {currency!r}, but arm {named[0][0]!r} has "
                f"{named[0][1]!r}; convert all money to one currency first"
            )


def _parse_totals(ids: tuple[ArmId, ...], arms: Sequence[Mapping[str, Any]]) -> ParsedTest:
    # Totals come from reports that often hold a few measures only: what no arm has counts as 0,
    # and a metric that needs it then says that there are no events.
    absent = {name: 0 for name in FIELDS[2:] if not any(name in arm for arm in arms)}
    rows = [{**absent, **arm} for arm in arms]
    values = np.array([_measures(arm_id, arm, "totals") for arm_id, arm in zip(ids, rows)])
    arm_days = tuple(_covered_days(arm_id, arm.get("days")) for arm_id, arm in zip(ids, arms))
    return ParsedTest(ids, without_dust(values.T[:, :, np.newaxis]), True, arm_days, ())


def _covered_days(arm_id: ArmId, days: Any) -> int | None:
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int) or days < 0:
        raise InvalidArms(f"arm {arm_id!r}: field days is {days!r}; give a whole number, 0 or more")
    return days


def _parse_daily(ids: tuple[ArmId, ...], arms: Sequence[Mapping[str, Any]]) -> ParsedTest:
    rows = [_day_rows(arm_id, arm) for arm_id, arm in zip(ids, arms)]
    seen = {day for arm_rows in rows for day in arm_rows}
    # A day counts once it is complete for every arm that reports it: half-reported days would
    # favour the arm whose conversions arrive first.
    unfinished = {day for arm_rows in rows for day, row in arm_rows.items() if not row[0]}
    days = sorted(seen - unfinished)
    values = np.zeros((len(FIELDS), len(ids), len(days)))
    for k, arm_rows in enumerate(rows):
        for d, day in enumerate(days):
            if day in arm_rows:
                values[:, k, d] = arm_rows[day][1]
    warnings = _gap_warnings(ids, rows, days)
    return ParsedTest(ids, without_dust(values), False, (None,) * len(ids), warnings)


def _gap_warnings(
    ids: tuple[ArmId, ...], rows: list[DayRows], days: list[dt.date]
) -> tuple[str, ...]:
    found = []
    for arm_id, arm_rows in zip(ids, rows):
        missing = sum(day not in arm_rows for day in days)
        if arm_rows and missing:
            found.append(
                f"Arm {arm_id!r} has no row for {missing} of {len(days)} days; "
                "those days are compared without it."
            )
    return tuple(found)


def _day_rows(arm_id: ArmId, arm: Mapping[str, Any]) -> DayRows:
    clash = [name for name in FIELDS if name in arm]
    if clash:
        raise InvalidArms(
            f"arm {arm_id!r}: field {clash[0]} is given beside daily rows; "
            "give either daily rows or totals"
        )
    if isinstance(arm["daily"], Mapping | str) or not isinstance(arm["daily"], Sequence):
        raise InvalidArms(f"arm {arm_id!r}: field daily must be a list of rows, one a day")
    rows: DayRows = {}
    for row in arm["daily"]:
        if type(row) is not dict and not isinstance(row, Mapping):
            raise InvalidArms(f"arm {arm_id!r}: field daily must hold mappings, one a day")
        day = _day(arm_id, row.get("date"))
        if day in rows:
            raise InvalidArms(f"arm {arm_id!r}: field date has {day} twice; give one row per day")
        complete = row.get("complete", True)
        if not isinstance(complete, bool | np.bool_):
            raise InvalidArms(f"arm {arm_id!r}: field complete on {day} must be true or false")
        rows[day] = (bool(complete), _measures(arm_id, row, day))
    return rows


def _day(arm_id: ArmId, value: Any) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidArms(f"arm {arm_id!r}: field date is {value!r}; give a date or YYYY-MM-DD")


def _measures(arm_id: ArmId, row: Mapping[str, Any], where: dt.date | str) -> Sequence[float]:
    usual = _plain_measures(row)
    if usual is not None:
        return usual
    numbers = [_number(arm_id, name, row, where) for name in FIELDS]
    if numbers[1] > numbers[0]:
        raise InvalidArms(
            f"arm {arm_id!r}: field clicks ({numbers[1]:g}, {where}) is above "
            f"impressions ({numbers[0]:g}); correct the row"
        )
    return numbers


def _plain_measures(row: Mapping[str, Any]) -> Sequence[float] | None:
    """The measures of a row in order, None for the detailed checks: most rows pass here."""
    try:
        numbers: tuple[Any, ...] = _ALL_FIELDS(row)
    except KeyError:
        return None
    if not _PLAIN.issuperset(map(type, numbers)):
        return None
    # A sum that is not a number fails the comparison.
    fine = numbers[1] <= numbers[0] and min(numbers) >= 0 and sum(numbers) <= LARGEST_NUMBER
    return numbers if fine else None


def _number(arm_id: ArmId, name: str, row: Mapping[str, Any], where: dt.date | str) -> float:
    if name not in row:
        raise InvalidArms(
            f"arm {arm_id!r}: field {name} is missing ({where}); give 0 if there was none"
        )
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise InvalidArms(f"arm {arm_id!r}: field {name} is {value!r} ({where}); give a number")
    if _out_of_range(value):
        raise InvalidArms(
            f"arm {arm_id!r}: field {name} is {value!r} ({where}); "
            f"give a number from 0 to {LARGEST_NUMBER:g}"
        )
    return float(value)


def _out_of_range(value: Any) -> bool:
    """Also true for what is not a number; a Decimal of that kind cannot be compared at all."""
    not_a_number = value.is_nan() if isinstance(value, Decimal) else value != value
    return bool(not_a_number or not 0 <= value <= LARGEST_NUMBER)
