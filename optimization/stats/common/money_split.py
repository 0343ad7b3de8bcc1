"""Rounds a split to whole minor units with an exact sum inside integer bounds."""

import numpy as np
import numpy.typing as npt

from optimization.stats.common.metrics import IntArray

_FLOAT_TOLERANCE = 1e-6  # 99.9999999 minor units are 100 with a rounding error


def whole_units(x: npt.ArrayLike, lo: npt.ArrayLike, hi: npt.ArrayLike, total: int) -> IntArray:
    """Integers near x with lo <= n <= hi whose sum is `total`, by largest remainder.

    Needs sum(lo) <= total <= sum(hi). Ties go to the earlier position.
    """
    target = np.asarray(x, dtype=np.float64)
    least, most = np.asarray(lo, dtype=np.intp), np.asarray(hi, dtype=np.intp)
    units = np.clip(np.floor(target + _FLOAT_TOLERANCE).astype(np.intp), least, most)
    rest = total - int(units.sum())
    step = 1 if rest > 0 else -1
    order = np.argsort(-step * (target - units), kind="stable")
    while rest != 0:
        moved = _distribute_once(order, most - units if step > 0 else units - least, abs(rest))
        if not moved.any():
            raise ValueError("the total does not fit between the sums of lo and hi")
        units += step * moved
        rest -= step * int(moved.sum())
    return units


def _distribute_once(order: IntArray, room: IntArray, rest: int) -> IntArray:
    """One round: the same number of units to each position with room left, in the given order."""
    chosen = order[room[order] > 0]
    each = max(1, rest // max(len(chosen), 1))
    share = np.minimum(room[chosen], each)
    before = np.cumsum(share) - share
    moved = np.zeros_like(room)
    moved[chosen] = np.clip(rest - before, 0, share)
    return moved
