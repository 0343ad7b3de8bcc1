"""Splits by response curves: changes that reach the dead zone, and their counterparts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimization.stats.budget.allocation.counterparts import (
    fund_larger_changes,
    reaches_dead_zone,
)
from optimization.stats.budget.allocation.waterfill import (
    DEAD_ZONE,
    SplitLimits,
    freeze_doubtful_moves,
    water_fill,
)
from optimization.stats.budget.response.response import Response
from optimization.stats.common.metrics import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Budgets in minor units, which of them stay, and which of these because their change is too
    small; (campaigns,) each."""

    x: FloatArray
    unchanged: BoolArray
    small: BoolArray


class CurveSplit:
    """Splits a total by curves, all in minor units; `sure` is the certainty of each change in
    sds."""

    def __init__(
        self, limits: SplitLimits, curves: Response, sure: Callable[[FloatArray], FloatArray]
    ) -> None:
        self._limits, self._curves, self._sure = limits, curves, sure

    def split(self, least: float, zone: float = DEAD_ZONE) -> Split:
        """The best split whose changes reach `zone` and are as certain as `least`."""
        limits = self._limits
        everyone = np.ones(len(limits.current), dtype=np.bool_)
        first = self._solve(everyone, limits.total)
        return Split(*freeze_doubtful_moves(first, limits, self._solve, self._sure, least, zone))

    def with_counterparts(self, best: Split, least: float, count: int) -> Split | None:
        """The larger changes of `best` with `count` smaller ones at most."""
        limits = self._limits
        x = fund_larger_changes(best.x, limits, self._solve, lambda x: self._sure(x) < least, count)
        if x is None:
            return None
        unchanged = x == limits.current
        return Split(x, unchanged, unchanged & ~reaches_dead_zone(best.x, limits.current))

    def _solve(self, free: BoolArray, rest: float) -> FloatArray:
        part = Response(self._curves.ceiling[free], self._curves.half[free])
        return water_fill(part, self._limits.lo[free], self._limits.hi[free], rest)
