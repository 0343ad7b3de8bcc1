"""The best split with knowledge of the hidden curves, today's shocks and the capacities."""

from __future__ import annotations

import numpy as np

from optimization.stats.common.metrics import FloatArray
from tests.benchmarks.budget_curves import best_split
from tests.benchmarks.budget_families import HISTORY
from tests.benchmarks.budget_market import Account, Market

# Just below the step that starts a new learning phase, and the largest allowed step.
STEPS = ((0.19, 0.19), (0.5, 0.5))


def play_oracle(market: Market, step: tuple[float, float]) -> Account:
    """The rebalanced days with the oracle's budgets and steps of that size down and up."""
    account = Account(market)
    for day in range(HISTORY, market.days):
        current = account.budget[:, day - 1]
        lo = np.maximum(market.minimum, current * (1 - step[0]))
        hi = np.maximum(np.minimum(current * (1 + step[1]), 0.5 * market.total), lo)

        def revenue(budget: FloatArray, day: int = day) -> FloatArray:
            return market.revenue(day, market.spend(budget))

        account.play_day(best_split(revenue, lo, hi, market.total))
    return account


def oracle_revenue(market: Market) -> float:
    """Revenue of the rebalanced days with the better of the two step sizes."""
    return max(float(play_oracle(market, step).mean_revenue[HISTORY:].sum()) for step in STEPS)


def unchanged_revenue(market: Market) -> float:
    """Revenue of the same days with unchanged budgets."""
    account = Account(market)
    for _ in range(market.family.days):
        account.play_day(market.start)
    return float(account.mean_revenue[HISTORY:].sum())
