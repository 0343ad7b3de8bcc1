"""What the pages draw: intervals of arms on one axis, budgets as bars, chances over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.common.money import MICROS, Money
from optimization.stats.ab.results import ArmFigures

WIDTH = 240
INSET = 10
# An interval may be unbounded; the axis reaches this far beyond the rates and no further.
LOWEST, HIGHEST = 0.4, 1.8
MILLE = 1000  # RPM is told per thousand impressions


@dataclass(frozen=True)
class Interval:
    """In pixels of an axis WIDTH wide; an open end goes on beyond the axis."""

    low: float
    high: float
    middle: float
    open_low: bool
    open_high: bool

    @property
    def length(self) -> float:
        return round(self.high - self.low, 1)


@dataclass(frozen=True)
class Axis:
    low: float
    high: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(INSET + min(max(share, 0.0), 1.0) * (WIDTH - 2 * INSET), 1)


def rate_shown(metric: str, value: float | None, currency: str) -> str:
    """A rate in its metric's own unit."""
    if value is None:
        return "–"
    if metric in {"cpa", "rpm"}:
        per = MILLE if metric == "rpm" else 1
        return str(Money.from_micros(round(value * per * MICROS), currency))
    return f"{value:.2f}x" if metric == "roas" else f"{value:.2%}"


def axis_of(arms: Sequence[ArmFigures]) -> Axis | None:
    """One axis for all arms; None when no arm has a rate."""
    rates = [arm.rate for arm in arms if arm.rate is not None]
    if not rates or max(rates) <= 0:
        return None
    lows = [arm.ci_low for arm in arms if arm.ci_low is not None]
    highs = [arm.ci_high for arm in arms if arm.ci_high is not None]
    low = max(min([*lows, min(rates)]), LOWEST * min(rates))
    high = min(max([*highs, max(rates)]), HIGHEST * max(rates))
    if high - low < 0.1 * high:
        low, high = low * 0.9, high * 1.1
    return Axis(low, high)


def interval(arm: ArmFigures | None, axis: Axis | None) -> Interval | None:
    if arm is None or axis is None or arm.rate is None:
        return None
    low, high = arm.ci_low, arm.ci_high
    open_low, open_high = low is None or low < axis.low, high is None or high > axis.high
    return Interval(
        low=0.0 if low is None or open_low else axis.at(low),
        high=float(WIDTH) if high is None or open_high else axis.at(high),
        middle=axis.at(arm.rate),
        open_low=open_low,
        open_high=open_high,
    )


@dataclass(frozen=True)
class Bars:
    """Two bars of one campaign, as percent of the largest budget of the pool."""

    old: float
    new: float


def bars(old_micros: int, new_micros: int, largest_micros: int) -> Bars:
    unit = max(largest_micros, 1) / 100
    return Bars(round(old_micros / unit, 2), round(new_micros / unit, 2))
