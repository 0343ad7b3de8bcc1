"""Exact split of a total over concave response curves inside bounds."""

from collections.abc import Callable

import numpy as np

from optimization.stats.budget.response.response import Response
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray

MOST_STEPS = 200
DEAD_ZONE = 0.10
FREEZE_ROUNDS = 5


def water_fill(response: Response, lo: FloatArray, hi: FloatArray, total: float) -> FloatArray:
    """Maximise the sum of revenue with sum(x) = total and lo <= x <= hi.

    At the optimum all unbounded campaigns have the same marginal revenue lambda:
    x = clip(sqrt(ceiling half / lambda) - half, lo, hi). Needs sum(lo) <= total <= sum(hi).
    """
    root = np.sqrt(response.ceiling * response.half)
    return clipped_line(root, -response.half, lo, hi, total)


def proportional_fill(
    weight: FloatArray, lo: FloatArray, hi: FloatArray, total: float
) -> FloatArray:
    """Split in proportion to the weights inside the bounds; evenly where all weights are 0."""
    base = weight if weight.sum() > 0 else np.ones_like(weight)
    x = clipped_line(base, np.zeros_like(base), lo, hi, total)
    spare = total - float(x.sum())
    room = np.where(base > 0, 0.0, hi - x)
    return x + room * min(1.0, max(0.0, spare) / room.sum()) if room.sum() > 0 else x


def clipped_line(
    slope: FloatArray, offset: FloatArray, lo: FloatArray, hi: FloatArray, total: float
) -> FloatArray:
    """x(s) = clip(slope s + offset, lo, hi) with sum(x) = total, for slopes of 0 or more.

    The sum is rising and piecewise linear in s = 1/sqrt(lambda), so Newton's step lands exactly
    once the right piece is found; a bracket that halves guards against stepping to and fro.
    """
    rising = slope > 0
    if not rising.any():
        return np.clip(offset, lo, hi)
    begins = (lo[rising] - offset[rising]) / slope[rising]
    ends = (hi[rising] - offset[rising]) / slope[rising]
    low, high = float(begins.min()), float(ends.max())
    s = _middle(low, high)
    x = np.clip(slope * s + offset, lo, hi)
    for _ in range(MOST_STEPS):
        line = slope * s + offset
        x = np.clip(line, lo, hi)
        gap = total - float(x.sum())
        if gap == 0.0:
            break
        low, high = (s, high) if gap > 0 else (low, s)
        steep = float(slope[(line > lo) & (line < hi)].sum())
        step = s + gap / steep if steep > 0 else np.inf
        following = step if low < step < high else _middle(low, high)
        if following in (s, low, high):
            break
        s = following
    return x


def _middle(low: float, high: float) -> float:
    """Geometric where the bracket spans magnitudes, so that it still closes in few steps."""
    if low > 0 and high > 4 * low:
        return float(np.sqrt(low) * np.sqrt(high))
    return 0.5 * (low + high)


def freeze_small_moves(
    x: FloatArray,
    current: FloatArray,
    lo: FloatArray,
    hi: FloatArray,
    total: float,
    solve: Callable[[BoolArray, float], FloatArray],
) -> tuple[FloatArray, BoolArray]:
    """Keep budgets that would move by less than 10 % and split the rest again, while it fits.

    `solve(free, rest)` splits `rest` over the free campaigns. Fewer edits cost the platforms'
    learning less and lose next to nothing. Where not all can be kept, the smallest moves are.
    """
    inside = (current >= lo) & (current <= hi) & (current > 0)
    kept = np.zeros(len(x), dtype=np.bool_)
    for _ in range(FREEZE_ROUNDS):
        small = np.flatnonzero(inside & ~kept & (np.abs(x - current) < DEAD_ZONE * current))
        small = small[np.argsort(np.abs(x - current)[small] / current[small], kind="stable")]
        count = _most_that_fit(small, ~kept, current, lo, hi, total - float(current[kept].sum()))
        if count == 0:
            break
        kept[small[:count]] = True
        x = np.where(kept, current, x)
        if not kept.all():
            x[~kept] = solve(~kept, total - float(current[kept].sum()))
    return x, kept


def _most_that_fit(
    small: IntArray,
    free: BoolArray,
    current: FloatArray,
    lo: FloatArray,
    hi: FloatArray,
    total: float,
) -> int:
    """How many of `small`, in their order, can be kept so that the others can meet the total."""
    rest = total - np.cumsum(current[small])
    least = float(lo[free].sum()) - np.cumsum(lo[small])
    most = float(hi[free].sum()) - np.cumsum(hi[small])
    fits = np.flatnonzero((least <= rest) & (rest <= most))
    return int(fits[-1]) + 1 if len(fits) else 0
