"""Days in a time zone, and closed ranges of days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.common import clock
from core.common.errors import InvalidInput

LAST_DAYS = (3, 7, 14, 28, 30, 90)
DEFAULT_RANGE = "28d"
MAX_DAYS = 3 * 366
YEARS = (1970, 2200)  # a range and the range it is compared with must be valid dates
CALENDAR_RANGES = tuple(
    f"{which}_{unit}" for unit in ("week", "month", "quarter", "year") for which in ("this", "last")
)
_WITH_TODAY = "_today"


@dataclass(frozen=True)
class DayRange:
    """A range of days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def previous(self) -> DayRange:
        """The range of the same length that ends the day before this one starts."""
        return DayRange(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=i) for i in range(self.days))

    def __str__(self) -> str:
        return f"{self.first:%-d %b %Y} – {self.last:%-d %b %Y}"


def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidInput(
            f"{name!r} is not a time zone. Use a name such as Europe/Berlin.", field="time_zone"
        ) from None


def today(time_zone: str, at: datetime | None = None) -> date:
    """The market's date in a zone."""
    return (at or clock.market_now()).astimezone(zone(time_zone)).date()


def day_start(day: date, time_zone: str) -> datetime:
    """The start of a day in a zone, as a UTC datetime."""
    return datetime.combine(day, time.min, zone(time_zone)).astimezone(UTC)


def last_days(count: int, time_zone: str) -> DayRange:
    """The `count` full days before today: an unfinished day would look like a drop."""
    yesterday = today(time_zone) - timedelta(days=1)
    return DayRange(yesterday - timedelta(days=count - 1), yesterday)


def parse_day(text: str, *, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is not a date. Write it like 2026-03-31.", field=field
        ) from None


def parse_range(text: str, time_zone: str) -> DayRange:
    """Parse '7d', '7d_today', 'today', 'yesterday', 'this_month' and similar names, or
    '2026-03-01..2026-03-31'. Weeks start on Monday; a current period ends today. Raises
    InvalidInput with field `range`."""
    now = today(time_zone)
    if text in CALENDAR_RANGES:
        return _calendar_range(text, now)
    if text == "today":
        return DayRange(now, now)
    if text == "yesterday":
        return last_days(1, time_zone)
    digits = text.removesuffix(_WITH_TODAY)
    if digits.endswith("d") and digits[:-1].isascii() and digits[:-1].isdigit():
        last = now if text.endswith(_WITH_TODAY) else now - timedelta(days=1)
        return _validate(DayRange(last - timedelta(days=_parse_count(digits[:-1]) - 1), last))
    if ".." in text:
        return parse_days(text, field="range")
    raise InvalidInput(
        f"{text!r} is not a range. Use 7d, today, yesterday, last_week, last_month, this_year or "
        "2026-03-01..2026-03-31.",
        field="range",
    )


def parse_days(text: str, *, field: str) -> DayRange:
    """Parse '2026-03-01..2026-03-31'. Raises InvalidInput with the field."""
    first, _, last = text.partition("..")
    return _validate(DayRange(parse_day(first, field=field), parse_day(last, field=field)), field)


def _calendar_range(text: str, now: date) -> DayRange:
    unit_of = CALENDAR_UNITS[text.partition("_")[2]]
    first = unit_of(now).first
    return DayRange(first, now) if text.startswith("this") else unit_of(first - timedelta(days=1))


def week_of(day: date) -> DayRange:
    """Monday to Sunday."""
    first = day - timedelta(days=day.weekday())
    return DayRange(first, first + timedelta(days=6))


def month_of(day: date) -> DayRange:
    last = monthrange(day.year, day.month)[1]
    return DayRange(day.replace(day=1), day.replace(day=last))


def quarter_of(day: date) -> DayRange:
    first = day.month - (day.month - 1) % 3
    return DayRange(
        day.replace(month=first, day=1), month_of(day.replace(month=first + 2, day=1)).last
    )


def year_of(day: date) -> DayRange:
    return DayRange(day.replace(month=1, day=1), day.replace(month=12, day=31))


# Functions that return the calendar unit that contains a day.
CALENDAR_UNITS: dict[str, Callable[[date], DayRange]] = {
    "week": week_of,
    "month": month_of,
    "quarter": quarter_of,
    "year": year_of,
}


def comparison_range(text: str, days: DayRange) -> DayRange:
    """The range with which `days`, parsed from `text`, is compared: for a month, quarter or year
    the previous one, for days of a week the same days of the week before, else the same number of
    days immediately before."""
    unit = text.partition("_")[2] if text in CALENDAR_RANGES else ""
    if unit == "week":
        return DayRange(days.first - timedelta(days=7), days.last - timedelta(days=7))
    if not unit:
        return days.previous()
    whole = CALENDAR_UNITS[unit](days.first - timedelta(days=1))
    if text.startswith("last"):
        return whole
    return DayRange(whole.first, min(whole.last, whole.first + timedelta(days=days.days - 1)))


def year_before(days: DayRange) -> DayRange:
    """The same dates a year earlier; 28 February for 29 February."""
    return DayRange(_year_before(days.first), _year_before(days.last))


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return (day - timedelta(days=1 if is_leap_day else 0)).replace(year=day.year - 1)


def _parse_count(digits: str) -> int:
    count = int(digits[:6])
    if not 1 <= count <= MAX_DAYS:
        raise InvalidInput(f"A range has 1 to {MAX_DAYS} days.", field="range")
    return count


def _validate(days: DayRange, field: str = "range") -> DayRange:
    if days.first > days.last:
        raise InvalidInput("The range ends before it starts.", field=field)
    if days.first.year < YEARS[0] or days.last.year > YEARS[1]:
        raise InvalidInput(f"A range lies in the years {YEARS[0]} to {YEARS[1]}.", field=field)
    if days.days > MAX_DAYS:
        raise InvalidInput(f"A range has 1 to {MAX_DAYS} days.", field=field)
    return days
