"""Date filters of queries, without a server."""

from datetime import date

import pytest

from sandbox.google.errors import Refusal
from sandbox.google.query.dates import days_of
from sandbox.google.query.gaql import Condition

TODAY = date(2026, 11, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("TODAY", "2026-11-18", "2026-11-18"),
        ("YESTERDAY", "2026-11-17", "2026-11-17"),
        ("LAST_7_DAYS", "2026-11-11", "2026-11-17"),
        ("LAST_14_DAYS", "2026-11-04", "2026-11-17"),
        ("LAST_30_DAYS", "2026-10-19", "2026-11-17"),
        ("LAST_BUSINESS_WEEK", "2026-11-09", "2026-11-13"),
        ("LAST_WEEK_MON_SUN", "2026-11-09", "2026-11-15"),
        ("LAST_WEEK_SUN_SAT", "2026-11-08", "2026-11-14"),
        ("THIS_WEEK_MON_TODAY", "2026-11-16", "2026-11-18"),
        ("THIS_WEEK_SUN_TODAY", "2026-11-15", "2026-11-18"),
        ("THIS_MONTH", "2026-11-01", "2026-11-18"),
        ("LAST_MONTH", "2026-10-01", "2026-10-31"),
    ],
)
def test_named_ranges(name: str, first: str, last: str) -> None:
    days = days_of([Condition("segments.date", "DURING", name)], TODAY)
    assert (str(days.first), str(days.last)) == (first, last)


def test_conditions_narrow_each_other() -> None:
    conditions = [
        Condition("segments.date", ">", "2026-11-01"),
        Condition("segments.date", "<", "2026-11-10"),
        Condition("segments.date", "BETWEEN", ("2026-10-01", "2026-11-05")),
    ]
    days = days_of(conditions, TODAY)
    assert (days.first, days.last) == (date(2026, 11, 2), date(2026, 11, 5))
    assert days_of(conditions[:1], TODAY).is_finite is False


@pytest.mark.parametrize(
    ("operator", "value", "code"),
    [
        ("BETWEEN", ("2026-11-05", "2026-11-01"), "INVALID_VALUE_WITH_BETWEEN_OPERATOR"),
        ("=", "2026-02-30", "INVALID_DATE_FORMAT"),
        ("!=", "2026-11-01", "OPERATOR_FIELD_MISMATCH"),
    ],
)
def test_what_is_no_range(operator: str, value: str | tuple[str, str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        days_of([Condition("segments.date", operator, value)], TODAY)
    assert [problem.code for problem in refused.value.problems] == [code]
