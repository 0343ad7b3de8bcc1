"""Simulated tests: counts with common days, arm-day noise, drift, moving delivery and revenue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimization.stats.common.metrics import FIELDS

Array = npt.NDArray[np.float64]
DAYS = 14
CTR = 0.01
COMMON_DAY = 0.2
SPEND_PER_DAY = 1_000.0
ORDER_VALUE = 50.0


@dataclass(frozen=True)
class World:
    """One kind of test.

    lifts: of the first arms over the others, as fractions; noise and drift: arm-day coefficient
    of variation and its correlation from day to day; growth: the last day's traffic over the
    first's; moving: coefficient of variation of each arm's daily share of the delivery.
    conversions: mean a day of an arm, 0 for CTR tests; order_spread: log sd of order values.
    """

    arms: int = 2
    impressions: float = 10_000.0
    noise: float = 0.0
    lifts: tuple[float, ...] = ()
    drift: float = 0.0
    growth: float = 1.0
    moving: float = 0.0
    conversions: float = 0.0
    order_spread: float = 1.0


def simulate_tests(
    rng: np.random.Generator, world: World, tests: int, level: Array | None = None
) -> Array:
    """Values (tests, fields, arms, days); `level` (tests, arms) replaces the world's lifts."""
    shape = (tests, world.arms, DAYS)
    if level is None:
        level = np.ones((1, world.arms))
        level[0, : len(world.lifts)] += world.lifts
    rate = level[:, :, None] * _log_normal(rng, COMMON_DAY, (tests, 1, DAYS))
    rate = rate * np.exp(world.noise * _day_noise(rng, shape, world.drift) - world.noise**2 / 2)
    traffic = np.linspace(1.0, world.growth, DAYS) * _log_normal(rng, world.moving, shape)
    values = np.zeros((tests, len(FIELDS), world.arms, DAYS))
    values[:, 0] = np.round(world.impressions * traffic)
    clicks = rng.poisson(values[:, 0] * CTR * (1.0 if world.conversions else rate))
    values[:, 1] = np.minimum(clicks, values[:, 0])
    if world.conversions:
        values[:, 2] = rng.poisson(world.conversions * traffic * rate)
        values[:, 3] = SPEND_PER_DAY * traffic
        values[:, 4] = _revenue(rng, values[:, 2], world.order_spread)
    return values


def _log_normal(rng: np.random.Generator, spread: float, shape: tuple[int, ...]) -> Array:
    """Log-normal factors with mean 1, so that a world's rates are its stated ones."""
    return np.exp(rng.normal(0, spread, shape) - spread**2 / 2)


def _day_noise(rng: np.random.Generator, shape: tuple[int, ...], drift: float) -> Array:
    """Standard normal noise, correlated by `drift` from one day to the next."""
    steps = rng.normal(0, 1, shape)
    for day in range(1, shape[2] if drift else 0):
        innovation = np.sqrt(1 - drift**2) * steps[..., day]
        steps[..., day] = drift * steps[..., day - 1] + innovation
    return steps


def _revenue(rng: np.random.Generator, orders: Array, spread: float) -> Array:
    """The sum of one log-normal order value per order, with mean ORDER_VALUE."""
    flat = orders.ravel().astype(np.intp)
    values = ORDER_VALUE * np.exp(rng.normal(0, spread, int(flat.sum())) - spread**2 / 2)
    owner = np.repeat(np.arange(len(flat)), flat)
    totals = np.bincount(owner, values, minlength=len(flat)).astype(np.float64)
    return totals.reshape(orders.shape)
