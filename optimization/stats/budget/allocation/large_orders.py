"""Days whose revenue counts only in part, and whether one of them alone would change a budget."""

import datetime as dt

import numpy as np

from optimization.stats.budget.allocation.rows import Solution
from optimization.stats.budget.response.response import Estimate
from optimization.stats.budget.results import LargeOrder
from optimization.stats.common.metrics import BoolArray
from optimization.stats.common.minor_units import from_minor

LEAST_PART = 0.02  # of the value of a conversion; a smaller difference is not told


def counts_in_part(estimate: Estimate) -> BoolArray:
    """Whether large orders that count only in part make a difference, (campaigns,)."""
    values = estimate.values
    differs: BoolArray = values.plain > (1 + LEAST_PART) * values.robust
    return differs & (values.day >= 0)


def large_orders(solution: Solution, in_full: Solution) -> dict[int, LargeOrder]:
    """The largest such day of each campaign, by position. `in_full` is the solution with all
    revenue: where it changes a budget in another direction, that day decides."""
    estimate = solution.estimate
    if estimate is None:
        return {}
    panel, values, current = estimate.panel, estimate.values, solution.bounds.current
    turns = np.sign(solution.units - current) != np.sign(in_full.units - current)
    found = {}
    for i in np.flatnonzero(counts_in_part(estimate)).tolist():
        at = i, values.day[i]
        conversions, revenue = float(panel.conversions[at]), float(panel.revenue[at])
        found[i] = LargeOrder(
            day=dt.date.fromordinal(int(panel.day[at[1]])),
            revenue=revenue,
            conversions=conversions,
            counted=float(values.counted[i]),
            times=revenue / (max(conversions, 1.0) * float(values.usual[i])),
            decides=bool(turns[i]),
            amount_in_full=from_minor(int(in_full.units[i]), solution.digits),
        )
    return found
