"""Exact split of a total over concave response curves inside bounds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimization.stats.budget.response.response import Response
from optimization.stats.common.metrics import BoolArray, FloatArray, IntArray

MAX_STEPS = 200
DEAD_ZONE = 0.10
FREEZE_ROUNDS = 12


def water_fill(response: Response, lo: FloatArray, hi: FloatArray, total: float) -> FloatArray:
    """Maximise the sum of revenue with sum(x) = total and lo <= x <= hi.

    At the optimum all unbounded campaigns have the same marginal revenue lambda:
    x = clip(sqrt(ceiling half / lambda) - half, lo, hi). Needs sum(lo) <= total <= sum(hi).
    """
    root = np.sqrt(response.ceiling * response.half)
    return solve_clipped_line(root, -response.half, lo, hi, total)


def proportional_fill(
    weight: FloatArray, lo: FloatArray, hi: FloatArray, total: float
) -> FloatArray:
    """Split in proportion to the weights inside the bounds; evenly where all weights are 0."""
    base = weight if weight.sum() > 0 else np.ones_like(weight)
    x = solve_clipped_line(base, np.zeros_like(base), lo, hi, total)
    spare = total - float(x.sum())
    room = np.where(base > 0, 0.0, hi - x)
    return x + room * min(1.0, max(0.0, spare) / room.sum()) if room.sum() > 0 else x


def solve_clipped_line(
    slope: FloatArray, offset: FloatArray, lo: FloatArray, hi: FloatArray, total: float
) -> FloatArray:
    """x(s) = clip(slope s + offset, lo, hi) with sum(x) = total, for slopes of 0 or more.

    The sum is increasing and piecewise linear in s = 1/sqrt(lambda), so Newton's step is exact
    once it is on the right piece; bisection of a bracket prevents oscillation.
    """
    rising = slope > 0
    if not rising.any():
        return np.clip(offset, lo, hi)
    begins = (lo[rising] - offset[rising]) / slope[rising]
    ends = (hi[rising] - offset[rising]) / slope[rising]
    low, high = float(begins.min()), float(ends.max())
    s = _middle(low, high)
    x = np.clip(slope * s + offset, lo, hi)
    for _ in range(MAX_STEPS):
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
    """The geometric mean where the bracket spans orders of magnitude, to need fewer steps."""
    if low > 0 and high > 4 * low:
        return float(np.sqrt(low) * np.sqrt(high))
    return 0.5 * (low + high)


@dataclass(frozen=True, slots=True, eq=False)
class SplitLimits:
    """What a split has to fit, in minor units, (campaigns,) each: it sums up to `total`."""

    current: FloatArray
    lo: FloatArray
    hi: FloatArray
    total: float

    @property
    def inside(self) -> BoolArray:
        """Which budgets may stay as they are."""
        return (self.current >= self.lo) & (self.current <= self.hi) & (self.current > 0)

    def has_room(self, free: BoolArray) -> bool:
        """Whether the `free` budgets can meet the total while the others stay."""
        rest = self.rest(free)
        return float(self.lo[free].sum()) <= rest <= float(self.hi[free].sum())

    def rest(self, free: BoolArray) -> float:
        """What the total leaves for the `free` budgets."""
        return self.total - float(self.current[~free].sum())


def freeze_doubtful_moves(
    x: FloatArray,
    limits: SplitLimits,
    solve: Callable[[BoolArray, float], FloatArray],
    certainty: Callable[[FloatArray], FloatArray],
    least: float,
    zone: float,
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Keep budgets whose change is too small or too uncertain, and split the rest again, while it
    fits.

    `solve(free, rest)` splits `rest` over the free campaigns. `certainty(x)` is the gain of each
    change, above what its money brings elsewhere, in its sds; a change needs `least` of it. Fewer
    edits disturb the platforms' learning less. Changes of less than `zone` of a budget stay first,
    then the most uncertain half of the others: their money makes the remaining changes larger, and
    perhaps certain. Where not all of them can stay, the first do. Returns the split, what stays,
    and what of it because its change is too small.
    """
    current, inside = limits.current, limits.inside
    unchanged, small = np.zeros(len(x), dtype=np.bool_), np.zeros(len(x), dtype=np.bool_)
    for _ in range(FREEZE_ROUNDS):
        doubtful = _doubtful(x, current, inside & ~unchanged, certainty, least, zone)
        count = _count_that_fit(doubtful, ~unchanged, limits)
        if count == 0:
            break
        staying = doubtful[:count]
        unchanged[staying] = True
        small[staying] = np.abs(x - current)[staying] < zone * current[staying]
        x = np.where(unchanged, current, x)
        if not unchanged.all():
            x[~unchanged] = solve(~unchanged, limits.rest(~unchanged))
    return x, unchanged, small


def _doubtful(
    x: FloatArray,
    current: FloatArray,
    free: BoolArray,
    certainty: Callable[[FloatArray], FloatArray],
    least: float,
    zone: float,
) -> IntArray:
    """Positions of the free campaigns that are to stay, in the order in which they should."""
    step = np.abs(x - current) / np.maximum(current, 1e-9)
    small = np.flatnonzero(free & (step < zone))
    sure = certainty(x)
    weak = np.flatnonzero(free & (step >= zone) & (sure < least))
    weak = weak[np.argsort(sure[weak], kind="stable")][: -(-len(weak) // 2)]
    return np.concatenate([small[np.argsort(step[small], kind="stable")], weak])


def _count_that_fit(small: IntArray, free: BoolArray, limits: SplitLimits) -> int:
    """How many of `small`, in order, can stay unchanged so that the others can meet the total."""
    lo, hi = limits.lo, limits.hi
    rest = limits.rest(free) - np.cumsum(limits.current[small])
    least = float(lo[free].sum()) - np.cumsum(lo[small])
    most = float(hi[free].sum()) - np.cumsum(hi[small])
    fits = np.flatnonzero((least <= rest) & (rest <= most))
    return int(fits[-1]) + 1 if len(fits) else 0
