"""Days, weeks and months of a range, what is not final about them, and what each is held against.

Weeks start on Monday; months are calendar months.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from campaigns.selectors import MetricTotals
from campaigns.tables import total_of
from core.common.charts import day_label
from core.common.dates import DayRange, month_of, week_of

GRAINS = ("day", "week", "month")
LATE_DAYS = 2  # complete days whose conversions are still arriving
PARTIAL = "partial"
ARRIVING = "still coming in"
AHEAD = "to come"
SPREAD = "imported period"
NOTES = {
    PARTIAL: "cut by the range, or not over",
    ARRIVING: f"conversions of today and of the {LATE_DAYS} days before are still being reported",
    AHEAD: "not begun",
    SPREAD: "holds imported rows that cover several days",
}


@dataclass(frozen=True)
class Period:
    """One day, week or month, as far as it lies in the range."""

    days: DayRange
    label: str
    marks: tuple[str, ...]

    @property
    def is_final(self) -> bool:
        return not {PARTIAL, ARRIVING, AHEAD} & set(self.marks)


def periods(days: DayRange, grain: str, today: date, spread: Collection[date] = ()) -> list[Period]:
    """Of the range, in order. `spread`: days on which rows of longer periods stand."""
    return [
        Period(part, _label(whole.first, grain), _marks(part, whole, today, spread))
        for part, whole in _parts(days, grain)
    ]


def _parts(days: DayRange, grain: str) -> list[tuple[DayRange, DayRange]]:
    """What lies in the range of each period, and the whole of it."""
    found, first = [], days.first
    while first <= days.last:
        whole = _whole(first, grain)
        found.append((DayRange(first, min(whole.last, days.last)), whole))
        first = whole.last + timedelta(days=1)
    return found


def _whole(day: date, grain: str) -> DayRange:
    if grain == "week":
        return week_of(day)
    return month_of(day) if grain == "month" else DayRange(day, day)


def _label(first: date, grain: str) -> str:
    if grain == "week":
        return f"Week of {first.day} {first:%b %Y}"
    return f"{first:%b %Y}" if grain == "month" else day_label(first)


def _marks(
    part: DayRange, whole: DayRange, today: date, spread: Collection[date]
) -> tuple[str, ...]:
    if part.first > today:
        return (AHEAD,)
    marks = []
    if part != whole or part.last >= today:
        marks.append(PARTIAL)
    if part.last >= today - timedelta(days=LATE_DAYS):
        marks.append(ARRIVING)
    if any(part.first <= day <= part.last for day in spread):
        marks.append(SPREAD)
    return tuple(marks)


def sum_days(by_day: Mapping[date, MetricTotals], days: DayRange, currency: str) -> MetricTotals:
    return total_of((by_day[day] for day in days if day in by_day), currency)


def counterparts(
    parts: Sequence[Period], days: DayRange, compared: DayRange, grain: str
) -> list[DayRange | None]:
    """The days that each period is held against: those at the same place of a range of the same
    length, else the compared range's period of the same number; None beyond its end."""
    if days.days == compared.days:
        shift = compared.first - days.first
        return [DayRange(p.days.first + shift, p.days.last + shift) for p in parts]
    others: list[DayRange | None] = [part for part, _ in _parts(compared, grain)]
    return [*others, *[None] * len(parts)][: len(parts)]
