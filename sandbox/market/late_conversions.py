"""Figures of a day as the vendor reports them later: late conversions, credited clicks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sandbox.market import rng
from sandbox.market.auction import Cells
from sandbox.market.rng import Floats, Ints, Keys

# Share of a click day's conversions that is known, by days since that day (0: the same day).
COMPLETENESS = np.array(
    [0.40, 0.56, 0.72, 0.80, 0.86, 0.90, 0.93, 0.95, 0.965, 0.975, 0.983, 0.989, 0.994, 0.998, 1.0]
)
# Share of the invalid clicks that is credited, by days since that day.
CREDITED = np.array([0.0, 0.0, 0.5, 1.0])
_ORDER_SD = 0.5
_HALF_CREDIT_CHANCE = 0.15  # Google attributes some conversions half to another click
MEAN_CREDIT = 1 - 0.5 * _HALF_CREDIT_CHANCE


def known_conversions(cells: Cells, today: int) -> Ints:
    known = cells.orders * COMPLETENESS[_ages(cells, today, len(COMPLETENESS))]
    return np.asarray(np.floor(known + rng.uniforms(cells.key, 21) * (1 - 1e-9)), dtype=np.int64)


def reported_clicks_and_spend(cells: Cells, today: int) -> tuple[Ints, Ints]:
    share = CREDITED[_ages(cells, today, len(CREDITED))]
    clicks = cells.clicks - np.floor(cells.invalid_clicks * share).astype(np.int64)
    spend = cells.spend - np.floor(cells.credit * share / 10_000).astype(np.int64) * 10_000
    return clicks, spend


def reported_conversions_and_revenue(
    cells: Cells, today: int, *, shared: bool
) -> tuple[Floats, Ints]:
    """Conversions (fractions when `shared` with other clicks) and revenue in micros, per cell."""
    known = known_conversions(cells, today)
    cell = np.repeat(np.arange(len(known)), known)
    rank = np.arange(len(cell)) - np.repeat(np.cumsum(known) - known, known)
    keys = rng.derive_keys(cells.key[cell], 31) ^ rng.derive_keys(rank.astype(np.uint64), 32)
    weight = _weights(keys) if shared else np.ones(len(cell))
    value = cells.order_value[cell] * np.exp(_ORDER_SD * rng.normals(keys, 33) - _ORDER_SD**2 / 2)
    cents = np.rint(value * weight * 100).astype(np.int64) * 10_000
    conversions = np.bincount(cell, weights=weight, minlength=len(known)).astype(np.float64)
    revenue = np.bincount(cell, weights=cents, minlength=len(known))
    return conversions, np.rint(revenue).astype(np.int64)


def _weights(keys: Keys) -> Floats:
    is_half = rng.uniforms(keys, 34) < _HALF_CREDIT_CHANCE
    return np.where(is_half, 0.5, 1.0)


def _ages(cells: Cells, today: int, steps: int) -> npt.NDArray[np.int64]:
    return np.clip(today - cells.day, 0, steps - 1)
