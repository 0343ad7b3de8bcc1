"""The ranges that are offered, and what they are compared with."""

from __future__ import annotations

from datetime import timedelta

from campaigns import selectors
from core.common import dates
from core.common.dates import DEFAULT_RANGE, DayRange
from core.common.errors import InvalidInput
from core.models import Advertiser

PRESETS = (
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("3d", "Last 3 days"),
    ("7d", "Last 7 days"),
    ("14d", "Last 14 days"),
    ("28d", "Last 28 days"),
    ("30d", "Last 30 days"),
    ("90d", "Last 90 days"),
    ("this_week", "This week"),
    ("last_week", "Last week"),
    ("this_month", "This month"),
    ("last_month", "Last month"),
    ("this_quarter", "This quarter"),
    ("last_quarter", "Last quarter"),
    ("this_year", "This year"),
    ("last_year", "Last year"),
    ("lifetime", "Lifetime"),
)
COMPARES = {"previous": "Period before", "year": "A year before", "none": "Nothing"}


def days_of(text: str, advertiser: Advertiser) -> DayRange:
    """What `dates.parse_range` knows, and `lifetime`: all days with figures, at most as many as one
    page shows, the newest. Raises InvalidInput on `range`."""
    if text != "lifetime":
        return dates.parse_range(text, advertiser.time_zone)
    known = selectors.data_days(advertiser)
    if known is None:
        return dates.parse_range(DEFAULT_RANGE, advertiser.time_zone)
    return DayRange(max(known.first, known.last - timedelta(days=dates.MAX_DAYS - 1)), known.last)


def compared_days(compare: str, text: str, days: DayRange) -> DayRange | None:
    """What `days`, written as `text`, are compared with: previous, year, none, or any two days.
    Raises InvalidInput on `compare`."""
    if compare == "none":
        return None
    if compare == "year":
        return dates.year_before(days)
    if compare == "previous":
        return dates.comparison_range(text, days)
    if ".." not in compare:
        raise InvalidInput(
            f"{compare!r} is not a compare here. Known are: {', '.join(COMPARES)}, or two days "
            "like 2026-03-01..2026-03-31.",
            field="compare",
        )
    return dates.parse_days(compare, field="compare")
