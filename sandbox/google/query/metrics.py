"""Google's metrics and segments from market rows: sums first, then ratios of the sums."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.google.fields import set_enum
from sandbox.market.market import DayRow

Message = Any
Segments = tuple[Any, ...]

_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

SEGMENTS: dict[str, Callable[[dt.date], Any]] = {
    "date": lambda day: day.isoformat(),
    "week": lambda day: (day - dt.timedelta(days=day.weekday())).isoformat(),
    "month": lambda day: day.replace(day=1).isoformat(),
    "quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1).isoformat(),
    "year": lambda day: day.year,
    "day_of_week": lambda day: _WEEKDAYS[day.weekday()],
}


@dataclass
class GoogleTotals:
    """Additive metrics; spend and revenue in micros of the account's currency."""

    impressions: int = 0
    clicks: int = 0
    conversions: float = 0.0
    spend: int = 0
    revenue: int = 0

    def add(self, row: DayRow) -> None:
        self.impressions += row.impressions
        self.clicks += row.clicks
        self.conversions += row.conversions
        self.spend += row.spend_micros
        self.revenue += row.revenue_micros

    def merge(self, other: "GoogleTotals") -> None:
        self.impressions += other.impressions
        self.clicks += other.clicks
        self.conversions += other.conversions
        self.spend += other.spend
        self.revenue += other.revenue


def group_rows(
    keyed_rows: Iterable[tuple[str, DayRow]], segments: tuple[str, ...]
) -> dict[str, dict[Segments, GoogleTotals]]:
    """Totals by resource key, then by the values of the segments (in order of the days)."""
    totals: dict[str, dict[Segments, GoogleTotals]] = defaultdict(dict)
    for key, row in keyed_rows:
        values = tuple(SEGMENTS[name](row.day) for name in segments)
        totals[key].setdefault(values, GoogleTotals()).add(row)
    return totals


def fill_metrics(message: Message, names: Iterable[str], totals: GoogleTotals) -> None:
    """Set the named metrics; ratios without a denominator and unserved metrics stay unset."""
    for name in names:
        value = _METRICS[name](totals) if name in _METRICS else None
        if value is not None:
            setattr(message, name, value)


def fill_segments(message: Message, names: tuple[str, ...], values: Segments) -> None:
    for name, value in zip(names, values, strict=True):
        if name == "day_of_week":
            set_enum(message, name, value)
        else:
            setattr(message, name, value)


def _ratio(above: float, below: float, scale: float = 1.0) -> float | None:
    return above * scale / below if below else None


_METRICS: dict[str, Callable[[GoogleTotals], Any]] = {
    "impressions": lambda s: s.impressions,
    "clicks": lambda s: s.clicks,
    "interactions": lambda s: s.clicks,
    "cost_micros": lambda s: s.spend,
    "conversions": lambda s: round(s.conversions, 6),
    "all_conversions": lambda s: round(s.conversions, 6),
    "conversions_value": lambda s: s.revenue / 1_000_000,
    "all_conversions_value": lambda s: s.revenue / 1_000_000,
    "ctr": lambda s: _ratio(s.clicks, s.impressions),
    "interaction_rate": lambda s: _ratio(s.clicks, s.impressions),
    # Averages of money are doubles, but in micros (Google Ads API, metrics).
    "average_cpc": lambda s: _ratio(s.spend, s.clicks),
    "average_cost": lambda s: _ratio(s.spend, s.clicks),
    "average_cpm": lambda s: _ratio(s.spend, s.impressions, 1000),
    "cost_per_conversion": lambda s: _ratio(s.spend, s.conversions),
    "cost_per_all_conversions": lambda s: _ratio(s.spend, s.conversions),
    "conversions_from_interactions_rate": lambda s: _ratio(s.conversions, s.clicks),
    "value_per_conversion": lambda s: _ratio(s.revenue / 1_000_000, s.conversions),
    "conversions_value_per_cost": lambda s: _ratio(s.revenue, s.spend),
}
