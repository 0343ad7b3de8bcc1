"""Prior knowledge of an account's arm-day noise, combined with a test's own days.

Empirical Bayes (Smyth 2004) with a robust mixture: a test is like the history, or unlike it with a
prior chance; then only its own days count. How well the history predicts its residuals decides
between the two. Arrays are (tests,).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, expit, polygamma

from optimization.stats.common.metrics import FloatArray

# Chosen by simulation so that the limits of bench ab_validity hold where a calm history meets a
# test of twice the noise, or one without drift a test that drifts (README: what history can give).
UNLIKE = 0.75  # prior chance that a test's noise is unlike the history's
UNLIKE_DF = 4.0  # how widely it is spread then, as degrees of freedom of an F distribution
UNLIKE_LAG = 0.2  # prior chance that a test drifts unlike the history
LARGEST_LAG = 0.6
MOST_LAG_WEIGHT = 5.0  # times the test's own degrees of freedom
NEWTON_STEPS = 15


@dataclass(frozen=True, slots=True)
class NoisePrior:
    """What the history says: variance of the relative noise and its weight in degrees of freedom;
    lag-1 correlation and its weight. A lag_df of 0 says nothing of the correlation."""

    sigma2: float
    df: float
    lag: float = 0.0
    lag_df: float = 0.0


def combine_noise(
    prior: NoisePrior, misfit: FloatArray, own: FloatArray, counting: FloatArray, df: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Variance of the relative noise and its degrees of freedom, after the test's own days.

    misfit is the Pearson ratio at the prior's noise (1: as the history says), own the test's own
    estimate, counting its mean relative variance from counting alone, df at least 1. The mixture
    of two scaled inverse chi-square posteriors of the total variance is replaced by the one
    with the same mean and variance of the logarithm.
    """
    like_df = prior.df + df
    like = (prior.df + df * misfit) / like_df * (counting + prior.sigma2)
    against = _log_f_density(misfit, df, UNLIKE_DF) - _log_f_density(misfit, df, prior.df)
    unlike = _chance(UNLIKE, against)
    centre_like, spread_like = _log_moments(np.maximum(like, counting), like_df)
    centre_own, spread_own = _log_moments(counting + own, df)
    centre = (1 - unlike) * centre_like + unlike * centre_own
    spread = (1 - unlike) * (spread_like + (centre_like - centre) ** 2)
    spread = spread + unlike * (spread_own + (centre_own - centre) ** 2)
    half = _inverse_trigamma(spread)
    total = np.exp(centre - np.log(half) + digamma(half))
    return np.maximum(total - counting, 0.0), 2 * half


def combine_lag(prior: NoisePrior, own: FloatArray, df: FloatArray) -> FloatArray:
    """Lag-1 correlation that widens the variances, within [0, 0.6].

    own is the test's estimate, with a variance of about 1 / df. Like the history it is drawn around
    the history's correlation; unlike it the noise drifts as much as is allowed for. The posterior
    mean of both is used.
    """
    own = np.clip(own, -1.0, 1.0)
    weight = np.minimum(prior.lag_df, MOST_LAG_WEIGHT * df)
    like = np.clip((weight * prior.lag + df * own) / (weight + df), 0.0, LARGEST_LAG)
    against = _log_normal_density(own - LARGEST_LAG, 1 / df)
    against = against - _log_normal_density(own - prior.lag, 1 / df + 1 / weight)
    unlike = _chance(UNLIKE_LAG, against)
    return np.asarray((1 - unlike) * like + unlike * LARGEST_LAG, dtype=np.float64)


def _chance(prior: float, log_bayes_factor: FloatArray) -> FloatArray:
    """Posterior chance of a hypothesis from its prior chance."""
    log_odds = np.log(prior / (1 - prior)) + log_bayes_factor
    return np.asarray(expit(log_odds), dtype=np.float64)


def _log_f_density(value: FloatArray, df: FloatArray, other: float) -> FloatArray:
    """Log density of an F-distribution, without the terms that both hypotheses share."""
    half, half_other = 0.5 * df, 0.5 * other
    spread = half_other * np.log(other) - (half + half_other) * np.log(other + df * value)
    return np.asarray(spread - betaln(half, half_other), dtype=np.float64)


def _log_moments(scale: FloatArray, df: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of the log of a scaled inverse chi-square variable."""
    half = 0.5 * df
    centre = np.log(np.maximum(scale, 1e-300)) + np.log(half) - digamma(half)
    return centre, polygamma(1, half)


def _inverse_trigamma(value: FloatArray) -> FloatArray:
    """Newton's steps on 1 / trigamma, which is convex and almost a line (Smyth 2004)."""
    found = 0.5 + 1 / value
    for _ in range(NEWTON_STEPS):
        trigamma = polygamma(1, found)
        found = found + trigamma * (1 - trigamma / value) / polygamma(2, found)
    return np.asarray(found, dtype=np.float64)


def _log_normal_density(away: FloatArray, variance: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * (np.log(variance) + away**2 / variance), dtype=np.float64)
