"""Counts at looks every four hours, and the engine when the unfinished day counts as complete."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from optimization.stats.ab.arrays import analyze_arrays

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
LOOKS_A_DAY = 6


def running_counts(rng: np.random.Generator, values: Array) -> Array:
    """Cumulative counts at each look, split at random within a day: (..., days) to (..., looks)."""
    rest = values.astype(np.int64)
    parts = np.zeros((*values.shape, LOOKS_A_DAY))
    for part in range(LOOKS_A_DAY):
        drawn = rng.binomial(rest, 1 / (LOOKS_A_DAY - part))
        parts[..., part], rest = drawn, rest - drawn
    return np.cumsum(parts.reshape(*values.shape[:-1], -1), axis=-1)


def running_totals(values: Array) -> Array:
    """The same for values spread evenly over a day, such as impressions and spend."""
    return np.cumsum(np.repeat(values / LOOKS_A_DAY, LOOKS_A_DAY, axis=-1), axis=-1)


def first_winners(
    clicks: Array, impressions: Array, min_days: int = 3, **options: Any
) -> Positions:
    """First winner (tests,) where a caller marks the unfinished day as complete at every look.

    clicks and impressions are cumulative counts (tests, arms, looks).
    """
    winner = np.full(len(clicks), -1, dtype=np.intp)
    for look in range((min_days - 1) * LOOKS_A_DAY, clicks.shape[2]):
        ends = [*range(LOOKS_A_DAY - 1, look, LOOKS_A_DAY), look]
        values = np.zeros((len(clicks), 5, clicks.shape[1], len(ends)))
        for field, counts in enumerate((impressions, clicks)):
            values[:, field] = np.diff(counts[..., ends], prepend=0.0)
        found = analyze_arrays(values, **options).winner
        winner = np.where(winner < 0, found, winner)
    return winner
