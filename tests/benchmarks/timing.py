from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def ratio(ours: list[float], plain: list[float]) -> float:
    """Median of the ratios of runs that stood side by side: a slow moment hits both alike."""
    return round(median(a / b for a, b in zip(ours, plain, strict=True)), 3)


def middle(values: list[float]) -> float:
    return round(median(values), 4)
