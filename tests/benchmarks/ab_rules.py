"""Simple rules for comparison: the best CTR wins, and fixed-sample tests repeated at every look.

Counts are cumulative: (tests, arms, looks). Winners are positions of arms, -1 for none.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtr

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]
MIN_DAYS = 3
SIGNIFICANT = 0.05
FAR_BEHIND = 0.8


def best_rate(events: Array, exposure: Array) -> Positions:
    """The simple rule: the best CTR wins, (tests,) at the first look."""
    return np.asarray(np.argmax(events[..., 0] / exposure[..., 0], axis=1), dtype=np.intp)


def arms_far_behind(events: Array, exposure: Array) -> Flags:
    """The simple rule's losers (tests, arms): a CTR 20 % below the best at any look."""
    rate = events / exposure
    behind = rate < FAR_BEHIND * rate.max(axis=1, keepdims=True)
    return np.asarray(behind.any(axis=2), dtype=np.bool_)


def z_test(events: Array, exposure: Array, *, shares: bool) -> Positions:
    """First arm that beats the runner-up by a pooled z-test at any look.

    `shares`: events are part of the exposure (clicks of impressions), else Poisson counts.
    """
    rate = events / exposure
    first, second = np.moveaxis(np.argsort(-rate, axis=1)[:, :2], 1, 0)
    x1, x2, n1, n2 = (_take_arms(a, arm) for a in (events, exposure) for arm in (first, second))
    pooled = (x1 + x2) / (n1 + n2)
    spread = pooled * (1 - pooled) if shares else pooled
    error = np.sqrt(np.maximum(spread * (1 / n1 + 1 / n2), 1e-30))
    return _first_winner(first, 2 * ndtr(-(x1 / n1 - x2 / n2) / error))


def welch_test(daily: Array) -> Positions:
    """First arm whose mean of daily ratios (tests, arms, days) beats the runner-up's by Welch's t,
    repeated after each day from the third."""
    days = np.arange(1.0, daily.shape[2] + 1)
    mean = np.cumsum(daily, axis=2) / days
    square = np.cumsum(daily**2, axis=2) / days - mean**2
    error = np.maximum(square, 1e-30) / np.maximum(days - 1, 1)
    first, second = np.moveaxis(np.argsort(-mean, axis=1)[:, :2], 1, 0)
    m1, m2, e1, e2 = (_take_arms(a, arm) for a in (mean, error) for arm in (first, second))
    df = (e1 + e2) ** 2 / ((e1**2 + e2**2) / np.maximum(days - 1, 1))
    p = 2 * stdtr(df, -(m1 - m2) / np.sqrt(e1 + e2))
    return _first_winner(first[:, MIN_DAYS - 1 :], p[:, MIN_DAYS - 1 :])


def _take_arms(cells: Array, arms: Positions) -> Array:
    """The cells (tests, arms, looks) of one arm per look (tests, looks)."""
    return np.take_along_axis(cells, arms[:, None], axis=1)[:, 0]


def _first_winner(leader: Positions, p: Array) -> Positions:
    significant = p < SIGNIFICANT
    look = significant.argmax(axis=1)[:, None]
    named = np.take_along_axis(leader, look, axis=1)[:, 0]
    return np.where(significant.any(axis=1), named, -1)
