"""Date filters of queries: which days a query asks for, in the account's time zone."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.google.errors import refuse
from sandbox.google.query.gaql import Condition

_MONTHS_KEPT = 37
_DAY = dt.timedelta(days=1)
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Days:
    """Inclusive on both ends; None is open."""

    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def finite(self) -> bool:
        return self.first is not None and self.last is not None

    def narrowed(self, first: dt.date | None, last: dt.date | None) -> "Days":
        firsts = [day for day in (self.first, first) if day is not None]
        lasts = [day for day in (self.last, last) if day is not None]
        return Days(max(firsts, default=None), min(lasts, default=None))


def days_of(conditions: Iterable[Condition], today: dt.date) -> Days:
    """The days that all conditions on segments.date leave. Raises Refusal for bad values."""
    found = Days()
    for condition in conditions:
        first, last = _bounds(condition, today)
        found = found.narrowed(first, last)
    if found.first is not None and found.first < _oldest(today):
        message = f"Daily figures are kept for {_MONTHS_KEPT} months."
        refuse("date_range_error", "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED", message)
    return found


def _bounds(condition: Condition, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    operator, value = condition.operator, condition.value
    if operator == "DURING":
        return _named(str(value), today)
    if operator == "BETWEEN" and isinstance(value, tuple):
        first, last = _date(value[0]), _date(value[1])
        if first > last:
            message = f"BETWEEN starts after it ends: {first}, {last}."
            refuse("query_error", "INVALID_VALUE_WITH_BETWEEN_OPERATOR", message)
        return first, last
    day = _date(value) if operator in _SINGLE else None
    if day is None:
        message = f"{operator} does not filter a date."
        refuse("query_error", "OPERATOR_FIELD_MISMATCH", message)
    return _SINGLE[operator](day)


_SINGLE: dict[str, Callable[[dt.date], tuple[dt.date | None, dt.date | None]]] = {
    "=": lambda day: (day, day),
    ">=": lambda day: (day, None),
    ">": lambda day: (day + _DAY, None),
    "<=": lambda day: (None, day),
    "<": lambda day: (None, day - _DAY),
}


def _date(value: object) -> dt.date:
    try:
        return dt.datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a plain day
    except ValueError:
        message = f"'{value}' is no date of the form YYYY-MM-DD."
        return refuse("query_error", "INVALID_DATE_FORMAT", message)


def _named(name: str, today: dt.date) -> Span:
    if name not in _NAMED:
        message = f"'{name}' is no date range; one of {', '.join(_NAMED)}."
        refuse("query_error", "INVALID_VALUE_WITH_DURING_OPERATOR", message)
    return _NAMED[name](today)


def _last(days: int) -> Callable[[dt.date], Span]:
    return lambda today: (today - days * _DAY, today - _DAY)


def _week_to_date(today: dt.date, first_weekday: int) -> Span:
    return today - (today.weekday() - first_weekday) % 7 * _DAY, today


def _last_week(today: dt.date, first_weekday: int) -> Span:
    start, _ = _week_to_date(today, first_weekday)
    return start - 7 * _DAY, start - _DAY


def _last_month(today: dt.date) -> Span:
    end = today.replace(day=1) - _DAY
    return end.replace(day=1), end


def _business_week(today: dt.date) -> Span:
    monday, _ = _last_week(today, 0)
    return monday, monday + 4 * _DAY


_NAMED: dict[str, Callable[[dt.date], Span]] = {
    "TODAY": lambda today: (today, today),
    "YESTERDAY": _last(1),
    "LAST_7_DAYS": _last(7),
    "LAST_14_DAYS": _last(14),
    "LAST_30_DAYS": _last(30),
    "LAST_BUSINESS_WEEK": _business_week,
    "LAST_WEEK_MON_SUN": lambda today: _last_week(today, 0),
    "LAST_WEEK_SUN_SAT": lambda today: _last_week(today, 6),
    "THIS_WEEK_MON_TODAY": lambda today: _week_to_date(today, 0),
    "THIS_WEEK_SUN_TODAY": lambda today: _week_to_date(today, 6),
    "THIS_MONTH": lambda today: (today.replace(day=1), today),
    "LAST_MONTH": _last_month,
}


def _oldest(today: dt.date) -> dt.date:
    months = today.year * 12 + today.month - 1 - _MONTHS_KEPT
    return dt.date(months // 12, months % 12 + 1, 1)
