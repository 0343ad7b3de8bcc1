"""Calibration of P(best) and the ROAS guard, by simulation."""

from __future__ import annotations

from math import exp

import numpy as np
import numpy.typing as npt

from optimization.stats.ab.arrays import analyze_arrays
from optimization.stats.ab.daily_analyses import analyze_every_day
from optimization.stats.ab.verdicts.rules import LIKELY, WINNER
from tests.benchmarks.ab_worlds import ORDER_VALUE, SPEND_PER_DAY, World, simulate_tests

Array = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
MIN_DAYS = 3
BINS = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0 + 1e-9])
MIN_IN_BIN = 200
CHUNK = 10_000
CALIBRATION_DAYS = (7, 10, 14)
CONVERSIONS = (1.0, 3.0, 10.0, 30.0)
ORDER_SPREADS = (0.5, 1.0, 1.5)


def calibration(rng: np.random.Generator, arms: int, noise: float, tests: int) -> list[Array]:
    """Rows of stated, observed, count for bins of P(best) above 0.5, for each day of the test."""
    chances: list[list[Array]] = [[] for _ in CALIBRATION_DAYS]
    best = []
    for size in _chunk_sizes(tests):
        values, effect = draw_tests(rng, World(arms, noise=noise), size)
        best.append(effect.argmax(axis=1)[:, None] == np.arange(arms))
        for found, day in zip(chances, CALIBRATION_DAYS, strict=True):
            found.append(analyze_arrays(values[..., :day]).prob_best)
    return [_calibration_rows(np.concatenate(found), np.concatenate(best)) for found in chances]


def draw_tests(rng: np.random.Generator, world: World, tests: int) -> tuple[Array, Array]:
    """Values and log effects (tests, arms) drawn from N(0, 0.2)."""
    effect = rng.normal(0, 0.2, (tests, world.arms))
    return simulate_tests(rng, world, tests, np.exp(effect)), effect


def _chunk_sizes(tests: int) -> list[int]:
    """Chunk sizes: all tests at once would need gigabytes of memory."""
    return [min(CHUNK, tests - start) for start in range(0, tests, CHUNK)]


def _calibration_rows(stated: Array, true: npt.NDArray[np.bool_]) -> Array:
    at = np.digitize(stated.ravel(), BINS) - 1
    rows = []
    for number in range(len(BINS) - 1):
        inside = at == number
        if inside.sum() >= MIN_IN_BIN:
            of, hit = stated.ravel()[inside], true.ravel()[inside]
            rows.append([of.mean(), hit.mean(), inside.sum()])
    return np.array(rows, dtype=np.float64).reshape(len(rows), 3)


def first_likely_leader(values: Array) -> Positions:
    """First arm (tests,) named likely leader or winner over 12 daily looks, -1 for none."""
    leader = np.full(len(values), -1, dtype=np.intp)
    for day in range(MIN_DAYS, values.shape[3] + 1):
        result = analyze_arrays(values[..., :day])
        is_new = (leader < 0) & np.isin(result.status, (LIKELY, WINNER))
        leader[is_new] = result.leader[is_new]
    return leader


def guard_pause_rates(
    rng: np.random.Generator, true_over_target: float, tests: int
) -> dict[str, float]:
    """Share of arms ever paused over 14 daily looks, by conversions a day and order spread."""
    found = {}
    for spread in ORDER_SPREADS:
        for a_day in CONVERSIONS:
            world = World(conversions=a_day, noise=0.15, order_spread=spread)
            roas = a_day * ORDER_VALUE / SPEND_PER_DAY
            # E[v^2] / E[v]^2 of log-normal order values; an account can compute it from its orders.
            verdicts = analyze_every_day(
                simulate_tests(rng, world, tests // 2),
                target_roas=roas / true_over_target,
                order_value_dispersion=exp(spread**2),
            )
            found[f"{a_day:g}_a_day_spread_{spread:g}"] = float(verdicts.pause.mean())
    return found
