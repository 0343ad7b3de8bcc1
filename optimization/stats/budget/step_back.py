"""Moves budgets back towards earlier ones, one step at a time, with a constant total."""

import numpy as np

from optimization.stats.budget.allocation.waterfill import proportional_fill
from optimization.stats.common.metrics import BoolArray, IntArray
from optimization.stats.common.money_split import whole_units


def step_back(
    now: IntArray, before: IntArray, least: IntArray, step: float, frozen: BoolArray
) -> IntArray:
    """Budgets in minor units, (campaigns,), whose sum is that of `now`.

    Each stays within 1 / (1 + step) and (1 + step) times its current budget and above `least`;
    within that they are as close to the proportions of `before` as the total allows. `frozen`
    budgets do not change.
    """
    lowest = np.maximum(np.ceil(now / (1 + step) - 1e-6), np.minimum(least, now))
    lo = np.where(frozen, now, lowest).astype(np.intp)
    hi = np.where(frozen, now, np.floor(now * (1 + step) + 1e-6)).astype(np.intp)
    total = int(now.sum())
    target = proportional_fill(
        before.astype(np.float64), lo.astype(np.float64), hi.astype(np.float64), float(total)
    )
    return whole_units(target, lo, hi, total)
