"""How certain it is that a budget's change gains more than it costs."""

from collections.abc import Callable

import numpy as np

from optimization.stats.budget.allocation.bounds import Bounds
from optimization.stats.budget.response.effect import effect_moments, learning_cost
from optimization.stats.budget.response.response import Estimate
from optimization.stats.budget.results import YOUNG_DAYS
from optimization.stats.common.metrics import BoolArray, FloatArray, ratio

PAYBACK_DAYS = 7.0  # a new learning phase must pay within these


def certainty_of(
    estimate: Estimate, bounds: Bounds, capacity: FloatArray, unit: float
) -> Callable[[FloatArray], FloatArray]:
    """For new budgets (campaigns,) in major units: the expected gain of each change above what its
    money brings in the rest of the pool, less a new learning phase's daily part, in sds of the
    gain."""
    old, lo, hi = bounds.current / unit, bounds.lo / unit, bounds.hi / unit
    margin = 0.5 / unit
    curves = estimate.expected()
    young = is_young(estimate)

    def certainty(new: FloatArray) -> FloatArray:
        gain, sd = effect_moments(estimate, old, new, capacity)
        cost = learning_cost(curves.revenue(new), old, new) / PAYBACK_DAYS
        inside = (new > lo + margin) & (new < hi - margin)
        price = pool_price(curves.marginal(new), new - old, inside)
        net = gain - price * (new - old) - cost
        sure = np.where(sd > 0, ratio(net, sd), np.where(net > 0, np.inf, -np.inf))
        return np.where(new == old, np.inf, np.where(young, -np.inf, sure))

    return certainty


def is_young(estimate: Estimate) -> BoolArray:
    """Whether a campaign has too few days with spend to be judged, (campaigns,)."""
    few: BoolArray = (estimate.panel.spend > 0).sum(axis=1) < YOUNG_DAYS
    return few


def pool_price(marginal: FloatArray, change: FloatArray, inside: BoolArray) -> float:
    """What the next unit of spend brings in the pool; all (campaigns,).

    At the best split the changed campaigns that no limit binds, those `inside`, all return that at
    their new budgets; the other raised ones return more, the other lowered ones less.
    """
    free = marginal[inside & (change != 0)]
    if len(free):
        return float(np.median(free))
    raised, lowered = marginal[change > 0], marginal[change < 0]
    if not len(raised) or not len(lowered):
        return float(raised.min() if len(raised) else lowered.max(initial=0.0))
    return float(np.sqrt(raised.min() * lowered.max()))
