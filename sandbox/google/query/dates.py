"""Date filters of queries, in days of the account's time zone."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.google.errors import refuse
from sandbox.google.query.gaql import Condition

_MAX_MONTHS = 37
_DAY = dt.timedelta(days=1)
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Days:
    """A range of days, both ends inclusive; None is open."""

    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def is_finite(self) -> bool:
        return self.first is not None and self.last is not None

    def narrow(self, first: dt.date | None, last: dt.date | None) -> "Days":
        firsts = [day for day in (self.first, first) if day is not None]
        lasts = [day for day in (self.last, last) if day is not None]
        return Days(max(firsts, default=None), min(lasts, default=None))


def days_of(conditions: Iterable[Condition], today: dt.date) -> Days:
    """The days that match all conditions on segments.date. Raises Refusal for invalid values."""
    days = Days()
    for condition in conditions:
        first, last = _condition_range(condition, today)
        days = days.narrow(first, last)
    if days.first is not None and days.first < _oldest_day(today):
        message = f"Daily figures are kept for {_MAX_MONTHS} months."
        refuse("date_range_error", "REQUESTED_DATE_GRANULARITY_NOT_SUPPORTED", message)
    return days


def _condition_range(condition: Condition, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    operator, value = condition.operator, condition.value
    if operator == "DURING":
        return _named_range(str(value), today)
    if operator == "BETWEEN" and isinstance(value, tuple):
        first, last = _date(value[0]), _date(value[1])
        if first > last:
            message = f"BETWEEN starts after it ends: {first}, {last}."
            refuse("query_error", "INVALID_VALUE_WITH_BETWEEN_OPERATOR", message)
        return first, last
    day = _date(value) if operator in _COMPARISON_RANGES else None
    if day is None:
        message = f"{operator} does not filter a date."
        refuse("query_error", "OPERATOR_FIELD_MISMATCH", message)
    return _COMPARISON_RANGES[operator](day)


_COMPARISON_RANGES: dict[str, Callable[[dt.date], tuple[dt.date | None, dt.date | None]]] = {
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
        message = f"'{value}' is not a date in the form YYYY-MM-DD."
        return refuse("query_error", "INVALID_DATE_FORMAT", message)


def _named_range(name: str, today: dt.date) -> Span:
    if name not in _NAMED_RANGES:
        message = f"'{name}' is not a date range; use one of {', '.join(_NAMED_RANGES)}."
        refuse("query_error", "INVALID_VALUE_WITH_DURING_OPERATOR", message)
    return _NAMED_RANGES[name](today)


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


_NAMED_RANGES: dict[str, Callable[[dt.date], Span]] = {
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


def _oldest_day(today: dt.date) -> dt.date:
    months = today.year * 12 + today.month - 1 - _MAX_MONTHS
    return dt.date(months // 12, months % 12 + 1, 1)
