"""Compares spend with a plan over days: expected by now, forecast at the end, needed a day.

Days are dates, so daylight saving time does not change their length. Money is in any one unit.
"""

import calendar
import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from optimization.stats.budget.results import Interval
from optimization.stats.common.metrics import FloatArray


class PaceStatus(StrEnum):
    NOT_STARTED = "not_started"
    UNDER = "under"
    ON = "on"
    OVER = "over"
    FINISHED = "finished"


LABELS: Mapping[PaceStatus, str] = {
    PaceStatus.NOT_STARTED: "not started",
    PaceStatus.UNDER: "under plan",
    PaceStatus.ON: "on plan",
    PaceStatus.OVER: "over plan",
    PaceStatus.FINISHED: "finished",
}
TOLERANCE = 0.10
RECENT_DAYS, FADE = 14, 0.85
DRIFT_SD = 0.02  # of the log pace, a day
UNKNOWN_CV, LEAST_CV = 0.3, 0.02  # of a day's spend
Z_80 = 1.2815515655446004
WEEKDAY_PRIOR = 2.0  # days' worth
EVEN = (1.0,) * 7


@dataclass(frozen=True, slots=True)
class SpendPlan:
    """`total` to spend from `first` to `last`, both inclusive. Raises ValueError."""

    total: float
    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if not (math.isfinite(self.total) and self.total > 0):
            raise ValueError(f"total of a plan is {self.total!r}; give an amount above 0")
        if self.last < self.first:
            raise ValueError(f"plan ends on {self.last}, before it begins on {self.first}")

    @property
    def days(self) -> list[dt.date]:
        count = (self.last - self.first).days + 1
        return [self.first + dt.timedelta(days=d) for d in range(count)]


@dataclass(frozen=True, slots=True)
class Pace:
    """The state of a plan on a morning.

    `expected` and `spent` are up to yesterday, `ratio` is spent over expected (None before
    anything is expected). `end_forecast` is the forecast spend at the end of the plan with its
    80 % interval. `needed_per_day` is the remaining amount over the remaining days, today
    included, `needed_today` the same adjusted for today's weekday; both None after the end.
    """

    status: PaceStatus
    label: str
    expected: float
    spent: float
    end_forecast: Interval
    needed_per_day: float | None
    needed_today: float | None
    days_left: int
    ratio: float | None
    sentence: str

    @property
    def is_running(self) -> bool:
        """Whether today is one of the plan's days."""
        return self.status not in {PaceStatus.NOT_STARTED, PaceStatus.FINISHED}

    @property
    def is_off(self) -> bool:
        """Whether it will not land where it should."""
        return self.status in {PaceStatus.UNDER, PaceStatus.OVER}


def month_plan(total: float, day: dt.date) -> SpendPlan:
    """The calendar month that holds `day`."""
    last = calendar.monthrange(day.year, day.month)[1]
    return SpendPlan(total, day.replace(day=1), day.replace(day=last))


def weekday_factors(spend: Mapping[dt.date, float]) -> tuple[float, ...]:
    """Factor of each weekday, Monday first, mean 1, shrunk to 1 with a weight of two days.

    Each day is compared with the mean of the seven days around it; days where one of these is
    missing do not count.
    """
    sums, counts = np.full(7, WEEKDAY_PRIOR), np.full(7, WEEKDAY_PRIOR)
    for day in spend:
        near = [spend.get(day + dt.timedelta(days=step)) for step in range(-3, 4)]
        known = [_parse_spend(day, amount) for amount in near if amount is not None]
        if len(known) == 7 and sum(known) > 0:
            sums[day.weekday()] += 7 * spend[day] / sum(known)
            counts[day.weekday()] += 1
    factors = sums / counts
    return tuple((factors / factors.mean()).tolist())


def compute_pace(
    plan: SpendPlan,
    spend: Mapping[dt.date, float],
    today: dt.date,
    *,
    weekdays: Sequence[float] | None = None,
) -> Pace:
    """The plan's state. `spend` holds complete days; days before the plan help to estimate the
    current rate. From its first day on, a day without an entry spent nothing; days from `today` on
    are ignored. `weekdays` are factors, Monday first. Raises ValueError."""
    factor = _parse_weekdays(weekdays)
    known = {day: _parse_spend(day, amount) for day, amount in spend.items() if day < today}
    spent = sum(amount for day, amount in known.items() if plan.first <= day <= plan.last)
    weight = {day: factor[day.weekday()] for day in plan.days}
    gone = sum(part for day, part in weight.items() if day < today)
    expected = plan.total * gone / sum(weight.values())
    left = [day for day in plan.days if day >= today]
    needed = max(plan.total - spent, 0.0) / len(left) if left else None
    ratio = spent / expected if expected > 0 else None
    status = _pace_status(plan, today, ratio)
    end_forecast = _forecast_end(plan, known, today, spent, factor)
    return Pace(
        status=status,
        label=LABELS[status],
        expected=expected,
        spent=spent,
        end_forecast=end_forecast,
        needed_per_day=needed,
        needed_today=_needed_today(needed, left, weight),
        days_left=len(left),
        ratio=ratio,
        sentence=_pace_sentence(status, plan, spent, expected, end_forecast, needed),
    )


