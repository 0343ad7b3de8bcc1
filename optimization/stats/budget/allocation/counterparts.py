"""Few counterparts for changes that reach the dead zone.

A large campaign cannot give a small one 10 % of itself. Where no split of larger changes gains,
a smaller change is made, but only as the other side of a larger one, and in as few budgets as can
be.
"""

from collections.abc import Callable

import numpy as np

from optimization.stats.budget.allocation.waterfill import (
    DEAD_ZONE,
    FREEZE_ROUNDS,
    SplitLimits,
)
from optimization.stats.common.metrics import BoolArray, FloatArray

MOST_COUNTERPARTS = 8
"""More edits than that disturb more than one larger change brings."""


def fund_larger_changes(
    x: FloatArray,
    limits: SplitLimits,
    solve: Callable[[BoolArray, float], FloatArray],
    is_doubtful: Callable[[FloatArray], BoolArray],
    count: int,
) -> FloatArray | None:
    """The changes of `x` that reach the dead zone, with `count` smaller ones at most that go the
    other way; every other budget stays. None where these cannot fund each other.

    `solve(free, rest)` splits `rest` over the free campaigns; `is_doubtful(x)` tells which changes
    are not worth making.
    """
    current, forced = limits.current, ~limits.inside
    large = forced | reaches_dead_zone(x, current)
    net = float((x - current)[large].sum()) - (limits.total - float(current.sum()))
    others = np.where(large, 0.0, -np.sign(net) * (x - current))
    small = np.zeros(len(x), dtype=np.bool_)
    small[np.argsort(-others, kind="stable")[:count]] = True
    small &= others > 0
    for _ in range(FREEZE_ROUNDS):
        free = large | small
        if not (large & ~forced).any() or not limits.has_room(free):
            return None
        split = current.copy()
        split[free] = solve(free, limits.rest(free))
        step, doubtful = split - current, is_doubtful(split)
        weak = large & ~forced & (~reaches_dead_zone(split, current) | doubtful)
        wrong = small & ((-np.sign(net) * step <= 0) | doubtful)
        if not (weak | wrong).any():
            return split
        large, small = large & ~weak, small & ~wrong
    return None


def reaches_dead_zone(x: FloatArray, current: FloatArray) -> BoolArray:
    """Which changes reach the dead zone, in whole minor units."""
    large: BoolArray = np.abs(np.rint(x - current)) >= DEAD_ZONE * current
    return large
