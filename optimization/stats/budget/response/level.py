"""Return of each campaign at its usual spend: a discounted Gamma posterior with change points.

Weights: 0.965 a day (half-life 19 days), and less for days whose noise exceeds counting noise.
Fast window: 0.80 a day; where it disagrees with the slow one, only the fast one is used.
"""

from dataclasses import dataclass

import numpy as np

from optimization.stats.budget.history import Panel
from optimization.stats.budget.response.factors import Factors
from optimization.stats.budget.response.pooling import level_spread
from optimization.stats.budget.response.shape import Evidence, mean_shape, saturate, shape_weights
from optimization.stats.common.metrics import FloatArray, IntArray, ratio

DAILY_DISCOUNT, FAST_DISCOUNT = 0.965, 0.80
LEVEL_PRIOR = 1 / 0.8**2  # pseudo-conversions: the levels have a coefficient of variation of 0.8
PLATFORM_PART = 0.7
FAST_PRIOR = 2.0
DROP_Z, RISE_Z = -2.2, 3.0
DISPERSION_RANGE = (0.02, 0.4)
FIRST_DISPERSION = 0.08
OPTIMISM = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Gamma posterior of the return at usual spend: shape `a` (evidence in conversions), rate `b`.

    `k` is the shape of the curve, `weights` (campaigns, grid) its posterior. `change` is -1 after
    a recent drop, 1 after a rise, else 0. `dispersion` is the variance of the day noise.
    """

    a: FloatArray
    b: FloatArray
    k: FloatArray
    weights: FloatArray
    change: IntArray
    dispersion: float

    @property
    def mean(self) -> FloatArray:
        found: FloatArray = self.a / self.b
        return found

    @property
    def optimistic(self) -> FloatArray:
        found: FloatArray = self.a / self.b * (1 + OPTIMISM / np.sqrt(self.a))
        return found


def estimate_level(
    panel: Panel, factors: Factors, relative: FloatArray, usual: FloatArray, value: FloatArray
) -> Level:
    """Levels and shapes of a pool. `relative` (campaigns, days) is spend over `usual`
    (campaigns,); `value` (campaigns,) is the value of a conversion, 0 or more."""
    value = np.maximum(value, 1e-9)
    base = usual[:, None] * factors.common / value[:, None]
    discount = DAILY_DISCOUNT ** panel.age.astype(np.float64) * factors.usable
    prior_a = np.full(len(usual), LEVEL_PRIOR)
    effort = saturate(relative, 2.0) * base
    prior_b = prior_a / _pool_level(panel, discount, effort, value)
    dispersion = _estimate_dispersion(panel, factors, discount, effort, prior_a, prior_b)
    pool = prior_a / prior_b
    a, b = _posterior(panel, discount, effort, prior_a, prior_b, dispersion)
    cv, centre = level_spread(a - prior_a, (b - prior_b) * pool)
    prior_a = np.full(len(usual), cv**-2)
    prior_b = prior_a / (pool * centre)
    weights = shape_weights(
        Evidence(
            panel.conversions,
            relative,
            base,
            factors.usable,
            prior_a,
            prior_b,
            dispersion,
            DAILY_DISCOUNT,
        )
    )
    k = mean_shape(weights)
    effort = saturate(relative, k[:, None]) * base
    a, b = _posterior(panel, discount, effort, prior_a, prior_b, dispersion)
    a, b, change = _apply_change_points(panel, factors, effort, a, b, dispersion)
    return Level(a=a, b=b, k=k, weights=weights, change=change, dispersion=dispersion)


def _pool_level(
    panel: Panel, weight: FloatArray, effort: FloatArray, value: FloatArray
) -> FloatArray:
    """Return that a campaign is shrunk to: 0.7 of its platform's and 0.3 of the pool's."""
    earned = (weight * panel.conversions).sum(axis=1) * value
    base = (weight * effort).sum(axis=1) * value
    count = len(panel.platforms)
    there = ratio(
        np.bincount(panel.platform, weights=earned, minlength=count).astype(np.float64),
        np.bincount(panel.platform, weights=base, minlength=count).astype(np.float64),
    )
    pool = ratio(earned.sum()[None], base.sum()[None])[0]
    pool = pool if pool > 0 else 1.0
    there = np.where(there > 0, there, pool)
    level: FloatArray = PLATFORM_PART * there[panel.platform] + (1 - PLATFORM_PART) * pool
    return level


def _posterior(
    panel: Panel,
    discount: FloatArray,
    effort: FloatArray,
    prior_a: FloatArray,
    prior_b: FloatArray,
    dispersion: float,
) -> tuple[FloatArray, FloatArray]:
    rough = ((discount * panel.conversions).sum(axis=1) + prior_a) / (
        (discount * effort).sum(axis=1) + prior_b
    )
    weight = discount / (1 + dispersion * rough[:, None] * effort)
    a = prior_a + (weight * panel.conversions).sum(axis=1)
    b = prior_b + (weight * effort).sum(axis=1)
    return a, b


def _estimate_dispersion(
    panel: Panel,
    factors: Factors,
    discount: FloatArray,
    effort: FloatArray,
    prior_a: FloatArray,
    prior_b: FloatArray,
) -> float:
    """Variance of the gamma factor on a campaign's day, by moments over the pool."""
    a, b = _posterior(panel, discount, effort, prior_a, prior_b, FIRST_DISPERSION)
    mean = (a / b)[:, None] * effort * factors.usable
    # Otherwise the days of one very large campaign would outweigh all others.
    weight = discount / (1 + FIRST_DISPERSION * mean) ** 2
    excess = ((panel.conversions - mean) ** 2 * factors.usable - mean) * weight
    square = float((mean**2 * weight).sum())
    found = float(excess.sum()) / square if square > 0 else FIRST_DISPERSION
    return float(np.clip(found, *DISPERSION_RANGE))


def _apply_change_points(
    panel: Panel,
    factors: Factors,
    effort: FloatArray,
    a: FloatArray,
    b: FloatArray,
    dispersion: float,
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Posterior with the fast window, weakly shrunk to the slow level, where the two disagree."""
    level = a / b
    fast = FAST_DISCOUNT ** panel.age.astype(np.float64) * factors.usable
    fast = fast / (1 + dispersion * level[:, None] * effort)
    actual, base = (fast * panel.conversions).sum(axis=1), (fast * effort).sum(axis=1)
    daily = level[:, None] * effort
    variance = (fast**2 * (daily + dispersion * daily**2)).sum(axis=1) + (level * base) ** 2 / a
    z = ratio(actual - level * base, np.sqrt(variance))
    change = np.where(z < DROP_Z, -1, np.where(z > RISE_Z, 1, 0)).astype(np.intp)
    moved = change != 0
    a = np.where(moved, FAST_PRIOR + actual, a)
    b = np.where(moved, FAST_PRIOR / level + base, b)
    return a, b, change
