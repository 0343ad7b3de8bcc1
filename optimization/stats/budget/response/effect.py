"""Expected revenue change of a change of budgets, with its uncertainty.

The change of a campaign is rho (h_k(new) - h_k(old)): the level's Gamma posterior times a
difference whose sign does not depend on k. A Gamma with the product's mean and variance gives
the interval of one campaign; sums over campaigns are close to normal.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from core.common.measures import LEARNING_STEP
from optimization.stats.budget.response.response import Estimate
from optimization.stats.budget.response.shape import GRID, saturate
from optimization.stats.budget.results import Interval
from optimization.stats.common.metrics import FloatArray, ratio

Z_80 = 1.2815515655446004  # of a normal's central 80 %
LEARNING_COST, LEARNING_FADE = 0.12, 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """Expected change of revenue a day, (campaigns,) each: mean, sd, 80 % interval."""

    mean: FloatArray
    sd: FloatArray
    low: FloatArray
    high: FloatArray

    def total(self) -> Interval:
        mean, sd = float(self.mean.sum()), float(np.sqrt((self.sd**2).sum()))
        return Interval(mean - Z_80 * sd, mean, mean + Z_80 * sd)

    def for_campaign(self, i: int) -> Interval:
        return Interval(float(self.low[i]), float(self.mean[i]), float(self.high[i]))


def expected_effect(
    estimate: Estimate, old: FloatArray, new: FloatArray, capacity: FloatArray
) -> Effect:
    """Effect of budgets `new` against `old`, (campaigns,); spend is limited to `capacity`."""
    mean, sd = effect_moments(estimate, old, new, capacity)
    low, high = _gamma_interval(np.abs(mean), sd)
    down = mean < 0
    return Effect(mean, sd, np.where(down, -high, low), np.where(down, -low, high))


def effect_moments(
    estimate: Estimate, old: FloatArray, new: FloatArray, capacity: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and sd of the effect, (campaigns,) each, over level, shape and value of a conversion."""
    usual = estimate.usual[:, None]
    before = np.minimum(old, capacity)[:, None] / usual
    after = np.minimum(new, capacity)[:, None] / usual
    step = usual * (saturate(after, GRID) - saturate(before, GRID))
    weights, level = estimate.level.weights, estimate.level
    first = (weights * step).sum(axis=1)
    spread = np.maximum((weights * step**2).sum(axis=1) - first**2, 0.0)
    mean = level.mean * first
    noise = 1 / level.a + estimate.values.variance
    sd: FloatArray = level.mean * np.sqrt((1 + noise) * spread + first**2 * noise)
    return mean, sd


def _gamma_interval(mean: FloatArray, sd: FloatArray) -> tuple[FloatArray, FloatArray]:
    """10 and 90 % quantiles of a Gamma of that mean and sd; the mean itself where sd is 0."""
    shape = np.clip(ratio(mean**2, sd**2, empty=1e6), 1e-3, 1e6)
    unit = gammaincinv(shape, 0.1) / shape, gammaincinv(shape, 0.9) / shape
    return mean * unit[0], mean * unit[1]


def learning_cost(revenue: FloatArray, old: FloatArray, new: FloatArray) -> FloatArray:
    """Revenue that new learning phases cost in total; 0 for steps of up to 20 %.

    12 % of a day's `revenue` at first, 0.6 of that the next day, and so on.
    """
    large = (np.abs(new - old) > LEARNING_STEP * old) & (old > 0)
    cost: FloatArray = np.where(large, revenue * LEARNING_COST / (1 - LEARNING_FADE), 0.0)
    return cost
