"""Rounds a split to whole minor units with an exact sum inside integer bounds."""

import math
from collections.abc import Sequence


def whole_units(x: Sequence[float], lo: Sequence[int], hi: Sequence[int], total: int) -> list[int]:
    """Integers near x with lo <= n <= hi whose sum is `total`, by largest remainder.

    Needs sum(lo) <= total <= sum(hi). Ties go to the earlier position.
    """
    units = [min(max(math.floor(v + 1e-6), low), high) for v, low, high in zip(x, lo, hi)]
    rest = total - sum(units)
    step = 1 if rest > 0 else -1
    order = sorted(range(len(units)), key=lambda i: (-step * (x[i] - units[i]), i))
    while rest != 0:
        room = [i for i in order if (units[i] < hi[i] if step > 0 else units[i] > lo[i])]
        if not room:
            raise ValueError("the total does not fit between the sums of lo and hi")
        each = max(1, abs(rest) // len(room))
        for i in room:
            limit = hi[i] - units[i] if step > 0 else units[i] - lo[i]
            moved = min(each, limit, abs(rest))
            units[i] += step * moved
            rest -= step * moved
            if rest == 0:
                break
    return units
