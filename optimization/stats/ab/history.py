"""Estimates an account's noise from its finished tests: s0 and v0 for `analyze`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimization.stats.ab.inference.dispersion import degrees_of_freedom, stratified_fit
from optimization.stats.common.metrics import (
    FIELDS,
    FloatArray,
    RatioMetric,
    count_scale,
    field,
    metric_named,
)

MIN_TESTS = 20
MAX_WEIGHT = 10.0  # at most 5 % false winners even where the noise doubles (bench ab_validity)
UPPER_Z = 1.645
BISECTIONS = 50
LARGEST_SIGMA2 = 9.0


@dataclass(frozen=True, slots=True)
class LearnedNoise:
    """Arm-day noise of an account on one metric.

    s0 is a coefficient of variation, an upper confidence limit; None where it cannot be estimated.
    v0 is its weight in degrees of freedom, 0 below 20 usable tests. sigma is the pooled point
    estimate, tests and df are its number of tests and degrees of freedom, spread how much the
    noise of tests differs beyond chance (variance of the relative variance).
    """

    s0: float | None
    v0: float
    sigma: float | None
    tests: int
    df: float
    spread: float


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """One test's cells that carry information, flattened, and its degrees of freedom."""

    squares: FloatArray
    counting: FloatArray
    mean: FloatArray
    df: float


def learn_noise(histories: Sequence[FloatArray], metric: str = "ctr") -> LearnedNoise:
    """Pool the noise of finished tests.

    Each history is one test's rows (arms, days, fields) in the order of FIELDS, zero where an arm
    has no row. Tests without a degree of freedom left or with too few events are skipped. Raises
    ValueError for an invalid array.

    The pooled sigma is the root of sum (x-mean)^2 / (b mean + sigma^2 mean^2) = sum df over all
    tests (Breslow 1984). s0 is its upper 95 % limit and v0 the weight that the differences between
    tests allow (Smyth 2004), at most 10: an underestimate would name false winners, an
    overestimate only costs days.
    """
    kind = metric_named(metric)
    cells = [one for rows in histories if (one := _read_cells(rows, kind)) is not None]
    df = sum(one.df for one in cells)
    if not cells:
        return LearnedNoise(None, 0.0, None, 0, 0.0, 0.0)
    sigma2 = _pooled_sigma2(cells)
    upper, spread = _upper_sigma2(cells, sigma2), _upper_spread(cells, sigma2)
    weight = _prior_weight(spread) if len(cells) >= MIN_TESTS else 0.0
    return LearnedNoise(
        s0=math.sqrt(upper) if upper > 0 else None,
        v0=weight if upper > 0 else 0.0,
        sigma=math.sqrt(sigma2),
        tests=len(cells),
        df=df,
        spread=spread,
    )


def to_values(rows: FloatArray) -> FloatArray:
    """Rows (arms, days, fields) as the engine's values (fields, arms, days).

    Raises ValueError for another shape and for numbers that are negative or not finite.
    """
    rows = np.asarray(rows, dtype=np.float64)
    if rows.ndim != 3 or rows.shape[2] != len(FIELDS):
        raise ValueError(
            f"a history must have the shape (arms, days, {len(FIELDS)} fields), got {rows.shape}; "
            f"order the fields as {', '.join(FIELDS)}"
        )
    if not (np.isfinite(rows).all() and (rows >= 0).all()):
        raise ValueError("a history holds numbers from 0 up; leave a day without a row at 0")
    return rows.transpose(2, 0, 1)


def _read_cells(rows: FloatArray, kind: RatioMetric) -> _Cells | None:
    values = to_values(rows)[None]
    n = field(values, kind.exposure)
    x = np.where(n > 0, field(values, kind.numerator), 0.0)
    _, mean = stratified_fit(x, n)
    df = float(degrees_of_freedom(mean)[0])
    if df < 1 or field(values, kind.events).sum() < kind.min_events:
        return None
    used = mean > 0
    counting = count_scale(kind, values) * mean[used]
    return _Cells((x - mean)[used] ** 2, counting, mean[used], df)


def _pearson(one: _Cells, sigma2: float) -> float:
    return float((one.squares / (one.counting + sigma2 * one.mean**2)).sum())


def _pooled_sigma2(cells: list[_Cells]) -> float:
    df = sum(one.df for one in cells)
    low, high = 0.0, LARGEST_SIGMA2
    if sum(_pearson(one, low) for one in cells) <= df:
        return 0.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        above = sum(_pearson(one, middle) for one in cells) > df
        low, high = (middle, high) if above else (low, middle)
    return high


def _upper_sigma2(cells: list[_Cells], sigma2: float) -> float:
    """Upper 95 % limit of the pooled variance; the tests, not the days, are the sample."""
    misfit = sum((_pearson(one, sigma2) - one.df) ** 2 for one in cells)
    slope = sum(
        float((one.squares * one.mean**2 / (one.counting + sigma2 * one.mean**2) ** 2).sum())
        for one in cells
    )
    return sigma2 + UPPER_Z * math.sqrt(misfit) / slope if slope > 0 else sigma2


def _upper_spread(cells: list[_Cells], sigma2: float) -> float:
    """Upper 95 % limit of the variance of the tests' relative noise, beyond chance."""
    misfit = np.array([_pearson(one, sigma2) / one.df - 1 for one in cells]) ** 2
    chance = np.array([2 / one.df for one in cells])
    error = float(misfit.std()) / math.sqrt(len(cells))
    return max(0.0, float((misfit - chance).mean())) + UPPER_Z * error


def _prior_weight(spread: float) -> float:
    """Half the weight of Smyth's prior with this variance: 2 / (v0 - 4) = spread."""
    return min(MAX_WEIGHT, (4 + 2 / max(spread, 1e-9)) / 2)
