"""Speed of the budget split: the solver against scipy's SLSQP, its growth, and whole rebalances.

The baseline is the method of marketing-mix packages: SLSQP with analytic gradient, an equality
constraint for the total and box bounds. Both get the same curves, bounds and total in one run.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from optimization.stats.budget.allocation.waterfill import water_fill
from optimization.stats.budget.response.response import Response
from optimization.stats.budget.split import allocate
from optimization.stats.common.metrics import FloatArray
from optimization.stats.common.money_split import whole_units
from tests.benchmarks.budget_families import FAMILIES
from tests.benchmarks.budget_market import Account, Market
from tests.benchmarks.budget_policies import day_of, inputs_of, total_of
from tests.benchmarks.timing import measure_seconds, rounded_median

SIZES = (10, 100, 1_000, 10_000, 100_000)
COMPARED = (10, 50, 100, 200, 500)
POOLS = (500, 5_000, 10_000)
REPEATS, SLOW_REPEATS, SLOW_FROM = 15, 3, 200
DAYS, TINY_PART = 56, 20
WITHIN = 0.19
# The packages' own tolerance is timed; with it SLSQP stops up to 4e-7 early at 500 campaigns.
USUAL, FINE = 1e-9, 1e-12
Problem = tuple[Response, FloatArray, FloatArray, float]

TARGETS = {
    "objective_gap": 1e-8,
    "growth": 2.0,
    "solver_10000_ms": 20.0,
    "rebalance_500_ms": 200.0,
    "rebalance_5000_ms": 1500.0,
    "rebalance_10000_ms": 3000.0,
}
FLOORS = {"times_faster_500": 1000.0}


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """`solver_n_ms` with whole cents; `growth` is the time per campaign at 100,000 over that at
    1,000; `times_faster_n` against SLSQP, `objective_gap` the largest relative difference of the
    objectives; `rebalance_n_ms` is CPU time from 56 days of rows to sentences. With `tiny` all
    sizes are a twentieth of those in the names."""
    part = TINY_PART if tiny else 1
    found = _growth(part) | _against_slsqp(part) | _rebalances(part)
    for name, value in found.items():
        sys.stderr.write(f"{name:<24}{value:>14.6g}\n")
    return found


def make_problem(n: int, seed: int = 1) -> Problem:
    """Curves around budgets in cents, bounds of 19 % either way, the current total."""
    rng = np.random.default_rng([seed, n])
    current = np.round(100 * np.exp(rng.normal(4.0, 0.8, n)))
    half = current * np.exp(rng.normal(np.log(2.0), 0.7, n))
    level = 3.0 * np.exp(rng.normal(0, 0.7, n))
    lo, hi = np.ceil(current * (1 - WITHIN)), np.floor(current * (1 + WITHIN))
    return Response(level * (current + half), half), lo, hi, float(current.sum())


def solve(given: Problem) -> FloatArray:
    """The solution in whole cents, as in a rebalance."""
    response, lo, hi, total = given
    cents: FloatArray = whole_units(water_fill(response, lo, hi, total), lo, hi, int(total)).astype(
        np.float64
    )
    return cents


def slsqp(given: Problem, tolerance: float) -> FloatArray:
    response, lo, hi, total = given
    # SLSQP needs units of the mean budget to converge.
    unit = total / len(lo)
    scale = 1.0 / float(response.revenue(lo).sum())
    found = minimize(
        lambda x: -scale * float(response.revenue(x * unit).sum()),
        np.clip(0.5 * (lo + hi), lo, hi) / unit,
        jac=lambda x: -scale * unit * response.marginal(x * unit),
        bounds=list(zip(lo / unit, hi / unit, strict=True)),
        constraints={
            "type": "eq",
            "fun": lambda x: float(x.sum()) - len(x),
            "jac": np.ones_like,
        },
        method="SLSQP",
        options={"ftol": tolerance, "maxiter": 1000},
    )
    best: FloatArray = found.x * unit
    return best


def _growth(part: int) -> dict[str, float]:
    took = {n: _times(make_problem(_size(n, part))) for n in SIZES}
    out = {
        f"solver_{n}_ms": rounded_median([1000 * one for one in times]) for n, times in took.items()
    }
    base, most = SIZES[-3], SIZES[-1]
    growth = float(np.median(took[most])) / most / (float(np.median(took[base])) / base)
    return out | {"growth": round(growth, 3)}


def _size(n: int, part: int) -> int:
    return max(n // part, 2)


def _times(given: Problem) -> list[float]:
    solve(given)
    return [measure_seconds(lambda: solve(given)) for _ in range(REPEATS)]


def _against_slsqp(part: int) -> dict[str, float]:
    out: dict[str, float] = {}
    gap = 0.0
    for n in COMPARED:
        given = make_problem(_size(n, part))
        response, lo, hi, total = given
        ours, theirs = water_fill(response, lo, hi, total), slsqp(given, FINE)
        best = float(response.revenue(theirs).sum())
        gap = max(gap, abs(best - float(response.revenue(ours).sum())) / best)
        out[f"times_faster_{n}"] = _times_faster(given)
    return out | {"objective_gap": gap}


def _times_faster(given: Problem) -> float:
    """Median over pairs of runs: a slow moment affects both of a pair."""
    quotients = []
    for _ in range(SLOW_REPEATS if len(given[1]) <= SLOW_FROM else 1):
        plain = measure_seconds(lambda: slsqp(given, USUAL))
        quotients.append(plain / float(np.median(_times(given))))
    return round(float(np.median(quotients)), 1)


def _rebalances(part: int) -> dict[str, float]:
    """CPU milliseconds of a whole `allocate`, with 56 days of rows."""
    out = {}
    for n in POOLS:
        family = replace(FAMILIES["large5000"], campaigns=_size(n, part))
        account = Account(Market(family, 1))
        while account.day < DAYS:
            account.play_day(account.market.start)
        inputs, total, day = inputs_of(account), total_of(account), day_of(account.day)
        took = []
        for _ in range(SLOW_REPEATS):
            began = time.process_time()
            allocate(total, inputs, as_of=day)
            took.append(1000 * (time.process_time() - began))
        out[f"rebalance_{n}_ms"] = rounded_median(took)
    return out
