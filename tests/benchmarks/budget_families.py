"""The families of simulated accounts. Their parameters were set by the oracle's gain alone, before
any learning policy was run on them; do not tune them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HISTORY = 28
SEEDS = (1, 2, 3, 4, 5, 6)
MANY_SEEDS = tuple(range(1, 21))  # where little can be gained, six say too little


@dataclass(frozen=True)
class Family:
    """`level_sd`, `scale_sd` and `misfit_sd` are sds of logarithms: of the return, of the campaign
    size, and of the starting budgets around it. `skill` is how much these follow the return."""

    number: int
    campaigns: int
    conversions: float
    """Mean per campaign and day."""
    level_sd: float
    misfit_sd: float
    skill: float = 0.0
    scale_sd: float = 0.6
    start: Literal["scale", "optimal"] = "scale"
    declining: float = 0.0
    limited: float = 0.2
    """Share of campaigns with a small audience, which cannot spend beyond it."""
    capacity: tuple[float, float] = (0.8, 1.6)
    """Range of the size of that audience, in starting budgets."""
    alike: bool = False
    days: int = 60
    seeds: tuple[int, ...] = SEEDS


FAMILIES: dict[str, Family] = {
    "small5": Family(1, 5, 12.0, 0.7, 0.6),
    "mid50": Family(2, 50, 8.0, 0.9, 0.5),
    "large500": Family(3, 500, 8.0, 0.7, 0.5),
    "large5000": Family(4, 5000, 8.0, 0.75, 0.5, days=30, seeds=(1,)),
    "sparse50": Family(5, 50, 0.8, 0.7, 0.5),
    "dying50": Family(6, 50, 8.0, 0.85, 0.5, declining=0.3),
    "poorstart50": Family(7, 50, 8.0, 0.75, 0.5, skill=-0.3),
    "goodstart50": Family(
        8, 50, 8.0, 0.8, 0.4, start="optimal", capacity=(0.9, 2.0), seeds=MANY_SEEDS
    ),
    "null50": Family(
        9, 50, 8.0, 0.0, 0.0, scale_sd=0.0, alike=True, capacity=(1.0, 1.3), seeds=MANY_SEEDS
    ),
}
# Gain in per cent of a split with perfect information, to which the parameters above were set.
ORACLE_AIM = {
    "small5": 16.7,
    "mid50": 37.6,
    "large500": 42.0,
    "large5000": 34.2,
    "sparse50": 36.3,
    "dying50": 55.4,
    "poorstart50": 62.8,
    "goodstart50": 5.3,
    "null50": 0.4,
}
