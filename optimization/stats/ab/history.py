"""Estimates an account's noise from its history: s0, v0, lag0 and lag_weight for `analyze`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from optimization.stats.ab.inference.dispersion import (
    degrees_of_freedom,
    lag_correlation,
    moment_sigma2,
    stratified_fit,
)
from optimization.stats.common.metrics import (
    FIELDS,
    FloatArray,
    RatioMetric,
    count_scale,
    field,
    metric_named,
)

MIN_TESTS = 20
NOISES = np.geomspace(0.01, 3.0, 160)
WEIGHTS = np.geomspace(2.0, 500.0, 24)


@dataclass(frozen=True, slots=True)
class LearnedNoise:
    """Arm-day noise of an account on one metric.

    s0 is a coefficient of variation, None where it cannot be estimated. v0 is its weight in degrees
    of freedom, 0 below 20 usable tests: the more alike the tests' noise is, the larger. lag is the
    lag-1 correlation of the noise, lag_weight its weight. tests and df are the number of tests and
    their degrees of freedom.
    """

    s0: float | None
    v0: float
    lag: float
    lag_weight: float
    tests: int
    df: float


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """One test: its log likelihood (noises, weights), lag-1 correlation, degrees of freedom."""

    likelihood: FloatArray
    lag: float
    df: float


def learn_noise(histories: Sequence[FloatArray], metric: str = "ctr") -> LearnedNoise:
    """Pool the noise of tests, or of campaigns whose ads ran beside each other.

    Each history is one test's rows (arms, days, fields) in the order of FIELDS, zero where an arm
    has no row. Tests without a degree of freedom left or with too few events are skipped. Raises
    ValueError for an invalid array.

    The variance of a test is drawn from a scaled inverse chi-square distribution (Smyth 2004), so
    its residuals are t-distributed: s0 and v0 are posterior means over a grid, that of 1 / v0 with
    a prior that is even in the spread of the tests' log noise, 1 / sqrt(v0).
    """
    kind = metric_named(metric)
    tests = [one for rows in histories if (one := _read_test(rows, kind)) is not None]
    df = sum(one.df for one in tests)
    if not tests:
        return LearnedNoise(None, 0.0, 0.0, 0.0, 0, 0.0)
    posterior = _posterior(sum((one.likelihood for one in tests), np.zeros(())))
    s0 = math.sqrt(float((posterior.sum(axis=1) * NOISES**2).sum()))
    if len(tests) < MIN_TESTS:
        return LearnedNoise(s0, 0.0, 0.0, 0.0, len(tests), df)
    v0 = 1 / (float((posterior.sum(axis=0) / WEIGHTS).sum()) + 1 / df)
    lag, lag_weight = _pooled_lag(tests)
    return LearnedNoise(s0, v0, lag, lag_weight, len(tests), df)


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


def _read_test(rows: FloatArray, kind: RatioMetric) -> _Cells | None:
    values = to_values(rows)[None]
    n = field(values, kind.exposure)
    x = np.where(n > 0, field(values, kind.numerator), 0.0)
    _, mean = stratified_fit(x, n)
    df = degrees_of_freedom(mean)
    if df[0] < 1 or field(values, kind.events).sum() < kind.min_events:
        return None
    scale, used = count_scale(kind, values), mean > 0
    sigma2 = moment_sigma2(x, mean, scale, df)
    lag = float(lag_correlation(x, mean, scale, sigma2)[0])
    squares = (x - mean)[used] ** 2
    return _Cells(
        _likelihood(squares, mean[used], float(scale[0]), float(df[0])), lag, float(df[0])
    )


def _likelihood(squares: FloatArray, mean: FloatArray, scale: float, df: float) -> FloatArray:
    """Log likelihood (noises, weights) of a multivariate t with df of the cells free."""
    variance = scale * mean + NOISES[:, None] ** 2 * mean**2
    pearson = (squares / variance).sum(axis=1)[:, None]
    level = 0.5 * df * np.log(variance).mean(axis=1)[:, None]
    shape = gammaln((WEIGHTS + df) / 2) - gammaln(WEIGHTS / 2) - 0.5 * df * np.log(WEIGHTS)
    tails = 0.5 * (WEIGHTS + df) * np.log1p(pearson / WEIGHTS)
    return np.asarray(shape - tails - level, dtype=np.float64)


def _posterior(likelihood: FloatArray) -> FloatArray:
    weight = np.exp(likelihood - likelihood.max()) / np.sqrt(WEIGHTS)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _pooled_lag(tests: list[_Cells]) -> tuple[float, float]:
    """Mean lag-1 correlation, and the weight that the differences between tests beyond chance
    (a variance of 1 / df a test) allow."""
    lags, df = np.array([one.lag for one in tests]), np.array([one.df for one in tests])
    lag = float(np.average(lags, weights=df))
    beyond = float(np.average((lags - lag) ** 2 - 1 / df, weights=df))
    return lag, 1 / (max(0.0, beyond) + 1 / float(df.sum()))
