"""Calibration of P(best), the ROAS guard, and noise learned from history, by simulation."""

from __future__ import annotations

from math import exp

import numpy as np
import numpy.typing as npt

from optimization.stats.ab.arrays import analyze_arrays
from optimization.stats.ab.daily_analyses import analyze_every_day
from optimization.stats.ab.history import learn_noise
from optimization.stats.ab.verdict import LIKELY, WINNER
from tests.benchmarks.ab_worlds import ORDER_VALUE, SPEND_PER_DAY, World, make

Array = npt.NDArray[np.float64]
Names = npt.NDArray[np.intp]
MIN_DAYS = 3
BINS = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0 + 1e-9])
LEAST_IN_BIN = 200
PIECE = 10_000
CALIBRATION_DAYS = (7, 10, 14)
CONVERSIONS = (1.0, 3.0, 10.0, 30.0)
ORDER_SPREADS = (0.5, 1.0, 1.5)


def calibration(rng: np.random.Generator, arms: int, noise: float, tests: int) -> list[Array]:
    """Rows of stated, observed, count for bins of P(best) above 0.5, per day of the test."""
    chances: list[list[Array]] = [[] for _ in CALIBRATION_DAYS]
    best = []
    for size in _pieces(tests):
        values, effect = drawn(rng, World(arms, noise=noise), size)
        best.append(effect.argmax(axis=1)[:, None] == np.arange(arms))
        for found, day in zip(chances, CALIBRATION_DAYS):
            found.append(analyze_arrays(values[..., :day]).prob_best)
    return [_binned(np.concatenate(found), np.concatenate(best)) for found in chances]


def drawn(rng: np.random.Generator, world: World, tests: int) -> tuple[Array, Array]:
    """Values and log effects (tests, arms); the effects are drawn from N(0, 0.2)."""
    effect = rng.normal(0, 0.2, (tests, world.arms))
    return make(rng, world, tests, np.exp(effect)), effect


def _pieces(tests: int) -> list[int]:
    """Sizes of at most PIECE tests: all of them at once would take gigabytes."""
    return [min(PIECE, tests - start) for start in range(0, tests, PIECE)]


def _binned(stated: Array, true: npt.NDArray[np.bool_]) -> Array:
    at = np.digitize(stated.ravel(), BINS) - 1
    rows = []
    for number in range(len(BINS) - 1):
        inside = at == number
        if inside.sum() >= LEAST_IN_BIN:
            of, hit = stated.ravel()[inside], true.ravel()[inside]
            rows.append([of.mean(), hit.mean(), inside.sum()])
    return np.array(rows, dtype=np.float64).reshape(len(rows), 3)


def first_named(values: Array) -> Names:
    """First arm (tests,) called likely leader or winner over 12 daily looks, -1 for none."""
    named = np.full(len(values), -1, dtype=np.intp)
    for day in range(MIN_DAYS, values.shape[3] + 1):
        look = analyze_arrays(values[..., :day])
        fresh = (named < 0) & np.isin(look.status, (LIKELY, WINNER))
        named[fresh] = look.leader[fresh]
    return named


def guard(rng: np.random.Generator, true_over_target: float, tests: int) -> dict[str, float]:
    """Share of arms ever paused over 14 daily looks, by conversions a day and order spread."""
    found = {}
    for spread in ORDER_SPREADS:
        for a_day in CONVERSIONS:
            world = World(conversions=a_day, noise=0.15, order_spread=spread)
            roas = a_day * ORDER_VALUE / SPEND_PER_DAY
            # E[v^2] / E[v]^2 of log-normal order values; an account knows it from its orders.
            life = analyze_every_day(
                make(rng, world, tests // 2),
                target_roas=roas / true_over_target,
                order_value_dispersion=exp(spread**2),
            )
            found[f"{a_day:g}_a_day_spread_{spread:g}"] = float(life.pause.mean())
    return found


def learned(rng: np.random.Generator, past: float, now: float, tests: int) -> dict[str, float]:
    """False winners and power at +20 % with the noise of 30 finished tests, and without it."""
    history = make(rng, World(3, noise=past), 30).transpose(0, 2, 3, 1)
    known = learn_noise(list(history))
    equal = make(rng, World(noise=now), tests)
    better = make(rng, World(noise=now, lifts=(0.2,)), tests)
    return {
        "false": float((analyze_every_day(equal, s0=known.s0, v0=known.v0).winner >= 0).mean()),
        "power": float((analyze_every_day(better, s0=known.s0, v0=known.v0).winner == 0).mean()),
        "power_without": float((analyze_every_day(better).winner == 0).mean()),
    }
