"""Exact split of a total over concave response curves inside bounds."""

from collections.abc import Callable

import numpy as np

from optimization.stats.metrics import BoolArray, FloatArray
from optimization.stats.response import Response

BISECTIONS = 60
DEAD_ZONE = 0.10

Split = Callable[[float], FloatArray]


def water_fill(response: Response, lo: FloatArray, hi: FloatArray, total: float) -> FloatArray:
    """Maximise the sum of revenue with sum(x) = total and lo <= x <= hi.

    At the optimum all unbounded campaigns have the same marginal revenue lambda:
    x = clip(sqrt(ceiling half / lambda) - half, lo, hi), and sum(x) falls with lambda.
    """
    product = response.ceiling * response.half

    def spend_at(log_lambda: float) -> FloatArray:
        clipped: FloatArray = np.clip(
            np.sqrt(product) * np.exp(-log_lambda / 2) - response.half, lo, hi
        )
        return clipped

    lowest = float(np.log(np.maximum(response.marginal(hi), 1e-300)).min()) - 1
    highest = float(np.log(np.maximum(response.marginal(lo), 1e-300)).max()) + 1
    # Bisection runs on a rising function, so the sign of log lambda is turned.
    return solve_monotone(lambda s: spend_at(-s), -highest, -lowest, total)


def proportional_fill(
    weight: FloatArray, lo: FloatArray, hi: FloatArray, total: float
) -> FloatArray:
    """Split in proportion to the weights inside the bounds; evenly where all weights are 0."""
    base = weight if weight.sum() > 0 else np.ones_like(weight)
    positive = base > 0
    largest = float((hi[positive] / base[positive]).max()) + 1
    x = solve_monotone(lambda s: np.clip(s * base, lo, hi), 0.0, largest, total)
    spare = total - float(x.sum())
    room = np.where(positive, 0.0, hi - x)
    return x + room * min(1.0, max(0.0, spare) / room.sum()) if room.sum() > 0 else x


def solve_monotone(split: Split, low: float, high: float, total: float) -> FloatArray:
    """x(s) with sum(x) = total, for x rising in s; interpolates inside the last bracket."""
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if split(middle).sum() < total:
            low = middle
        else:
            high = middle
    below, above = split(low), split(high)
    gap = float(above.sum() - below.sum())
    theta = (total - float(below.sum())) / gap if gap > 0 else 0.0
    return below + min(max(theta, 0.0), 1.0) * (above - below)


def freeze_small_moves(
    x: FloatArray,
    current: FloatArray,
    lo: FloatArray,
    hi: FloatArray,
    total: float,
    solve: Callable[[BoolArray, float], FloatArray],
) -> tuple[FloatArray, BoolArray]:
    """Keep budgets that would move by less than 10 % and split the rest again, if it fits.

    `solve(free, rest)` splits `rest` over the free campaigns. Fewer edits cost the platforms'
    learning less and lose next to nothing.
    """
    inside = (current >= lo) & (current <= hi) & (current > 0)
    frozen = inside & (np.abs(x - current) < DEAD_ZONE * current)
    free = ~frozen
    rest = total - float(current[frozen].sum())
    fits = float(lo[free].sum()) <= rest <= float(hi[free].sum())
    if not frozen.any() or not fits:
        return x, np.zeros_like(frozen)
    out = np.where(frozen, current, x)
    if free.any():
        out[free] = solve(free, rest)
    return out, frozen
