"""The hidden response curves of simulated campaigns, and the best split over known curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimization.stats.common.metrics import FloatArray, IntArray
from tests.benchmarks.budget_families import Family

LEVEL, VALUE = 3.0, 60.0  # revenue per unit of spend at a campaign's scale, and per conversion
Revenue = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Curves:
    """Mean daily revenue by spend, (campaigns,) each; kind 0 saturates, 1 power, 2 S-shaped."""

    kind: IntArray
    level: FloatArray
    scale: FloatArray
    shape: FloatArray
    slope: FloatArray

    def revenue(self, spend: FloatArray) -> FloatArray:
        """`spend` is (campaigns,) or (points, campaigns)."""
        u = np.maximum(spend, 0.0) / self.scale
        smooth = u * (self.shape + 1) / (self.shape + u)
        power = u**self.slope
        bent = power * (self.shape**self.slope + 1) / (self.shape**self.slope + power)
        unit = np.where(self.kind == 0, smooth, np.where(self.kind == 1, power, bent))
        revenue: FloatArray = self.level * self.scale * unit
        return revenue


def draw_curves(family: Family, rng: np.random.Generator) -> Curves:
    n = family.campaigns
    kind = np.zeros(n, dtype=np.intp)
    if not family.alike:
        kind = rng.choice(3, n, p=[0.6, 0.25, 0.15]).astype(np.intp)
    shape = 2.0 * np.exp(rng.normal(0, 0.0 if family.alike else 0.7, n))
    shape = np.where(kind == 2, rng.uniform(0.4, 1.2, n), shape)
    slope = np.where(kind == 2, rng.uniform(1.2, 1.8, n), rng.uniform(0.5, 0.8, n))
    level = LEVEL * np.exp(family.level_sd * np.clip(rng.normal(0, 1, n), -2.5, 2.5))
    scale = np.exp(rng.normal(0, family.scale_sd, n))
    scale *= family.conversions * VALUE / LEVEL / scale.mean()
    return Curves(kind, level, scale, shape, slope)


def best_split(
    revenue: Revenue, lo: FloatArray, hi: FloatArray, total: float, *, pieces: int = 24
) -> FloatArray:
    """Greatest sum of revenue with sum(x) = total: the steepest pieces of all curves first.

    Each curve is cut into pieces of spend; a convex part at its start counts with its best average
    slope.
    """
    grid = lo + (hi - lo) * np.linspace(0.0, 1.0, pieces + 1)[:, None]
    value = revenue(grid)
    width = (hi - lo) / pieces
    positive = np.maximum(width, 1e-12)
    slope = np.diff(value, axis=0) / positive
    ahead = (value[1:] - value[0]) / (positive * np.arange(1, pieces + 1)[:, None])
    best = ahead.argmax(axis=0)
    first = np.arange(pieces)[:, None] <= best
    slope = np.where(first, ahead.max(axis=0), slope)
    order = np.argsort(-slope.ravel(), kind="stable")
    sizes = np.broadcast_to(width, slope.shape).ravel()[order]
    rest = total - float(lo.sum())
    chosen = np.clip(rest - (np.cumsum(sizes) - sizes), 0.0, sizes)
    x: FloatArray = lo + np.bincount(order % len(lo), weights=chosen, minlength=len(lo))
    return x
