"""Predicts conversions and revenue of given spend on given days, with their uncertainty.

Sources of uncertainty: each campaign's level and shape, its drift since, day noise and counts,
order values, shocks that a platform's campaigns share, and the reporting lag.
"""

from dataclasses import dataclass

import numpy as np

from optimization.stats.budget.response.factors import by_platform
from optimization.stats.budget.response.response import Estimate
from optimization.stats.budget.response.shape import GRID, saturate
from optimization.stats.common.metrics import FloatArray, IntArray, ratio

ORDER_VALUE_DISPERSION = 2.0  # 1 + cv^2 of order values, as in A/B tests
DRIFT_SD = 0.015  # of a campaign's log level, a day
ESTIMATE_AGE = 10.0  # mean age in days of the data behind a level
PLATFORM_SD = 0.03  # common to a platform's days: weekday factors, trend
SHOCK_SD, SHOCK_PRIOR_DAYS = 0.08, 14.0
LAG_SD_PART, KNOWN_LAG_SD_PART = 0.27, 0.05  # relative sd for each part that is not reported yet


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Sums over the days: mean and sd by campaign (campaigns,), and sd of the pool's sum."""

    mean: FloatArray
    sd: FloatArray
    total_sd: float

    @property
    def total(self) -> float:
        return float(self.mean.sum())


def predict(
    estimate: Estimate,
    spend: FloatArray,
    weekday: IntArray,
    completeness: FloatArray,
    value: FloatArray,
    *,
    lag_is_known: bool = False,
) -> Prediction:
    """Predict `value` (campaigns,) times the conversions of `spend` (campaigns, days).

    `weekday` (days,) is 0 to 6 as in the panel; `completeness` (platforms, days) is the part of
    the conversions that is reported by the time of comparison, 1 in the long run.
    """
    there = estimate.panel.platform
    usual = estimate.usual[:, None, None]
    curve = usual * saturate(spend[:, :, None] / usual, GRID)  # (campaigns, days, grid)
    common = (completeness * estimate.factors.weekday[:, weekday])[there]
    rate = estimate.level.mean / np.maximum(estimate.value, 1e-9)
    by_shape = rate[:, None] * (common[:, :, None] * curve).sum(axis=1)
    weights = estimate.level.weights
    count = (weights * by_shape).sum(axis=1)
    spread = np.maximum((weights * by_shape**2).sum(axis=1) - count**2, 0.0)
    daily = rate[:, None] * common * (weights[:, None, :] * curve).sum(axis=2)
    own = _own_variance(estimate, count, spread, daily, value)
    shared = _shared_variance(estimate, daily * value[:, None], completeness, lag_is_known)
    mean = value * count
    share = ratio(shared[there], by_platform(estimate.panel, mean[:, None])[there, 0] ** 2)
    return Prediction(
        mean=mean,
        sd=np.sqrt(own + share * mean**2),
        total_sd=float(np.sqrt(own.sum() + shared.sum())),
    )


def _own_variance(
    estimate: Estimate, count: FloatArray, spread: FloatArray, daily: FloatArray, value: FloatArray
) -> FloatArray:
    """Variance of each campaign by itself, (campaigns,)."""
    level, days = estimate.level, daily.shape[1]
    drift = DRIFT_SD**2 * (ESTIMATE_AGE + days / 2)
    estimation = (1 / level.a + drift) * count**2 + (1 + 1 / level.a) * spread
    is_money = not bool(np.all(value == 1.0))
    counting = count * (ORDER_VALUE_DISPERSION if is_money else 1.0)
    variance: FloatArray = value**2 * (
        estimation + counting + level.dispersion * (daily**2).sum(axis=1)
    )
    return variance


def _shared_variance(
    estimate: Estimate, daily: FloatArray, completeness: FloatArray, lag_is_known: bool
) -> FloatArray:
    """Variance that all campaigns of a platform share, (platforms,)."""
    sums = by_platform(estimate.panel, daily)
    part = KNOWN_LAG_SD_PART if lag_is_known else LAG_SD_PART
    missing = (sums * (1 - completeness)).sum(axis=1)
    shocks = _shock_sd(estimate)[:, None] ** 2 * sums**2
    variance: FloatArray = (
        shocks.sum(axis=1) + (PLATFORM_SD * sums.sum(axis=1)) ** 2 + (part * missing) ** 2
    )
    return variance


def _shock_sd(estimate: Estimate) -> FloatArray:
    """Sd of a platform's daily shocks, (platforms,), from the days' factors, shrunk to the usual
    sd."""
    panel, factors = estimate.panel, estimate.factors
    counted = (panel.seen.sum(axis=0) > 0)[None, :] & ~factors.masked
    square = ((factors.shock - 1) ** 2 * counted).sum(axis=1)
    days = counted.sum(axis=1)
    found: FloatArray = np.sqrt(
        (square + SHOCK_PRIOR_DAYS * SHOCK_SD**2) / (days + SHOCK_PRIOR_DAYS)
    )
    return found
