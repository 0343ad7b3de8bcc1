"""The most that a platform may charge for a daily budget over a flight.

Platforms over-deliver on single days: Google up to twice the daily budget, within 30.4 daily
budgets a month; Meta 75 % more on a day, within 7 a week from Sunday to Saturday; TikTok 25 %
more on a day, within 7 a week.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

_DAY_FACTOR = {"google": Fraction(2), "meta": Fraction(175, 100), "tiktok": Fraction(125, 100)}


def max_spend(platform: str, daily_micros: int, first: date, last: date) -> int:
    """Micros, rounded up."""
    days = (last - first).days + 1
    by_day = _DAY_FACTOR[platform] * days
    if platform == "google":
        by_period = Fraction(304, 10) * _months(first, last)
    else:
        by_period = Fraction(7 * _weeks(first, last))
    cost = min(by_day, by_period) * daily_micros
    return -(-cost.numerator // cost.denominator)


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _weeks(first: date, last: date) -> int:
    """Sunday-to-Saturday weeks that the flight touches."""
    sunday = first - timedelta(days=(first.weekday() + 1) % 7)
    return (last - sunday).days // 7 + 1
