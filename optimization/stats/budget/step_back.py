"""Budgets on their way back to those of before, a step at a time, with the total held."""

import numpy as np

from optimization.stats.budget.allocation.waterfill import proportional_fill
from optimization.stats.common.metrics import BoolArray, IntArray
from optimization.stats.common.money_split import whole_units


def step_back(
    now: IntArray, before: IntArray, least: IntArray, step: float, held: BoolArray
) -> IntArray:
    """Minor units, (campaigns,), whose sum is that of `now`.

    None rises above (1 + step) times or falls below 1 / (1 + step) times its present budget;
    within that they come as near to the proportions of `before` as the total and the `least`
    budgets allow. Those that are `held` stay.
    """
    lowest = np.maximum(np.ceil(now / (1 + step) - 1e-6), np.minimum(least, now))
    lo = np.where(held, now, lowest).astype(np.intp)
    hi = np.where(held, now, np.floor(now * (1 + step) + 1e-6)).astype(np.intp)
    total = int(now.sum())
    wished = proportional_fill(
        before.astype(np.float64), lo.astype(np.float64), hi.astype(np.float64), float(total)
    )
    return whole_units(wished, lo, hi, total)
