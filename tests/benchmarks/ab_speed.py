"""Speed of the verdicts of 10,000 tests, against a baseline with statsmodels and scipy.

The baseline fits the quasi-Poisson model of each test and integrates each arm's probability to be
the best. The engine fits the same effects (a test compares both), integrates the same
probabilities and expected losses under its own prior, and adds verdicts and intervals.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimization.stats.ab.arrays import analyze_arrays
from optimization.stats.ab.engine import analyze, analyze_many
from optimization.stats.common.metrics import FIELDS
from tests.benchmarks.timing import measure_seconds, median_ratio, rounded_median

Array = npt.NDArray[np.float64]
ARMS, DAYS = 5, 14
TESTS, BASELINE_TESTS, REPEATS = 10_000, 60, 5
TARGETS = {"batch_ratio": 0.05, "rows_ratio": 0.1, "single_ratio": 1.0}


def measure(folder: Path, *, tiny: bool) -> dict[str, float]:
    """Milliseconds per test: arrays in one batch, rows in one batch, rows one by one, baseline."""
    tests, looped = (200, 3) if tiny else (TESTS, BASELINE_TESTS)
    values = make_tests(np.random.default_rng(1), tests)
    rows = [to_rows(one) for one in values[: 20 * looped]]
    _warm_up(values, rows)
    times: dict[str, list[float]] = {"batch": [], "rows": [], "single": [], "plain": []}
    for _ in range(1 if tiny else REPEATS):
        times["plain"].append(
            measure_seconds(lambda: [baseline(one) for one in values[:looped]]) / looped
        )
        times["batch"].append(measure_seconds(lambda: analyze_arrays(values)) / tests)
        times["rows"].append(measure_seconds(lambda: analyze_many(rows)) / len(rows))
        times["single"].append(
            measure_seconds(lambda: [analyze(one) for one in rows[:looped]]) / looped
        )
    found = {
        f"{name}_ms": rounded_median([1000 * one for one in took]) for name, took in times.items()
    }
    ratios = {
        f"{n}_ratio": median_ratio(times[n], times["plain"]) for n in ("batch", "rows", "single")
    }
    return {"tests": float(tests), **found, **ratios}


def make_tests(rng: np.random.Generator, tests: int) -> Array:
    """Values (tests, fields, arms, days): 10,000 impressions an arm and day, CTR about 1 %."""
    shape = (tests, ARMS, DAYS)
    level = np.exp(rng.normal(0, 0.1, (tests, ARMS, 1)) + rng.normal(0, 0.2, (tests, 1, DAYS)))
    values = np.zeros((tests, len(FIELDS), ARMS, DAYS))
    values[:, 0] = rng.poisson(10_000, shape)
    values[:, 1] = rng.poisson(values[:, 0] * 0.01 * level * np.exp(rng.normal(0, 0.1, shape)))
    return values


def to_rows(values: Array) -> list[dict[str, Any]]:
    """One test as the application passes it to `analyze`."""
    return [
        {
            "id": k,
            "daily": [
                {
                    "date": f"2026-01-{d + 1:02d}",
                    **{name: float(values[f, k, d]) for f, name in enumerate(FIELDS)},
                }
                for d in range(DAYS)
            ],
        }
        for k in range(ARMS)
    ]


def _warm_up(values: Array, rows: list[list[dict[str, Any]]]) -> None:
    baseline(values[0])
    analyze_arrays(values[:10])
    analyze(rows[0])


def baseline(values: Array) -> tuple[list[float], list[float]]:
    """Arm effects by quasi-Poisson regression and P(best) by adaptive quadrature, one test."""
    import statsmodels.api as sm
    from scipy.integrate import quad
    from scipy.special import ndtr

    clicks, impressions = values[1].ravel(), values[0].ravel()
    arm, day = (index.ravel() for index in np.indices((ARMS, DAYS)))
    columns = [arm == k for k in range(ARMS)] + [day == d for d in range(1, DAYS)]
    model = sm.GLM(
        clicks,
        np.column_stack(columns).astype(float),
        family=sm.families.Poisson(),
        offset=np.log(impressions),
    )
    fit = model.fit(scale="X2")
    mean, sd = fit.params[:ARMS], np.sqrt(fit.scale / values[1].sum(axis=1))

    def prob_best(k: int) -> float:
        others = [j for j in range(ARMS) if j != k]

        def density(z: float) -> float:
            below = ndtr((mean[k] + sd[k] * z - mean[others]) / sd[others]).prod()
            return float(below * np.exp(-z * z / 2) / np.sqrt(2 * np.pi))

        return float(quad(density, -8, 8)[0])

    return mean.tolist(), [prob_best(k) for k in range(ARMS)]
