"""The most that a platform may charge for a daily budget over a flight: platforms over-deliver on
single days, within a bound of the month or the week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from platforms.models import Platform

Period = Callable[[date, date], Fraction]


@dataclass(frozen=True)
class Overspend:
    """How far above the daily budget a platform may go: `day` times it on one day, and no more
    than `period` daily budgets over the flight. `field_label` says so."""

    day: Fraction
    period: Period
    in_words: str


def max_spend(platform: str, daily_micros: int, first: date, last: date) -> int:
    """Micros, rounded up."""
    days = (last - first).days + 1
    rule = OVERSPEND[platform]
    cost = min(rule.day * days, rule.period(first, last)) * daily_micros
    return -(-cost.numerator // cost.denominator)


def _by_month(first: date, last: date) -> Fraction:
    """30.4 daily budgets for each calendar month that the flight touches."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return Fraction(304, 10) * months


def _by_week(first: date, last: date) -> Fraction:
    """Seven daily budgets for each week from Sunday to Saturday that the flight touches."""
    sunday = first - timedelta(days=(first.weekday() + 1) % 7)
    return Fraction(7 * ((last - sunday).days // 7 + 1))


OVERSPEND: dict[str, Overspend] = {
    Platform.GOOGLE: Overspend(
        Fraction(2),
        _by_month,
        "Google may spend up to twice the daily budget on a day, and at most 30.4 daily "
        "budgets in a calendar month.",
    ),
    Platform.META: Overspend(
        Fraction(175, 100),
        _by_week,
        "Meta may spend up to 75 % more than the daily budget on a day, and at most 7 daily "
        "budgets in a week from Sunday to Saturday.",
    ),
    Platform.TIKTOK: Overspend(
        Fraction(125, 100),
        _by_week,
        "TikTok may spend up to 25 % more than the daily budget on a day, and at most 7 "
        "daily budgets in a week.",
    ),
}
