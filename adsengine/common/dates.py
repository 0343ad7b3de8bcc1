"""Days of an account's own time zone, and closed ranges of them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adsengine.common import clock
from adsengine.common.errors import InvalidInput

LAST_DAYS = (3, 7, 14, 28, 30, 90)
DEFAULT_RANGE = "28d"
MAX_DAYS = 3 * 366
YEARS = (1970, 2200)  # what is compared with a range must be days of the calendar too
CALENDAR = ("this_week", "last_week", "this_month", "last_month")


@dataclass(frozen=True)
class DayRange:
    """Both ends included."""

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
    return (at or clock.now()).astimezone(zone(time_zone)).date()


def day_start(day: date, time_zone: str) -> datetime:
    """The instant at which a day begins in a zone, in UTC."""
    return datetime.combine(day, time.min, zone(time_zone)).astimezone(UTC)


def last_days(count: int, time_zone: str) -> DayRange:
    """The `count` full days before today: a day that still runs would read as a fall."""
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
    """'7d', 'today', 'yesterday', 'this_month' and the like, or '2026-03-01..2026-03-31'. Weeks
    start on Monday; what still runs ends today. Raises InvalidInput on `range`."""
    now = today(time_zone)
    if text in CALENDAR:
        return _calendar(text, now)
    if text == "today":
        return DayRange(now, now)
    if text == "yesterday":
        return last_days(1, time_zone)
    if text.endswith("d") and text[:-1].isascii() and text[:-1].isdigit():
        return _checked(last_days(_count(text[:-1]), time_zone))
    if ".." in text:
        first, _, last = text.partition("..")
        return _checked(DayRange(parse_day(first, field="range"), parse_day(last, field="range")))
    raise InvalidInput(
        f"{text!r} is not a range. Use 7d, today, yesterday, last_week, last_month or "
        "2026-03-01..2026-03-31.",
        field="range",
    )


def _calendar(text: str, now: date) -> DayRange:
    first = week_of(now).first if text.endswith("week") else now.replace(day=1)
    if text.startswith("this"):
        return DayRange(first, now)
    last = first - timedelta(days=1)
    return week_of(last) if text.endswith("week") else month_of(last)


def week_of(day: date) -> DayRange:
    """Monday to Sunday."""
    first = day - timedelta(days=day.weekday())
    return DayRange(first, first + timedelta(days=6))


def month_of(day: date) -> DayRange:
    last = monthrange(day.year, day.month)[1]
    return DayRange(day.replace(day=1), day.replace(day=last))


def before(text: str, days: DayRange) -> DayRange:
    """What `days`, written as `text`, is compared with: a month with the month before, the days
    of a week with the same days a week before, else as many days just before."""
    if text.endswith("_week"):
        return DayRange(days.first - timedelta(days=7), days.last - timedelta(days=7))
    if not text.endswith("_month"):
        return days.previous()
    month = month_of(days.first - timedelta(days=1))
    if text.startswith("last"):
        return month
    return DayRange(month.first, min(month.last, month.first + timedelta(days=days.days - 1)))


def _count(digits: str) -> int:
    count = int(digits[:6])
    if not 1 <= count <= MAX_DAYS:
        raise InvalidInput(f"A range has 1 to {MAX_DAYS} days.", field="range")
    return count


def _checked(days: DayRange) -> DayRange:
    if days.first > days.last:
        raise InvalidInput("The range ends before it starts.", field="range")
    if days.first.year < YEARS[0] or days.last.year > YEARS[1]:
        raise InvalidInput(f"A range lies in the years {YEARS[0]} to {YEARS[1]}.", field="range")
    if days.days > MAX_DAYS:
        raise InvalidInput(f"A range has 1 to {MAX_DAYS} days.", field="range")
    return days
