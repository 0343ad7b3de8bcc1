from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from core.common import clock, dates
from core.common.dates import MAX_DAYS, DayRange
from core.common.errors import InvalidInput

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def test_range_has_both_ends() -> None:
    days = DayRange(date(2026, 2, 27), date(2026, 3, 1))
    assert days.days == 3
    assert list(days) == [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)]
    assert str(days) == "27 Feb 2026 – 1 Mar 2026"


def test_previous_range_is_as_long_and_ends_the_day_before() -> None:
    days = DayRange(date(2026, 3, 1), date(2026, 3, 31))
    assert days.previous() == DayRange(date(2026, 1, 29), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", date(2026, 3, 31), date(2026, 3, 31)),
        ("yesterday", date(2026, 3, 30), date(2026, 3, 30)),
        ("7d", date(2026, 3, 24), date(2026, 3, 30)),
        ("1d", date(2026, 3, 30), date(2026, 3, 30)),
        ("2026-01-01..2026-01-31", date(2026, 1, 1), date(2026, 1, 31)),
        ("2026-01-05..2026-01-05", date(2026, 1, 5), date(2026, 1, 5)),
        ("this_week", date(2026, 3, 30), date(2026, 3, 31)),
        ("last_week", date(2026, 3, 23), date(2026, 3, 29)),
        ("this_month", date(2026, 3, 1), date(2026, 3, 31)),
        ("last_month", date(2026, 2, 1), date(2026, 2, 28)),
        ("7d_today", date(2026, 3, 25), date(2026, 3, 31)),
        ("this_quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("last_quarter", date(2025, 10, 1), date(2025, 12, 31)),
        ("this_year", date(2026, 1, 1), date(2026, 3, 31)),
        ("last_year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_range_is_read_as_written(text: str, first: date, last: date) -> None:
    with clock.freeze(NOON):
        assert dates.parse_range(text, "UTC") == DayRange(first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("7d", date(2026, 3, 17), date(2026, 3, 23)),
        ("this_week", date(2026, 3, 23), date(2026, 3, 24)),
        ("last_week", date(2026, 3, 16), date(2026, 3, 22)),
        ("this_month", date(2026, 2, 1), date(2026, 2, 28)),
        ("last_month", date(2026, 1, 1), date(2026, 1, 31)),
        ("this_quarter", date(2025, 10, 1), date(2025, 12, 29)),
        ("last_quarter", date(2025, 7, 1), date(2025, 9, 30)),
        ("this_year", date(2025, 1, 1), date(2025, 3, 31)),
        ("last_year", date(2024, 1, 1), date(2024, 12, 31)),
        ("7d_today", date(2026, 3, 18), date(2026, 3, 24)),
    ],
)
def test_units_of_the_calendar_are_compared_with_the_one_before(
    text: str, first: date, last: date
) -> None:
    with clock.freeze(NOON):
        assert dates.comparison_range(text, dates.parse_range(text, "UTC")) == DayRange(first, last)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not a range"),
        ("week", "is not a range"),
        ("-3d", "is not a range"),
        ("٣d", "is not a range"),
        ("0d", f"1 to {MAX_DAYS} days"),
        ("99999999999999999999d", f"1 to {MAX_DAYS} days"),
        (f"{MAX_DAYS + 1}d", f"1 to {MAX_DAYS} days"),
        ("2020-01-01..2026-01-01", f"1 to {MAX_DAYS} days"),
        ("2026-02-01..2026-01-01", "ends before it starts"),
        ("2026-02-30..2026-03-01", "is not a date"),
        ("2026-02-01..", "is not a date"),
        ("0001-01-01..0001-01-02", "in the years 1970 to 2200"),
        ("9999-12-30..9999-12-31", "in the years 1970 to 2200"),
    ],
)
def test_wrong_range_names_the_field_and_the_reason(text: str, reason: str) -> None:
    with clock.freeze(NOON), pytest.raises(InvalidInput, match=reason) as refused:
        dates.parse_range(text, "UTC")
    assert refused.value.field == "range"


def test_today_is_the_day_of_the_zone() -> None:
    late = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    assert dates.today("UTC", late) == date(2026, 3, 31)
    assert dates.today("Asia/Tokyo", late) == date(2026, 4, 1)
    assert dates.today("Pacific/Pago_Pago", late) == date(2026, 3, 31)
    with clock.freeze(late):
        assert dates.today("Europe/Berlin") == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("day", "starts", "hours"),
    [
        (date(2026, 3, 7), datetime(2026, 3, 7, 5, tzinfo=UTC), 24),
        (date(2026, 3, 8), datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
        (date(2026, 3, 9), datetime(2026, 3, 9, 4, tzinfo=UTC), 24),
        (date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
    ],
)
def test_day_with_a_clock_change_has_23_or_25_hours(
    day: date, starts: datetime, hours: int
) -> None:
    start = dates.day_start(day, "America/New_York")
    assert start == starts
    following = dates.day_start(day + timedelta(days=1), "America/New_York")
    assert following - start == timedelta(hours=hours)


def test_midnight_that_does_not_exist_still_starts_its_day() -> None:
    """Clocks in Santiago went from 24:00 to 01:00 on this day."""
    start = dates.day_start(date(2025, 9, 7), "America/Santiago")
    assert dates.today("America/Santiago", start) == date(2025, 9, 7)
    assert dates.today("America/Santiago", start - timedelta(seconds=1)) == date(2025, 9, 6)


@pytest.mark.parametrize("name", ["Berlin", "", "../etc/passwd", "Europe/Atlantis"])
def test_unknown_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInput, match="is not a time zone") as refused:
        dates.zone(name)
    assert refused.value.field == "time_zone"


@pytest.mark.parametrize("text", ["31.03.2026", "2026-13-01", "", "tomorrow"])
def test_wrong_day_names_its_field(text: str) -> None:
    with pytest.raises(InvalidInput, match="Write it like 2026-03-31") as refused:
        dates.parse_day(text, field="start")
    assert refused.value.field == "start"


def test_last_days_end_yesterday_of_the_zone() -> None:
    with clock.freeze(datetime(2026, 3, 31, 23, 30, tzinfo=UTC)):
        assert dates.last_days(2, "Asia/Tokyo") == DayRange(date(2026, 3, 30), date(2026, 3, 31))


def test_a_year_before_a_leap_day_is_the_28th() -> None:
    days = DayRange(date(2024, 2, 29), date(2024, 3, 31))
    assert dates.year_before(days) == DayRange(date(2023, 2, 28), date(2023, 3, 31))
