"""Estimates how soon each campaign saturates: the shape k, from days with different spend.

Each k on a grid predicts every day from the days before (prequential, negative binomial); the
likelihoods and a lognormal prior give the weights of the grid. With 20 campaigns or more, the mean
posterior of the pool becomes the prior (one step of empirical Bayes).
"""

from dataclasses import dataclass

import numpy as np

from optimization.stats.common.metrics import BoolArray, FloatArray

GRID = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
PRIOR_K = 2.0
POOL_FROM = 20
# A pool that is large enough finds out itself how much the shapes differ.
PRIOR_LOG_SD, SMALL_POOL_LOG_SD = 1.0, 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Rows (campaigns, days), oldest first: conversions, spend over usual spend, and conversions
    expected at return 1 without saturation. Days that are not `usable` are skipped. Priors
    (campaigns,) are those of the Gamma level."""

    conversions: FloatArray
    relative: FloatArray
    base: FloatArray
    usable: BoolArray
    prior_shape: FloatArray
    prior_rate: FloatArray
    dispersion: float
    discount: float


def saturate(relative: FloatArray, k: FloatArray | float) -> FloatArray:
    """h(u) = u (k + 1) / (k + u), for spend u in units of the usual spend; h(1) = 1."""
    curve: FloatArray = relative * (k + 1) / (k + relative)
    return curve


def steepness(relative: FloatArray | float, k: FloatArray | float) -> FloatArray:
    """h'(u) = k (k + 1) / (k + u)^2, the slope of h."""
    slope: FloatArray = np.asarray(k * (k + 1) / (k + relative) ** 2)
    return slope


def prior_weights(campaigns: int) -> FloatArray:
    """Lognormal prior on the grid, (grid,), for a pool of that size."""
    sd = PRIOR_LOG_SD if campaigns >= POOL_FROM else SMALL_POOL_LOG_SD
    weight = np.exp(-0.5 * ((np.log(GRID) - np.log(PRIOR_K)) / sd) ** 2)
    normal: FloatArray = weight / weight.sum()
    return normal


def shape_weights(evidence: Evidence) -> FloatArray:
    """Posterior weights (campaigns, grid) of k."""
    likelihood = np.exp(_log_likelihood(evidence))
    prior = prior_weights(len(likelihood))
    posterior = _normalise(likelihood * prior)
    if len(posterior) >= POOL_FROM:
        posterior = _normalise(likelihood * posterior.mean(axis=0))
    return posterior


def mean_shape(weights: FloatArray) -> FloatArray:
    """exp(E log k), (campaigns,)."""
    shape: FloatArray = np.exp(weights @ np.log(GRID))
    return shape


def _normalise(weights: FloatArray) -> FloatArray:
    normal: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return normal


def _log_likelihood(evidence: Evidence) -> FloatArray:
    """Log likelihood (campaigns, grid), at most 0 for each campaign.

    Terms that are equal for all k are left out: with one dispersion for the grid the Gamma
    functions of the negative binomial cancel.
    """
    prior_a, prior_b = evidence.prior_shape[:, None], evidence.prior_rate[:, None]
    a, b = np.repeat(prior_a, len(GRID), axis=1), np.repeat(prior_b, len(GRID), axis=1)
    total = np.zeros_like(a)
    keep = evidence.discount
    for day in np.flatnonzero(evidence.usable.any(axis=0)):
        on = evidence.usable[:, day, None]
        y = evidence.conversions[:, day, None]
        unit = saturate(evidence.relative[:, day, None], GRID) * evidence.base[:, day, None]
        mean = np.maximum(a / b * unit, 1e-12)
        size = 1 / (1 / a[:, 3:4] + evidence.dispersion)
        scaled = mean / size
        gain = y * np.log(scaled / (1 + scaled)) - size * np.log1p(scaled)
        total = total + np.where(on & (unit > 0), gain, 0.0)
        weight = np.where(on, 1 / (1 + evidence.dispersion * mean), 0.0)
        a = prior_a + keep * (a - prior_a) + weight * y
        b = prior_b + keep * (b - prior_b) + weight * unit
    best: FloatArray = total - total.max(axis=1, keepdims=True)
    return best
