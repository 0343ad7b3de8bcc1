"""Helpers to measure and compare run times."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def measure_seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def median_ratio(ours: list[float], plain: list[float]) -> float:
    """Median of the ratios of runs made in pairs: a slow moment affects both of a pair."""
    return round(median(a / b for a, b in zip(ours, plain, strict=True)), 3)


def rounded_median(values: list[float]) -> float:
    return round(median(values), 4)