def _pace_status(plan: SpendPlan, today: dt.date, ratio: float | None) -> PaceStatus:
    if today < plan.first:
        return PaceStatus.NOT_STARTED
    if today > plan.last:
        return PaceStatus.FINISHED
    if ratio is None or abs(ratio - 1) <= TOLERANCE:
        return PaceStatus.ON
    return PaceStatus.OVER if ratio > 1 else PaceStatus.UNDER


def _needed_today(
    needed: float | None, left: Sequence[dt.date], weight: Mapping[dt.date, float]
) -> float | None:
    if needed is None:
        return None
    rest = sum(weight[day] for day in left)
    return needed * len(left) * weight[left[0]] / rest if rest > 0 else needed


def _forecast_end(
    plan: SpendPlan,
    known: Mapping[dt.date, float],
    today: dt.date,
    spent: float,
    factor: FloatArray,
) -> Interval:
    """Spend at the end at the recent rate; the planned total where nothing was ever spent."""
    first = max(today, plan.first)
    ahead = [first + dt.timedelta(days=d) for d in range((plan.last - first).days + 1)]
    if not ahead:
        return Interval(spent, spent, spent)
    if not known:
        return Interval(0.0, plan.total, plan.total)
    rate, sd, evidence = _recent_rate(known, today, factor)
    parts = factor[[day.weekday() for day in ahead]]
    days, whole = (plan.last - today).days + 1, float(parts.sum())
    drift = (rate * DRIFT_SD * whole) ** 2 * days / 3
    variance = sd**2 * float((parts**2).sum()) + (whole * sd) ** 2 / evidence + drift
    mean, half = spent + rate * whole, Z_80 * math.sqrt(variance)
    return Interval(max(mean - half, spent), mean, mean + half)


def _recent_rate(
    known: Mapping[dt.date, float], today: dt.date, factor: FloatArray
) -> tuple[float, float, float]:
    """Spend a day, its sd from day to day, and the effective number of days behind it."""
    begin = max(min(known), today - dt.timedelta(days=RECENT_DAYS))
    days = [begin + dt.timedelta(days=d) for d in range((today - begin).days)]
    usual = np.maximum(factor[[day.weekday() for day in days]], 1e-9)
    daily = np.array([known.get(day, 0.0) for day in days]) / usual
    weight = FADE ** np.arange(len(days))[::-1].astype(np.float64) * usual
    rate = float((weight * daily).sum() / weight.sum())
    evidence = float(weight.sum() ** 2 / (weight**2).sum())
    square = float((weight * (daily - rate) ** 2).sum() / weight.sum())
    # One day alone does not show how much days differ.
    square = square * evidence / (evidence - 1) if evidence > 1.5 else (UNKNOWN_CV * rate) ** 2
    return rate, math.sqrt(max(square, (LEAST_CV * rate) ** 2)), evidence


def _parse_weekdays(weekdays: Sequence[float] | None) -> FloatArray:
    factor = np.asarray(EVEN if weekdays is None else weekdays, dtype=np.float64)
    if factor.shape != (7,) or not np.isfinite(factor).all() or (factor < 0).any():
        raise ValueError("weekdays must be seven numbers of 0 or more, Monday first")
    if factor.sum() <= 0:
        raise ValueError("weekdays are all 0; give at least one day a part of the spend")
    return factor


def _parse_spend(day: dt.date, amount: float) -> float:
    value = float(amount)
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"spend of {day} is {amount!r}; give an amount of 0 or more")
    return value


def _pace_sentence(
    status: PaceStatus,
    plan: SpendPlan,
    spent: float,
    expected: float,
    end_forecast: Interval,
    needed: float | None,
) -> str:
    if status == PaceStatus.NOT_STARTED:
        return f"Starts on {plan.first}, with {plan.total:,.2f} to spend."
    if status == PaceStatus.FINISHED:
        return f"Finished: {spent:,.2f} of {plan.total:,.2f} were spent."
    end = f"{end_forecast.mean:,.2f} ({end_forecast.low:,.2f} to {end_forecast.high:,.2f})"
    return (
        f"{LABELS[status].capitalize()}: {spent:,.2f} spent of {expected:,.2f} expected by now; "
        f"forecast {end} of {plan.total:,.2f} by {plan.last}; {needed or 0.0:,.2f} a day remain."
    )
