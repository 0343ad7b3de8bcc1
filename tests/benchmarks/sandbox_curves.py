"""The sandbox's hidden curves, for the oracle."""

from __future__ import annotations

import numpy as np

from optimization.stats.common.metrics import FloatArray
from sandbox.market.market import Market

LARGEST, POINTS = 6000.0, 800  # of a daily budget, USD


class Curves:
    """Mean revenue of a normal day by daily budget, for all campaigns of a market in order."""

    def __init__(self, market: Market) -> None:
        self._grid = LARGEST * np.linspace(0.0, 1.0, POINTS) ** 2
        found = [market.expected(c, self._grid) for c in market.world.campaigns.values()]
        self._spend = [spend for spend, _ in found]
        self._revenue = [revenue for _, revenue in found]

    def revenue(self, budgets: FloatArray) -> FloatArray:
        """`budgets` is (campaigns,) or (points, campaigns), USD."""
        columns = [
            np.interp(budgets[..., number], self._grid, values)
            for number, values in enumerate(self._revenue)
        ]
        return np.stack(columns, axis=-1)

    def largest(self, total: float) -> FloatArray:
        """The budget above which almost no more is spent, or half of the total, (campaigns,)."""
        full = [
            float(self._grid[np.searchsorted(spend, 0.99 * spend[-1])]) for spend in self._spend
        ]
        found: FloatArray = np.minimum(np.array(full), total / 2)
        return found
