"""Looks every four hours: the counts of the running day, and the engine when it is counted in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from optimization.stats.ab.arrays import analyze_arrays

Array = npt.NDArray[np.float64]
Names = npt.NDArray[np.intp]
LOOKS_A_DAY = 6


def running(rng: np.random.Generator, values: Array) -> Array:
    """Impressions and clicks, or any counts, so far at each look: (..., days) to (..., looks)."""
    rest = values.astype(np.int64)
    parts = np.zeros((*values.shape, LOOKS_A_DAY))
    for part in range(LOOKS_A_DAY):
        taken = rng.binomial(rest, 1 / (LOOKS_A_DAY - part))
        parts[..., part], rest = taken, rest - taken
    return np.cumsum(parts.reshape(*values.shape[:-1], -1), axis=-1)


def evenly(values: Array) -> Array:
    """The same for what runs evenly through a day, such as impressions and spend."""
    return np.cumsum(np.repeat(values / LOOKS_A_DAY, LOOKS_A_DAY, axis=-1), axis=-1)


def first_winners(clicks: Array, shown: Array, min_days: int = 3, **options: Any) -> Names:
    """First winner (tests,) where a caller passes the running day off as complete at every look.

    clicks and shown are running counts (tests, arms, looks).
    """
    winner = np.full(len(clicks), -1, dtype=np.intp)
    for look in range((min_days - 1) * LOOKS_A_DAY, clicks.shape[2]):
        ends = [*range(LOOKS_A_DAY - 1, look, LOOKS_A_DAY), look]
        values = np.zeros((len(clicks), 5, clicks.shape[1], len(ends)))
        values[:, 0], values[:, 1] = (np.diff(a[..., ends], prepend=0.0) for a in (shown, clicks))
        found = analyze_arrays(values, **options).winner
        winner = np.where(winner < 0, found, winner)
    return winner
