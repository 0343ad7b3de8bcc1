"""Measures what the optimisation gained, against a holdout or in a switchback, and scores stored
predictions."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import stdtrit

from optimization.stats.budget.headroom import Headroom, estimate_headroom
from optimization.stats.budget.history import parse_day
from optimization.stats.budget.results import Interval
from optimization.stats.common.json_form import JsonForm
from optimization.stats.common.metrics import FloatArray

__all__ = [
    "Headroom",
    "Score",
    "Uplift",
    "Week",
    "estimate_headroom",
    "score_prediction",
    "uplift_from_holdout",
    "uplift_from_switchback",
]

UpliftStatus = Literal["gain", "loss", "cannot_tell"]
COVERAGE = 0.90
ELASTICITY = 0.67  # of revenue to spend at the usual budget, to compare at equal spend
GROUP_DRIFT_SD = 0.01  # of the log ratio of two groups, a day
LEAST_BEFORE, LEAST_AFTER, LEAST_PAIRS = 2, 2, 4  # weeks; the last of each kind
TREND_TERMS = 3
WEEK = 7


@dataclass(frozen=True, slots=True)
class Week:
    """One whole week of a pool: whether it was optimised, its complete revenue, its spend."""

    optimised: bool
    revenue: float
    spend: float


@dataclass(frozen=True, slots=True)
class Uplift:
    """Revenue gained at equal spend: `percent` and money a day, each with its 90 % interval; None
    with too little data. The status is "cannot_tell" while the interval contains 0."""

    status: UpliftStatus
    percent: Interval | None
    per_day: Interval | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Score(JsonForm):
    """A stored prediction and the actual value. `error` is actual over predicted, minus 1."""

    predicted: Interval
    actual: float
    inside: bool
    error: float
    sentence: str


def uplift_from_holdout(
    managed: Sequence[Mapping[str, Any]], holdout: Sequence[Mapping[str, Any]], *, start: dt.date
) -> Uplift:
    """Managed campaigns against the holdout, after `start` against before.

    Rows have date, spend and revenue; rows of one day are added up. Only whole weeks counted from
    `start` in which both groups spent are used; the caller leaves incomplete days out. Effects
    that both groups share, such as a season, cancel; random differences between weeks are in the
    interval. Raises ValueError for invalid rows.
    """
    ours, theirs = _sum_weeks(managed, start), _sum_weeks(holdout, start)
    both = sorted(set(ours) & set(theirs))
    logs = {
        week: _adjusted_log_revenue(*ours[week]) - _adjusted_log_revenue(*theirs[week])
        for week in both
    }
    before = np.array([logs[week] for week in both if week < 0])
    after = np.array([logs[week] for week in both if week >= 0])
    if len(before) < LEAST_BEFORE or len(after) < LEAST_AFTER:
        return _undecided(
            f"Cannot tell yet: this needs {LEAST_BEFORE} whole weeks before the start and "
            f"{LEAST_AFTER} after it; there are {len(before)} and {len(after)}."
        )
    gain = float(after.mean() - before.mean())
    spread = ((before - before.mean()) ** 2).sum() + ((after - after.mean()) ** 2).sum()
    degrees = len(before) + len(after) - 2
    variance = float(spread) / degrees * (1 / len(before) + 1 / len(after))
    # The variance between the means of a random walk before and after a day is a third of both
    # lengths.
    variance += GROUP_DRIFT_SD**2 * WEEK * (len(before) + len(after)) / 3
    revenue = float(np.mean([ours[week][0] for week in both if week >= 0])) / WEEK
    return _build_uplift(gain, variance**0.5, degrees, revenue)


def uplift_from_switchback(weeks: Sequence[Week]) -> Uplift:
    """Optimised weeks against weeks without optimisation, in order, with a smooth account trend.

    In a week without optimisation the budgets must return to the original ones; if they only stay
    where the week before left them, there is hardly a difference to measure. Budgets change in
    steps, so the true gain of permanent optimisation is larger than this estimate.
    """
    for number, week in enumerate(weeks):
        _parse_amount(week.revenue, f"week {number}: revenue")
        _parse_amount(week.spend, f"week {number}: spend")
    usable = [(n, week) for n, week in enumerate(weeks) if week.revenue > 0 and week.spend > 0]
    on = np.array([week.optimised for _, week in usable], dtype=np.float64)
    fewest = int(min(on.sum(), len(on) - on.sum()))
    if fewest < LEAST_PAIRS:
        return _undecided(
            f"Cannot tell yet: this needs {LEAST_PAIRS} optimised weeks and {LEAST_PAIRS} weeks "
            f"without optimisation; of one kind there are only {fewest}."
        )
    logs = np.array([_adjusted_log_revenue(week.revenue, week.spend) for _, week in usable])
    gain, sd = _regress(np.array([n for n, _ in usable], dtype=np.float64), on, logs)
    revenue = float(np.mean([week.revenue for _, week in usable if week.optimised])) / WEEK
    return _build_uplift(gain, sd, len(logs) - TREND_TERMS - 1, revenue)


def _regress(week: FloatArray, on: FloatArray, logs: FloatArray) -> tuple[float, float]:
    """Effect of `on` and its standard error, by least squares over a quadratic trend."""
    time = (week - week.mean()) / max(float(np.ptp(week)), 1.0)
    design = np.column_stack([on, np.ones_like(time), time, time**2])
    inverse = np.linalg.pinv(design.T @ design)
    fitted = inverse @ design.T @ logs
    residual = logs - design @ fitted
    variance = float(residual @ residual) / (len(logs) - design.shape[1])
    return float(fitted[0]), float(np.sqrt(variance * inverse[0, 0]))


def score_prediction(predicted: Interval, actual: float) -> Score:
    """Whether `actual` is inside the predicted interval; both for the same days and unit."""
    inside = predicted.low <= actual <= predicted.high
    error = actual / predicted.mean - 1 if predicted.mean else 0.0
    side = "inside" if inside else "below" if actual < predicted.low else "above"
    return Score(
        predicted,
        actual,
        inside,
        error,
        f"The actual {actual:,.2f} is {side} the predicted {predicted.low:,.2f} to "
        f"{predicted.high:,.2f}.",
    )


def _sum_weeks(rows: Sequence[Mapping[str, Any]], start: dt.date) -> dict[int, tuple[float, float]]:
    """Revenue and spend by whole week, number 0 from `start` on."""
    sums: dict[dt.date, FloatArray] = {}
    for row in rows:
        day = parse_day(row["date"], "date")
        measures = [_parse_amount(row[name], f"{name} of {day}") for name in ("revenue", "spend")]
        sums[day] = sums.get(day, np.zeros(2)) + np.array(measures)
    weeks: dict[int, list[FloatArray]] = {}
    for day, both in sums.items():
        weeks.setdefault((day - start).days // WEEK, []).append(both)
    whole = {n: np.sum(days, axis=0) for n, days in weeks.items() if len(days) == WEEK}
    return {
        number: (float(both[0]), float(both[1]))
        for number, both in whole.items()
        if both[0] > 0 and both[1] > 0
    }


def _adjusted_log_revenue(revenue: float, spend: float) -> float:
    """Log revenue at a spend of 1."""
    return float(np.log(revenue) - ELASTICITY * np.log(spend))


def _parse_amount(value: Any, where: str) -> float:
    number = float(value)
    if not np.isfinite(number) or number < 0:
        raise ValueError(f"{where} is {value!r}; give a number of 0 or more")
    return number


def _undecided(sentence: str) -> Uplift:
    return Uplift("cannot_tell", None, None, sentence)


def _build_uplift(gain: float, sd: float, degrees: int, revenue: float) -> Uplift:
    """Converts a log ratio to per cent and money; `revenue` a day is that of the optimised part."""
    half = float(stdtrit(degrees, 0.5 + COVERAGE / 2)) * sd
    low, mean, high = (float(np.expm1(x)) for x in (gain - half, gain, gain + half))
    percent = Interval(100 * low, 100 * mean, 100 * high)
    money = [revenue * part / (1 + part) for part in (low, mean, high)]
    status: UpliftStatus = "gain" if low > 0 else "loss" if high < 0 else "cannot_tell"
    between = f"90 % interval {100 * low:+.1f} to {100 * high:+.1f} %"
    text = f"{100 * mean:+.1f} % revenue at equal spend ({between})"
    sentence = f"Cannot tell yet: {text}." if status == "cannot_tell" else f"{text}."
    return Uplift(status, percent, Interval(money[0], money[1], money[2]), sentence)
