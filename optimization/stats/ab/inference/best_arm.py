"""P(best) and expected loss of each arm under a shrunken Gaussian posterior.

For display and for hints only: with no true difference P(best) exceeds 0.95 far too often to name
a winner.
"""

import numpy as np
from scipy.special import ndtr

from optimization.stats.ab.inference.dispersion import KNOWN_NOISE_DF, Fit
from optimization.stats.common.metrics import BoolArray, FloatArray, ratio

NODES = 41
FEW_DF_FACTOR = 5.0
CHUNK_CELLS = 4_000_000
ABSENT = -1e6

_points, _weights = np.polynomial.hermite_e.hermegauss(NODES)
_weights = _weights / _weights.sum()


def arm_posteriors(
    x: FloatArray, n: FloatArray, scale: FloatArray, fit: Fit, tau: float
) -> tuple[FloatArray, FloatArray]:
    """Posterior mean and sd (tests, arms) of log arm effects drawn from N(0, tau^2)."""
    unit = scale[:, None, None]
    events = (fit.mean / (unit + fit.sigma2[:, None, None] * fit.mean)).sum(axis=2)
    # An arm without any event counts as half an event.
    empty = x.sum(axis=2) <= 0
    half = ratio(np.broadcast_to(0.5 * scale[:, None], empty.shape), n.sum(axis=2), empty=1.0)
    log_rate = np.log(np.where(empty, half, np.where(fit.rate > 0, fit.rate, 1.0)))
    df = fit.df[:, None]
    few = np.where(df >= 3, df / np.maximum(df - 2.0, 1.0), FEW_DF_FACTOR)
    few = np.where(df >= KNOWN_NOISE_DF, 1.0, few)
    variance = few / np.where(empty, 0.5, np.maximum(events, 1e-12))
    present = n.sum(axis=2) > 0
    weight = np.where(present, 1.0 / (tau**2 + variance), 0.0)
    centre = ratio((weight * log_rate).sum(axis=1), weight.sum(axis=1))
    shrink = tau**2 / (tau**2 + variance)
    return shrink * (log_rate - centre[:, None]), np.sqrt(shrink * variance)


def prob_best(
    mean: FloatArray, sd: FloatArray, present: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """P(best) and expected loss (tests, arms) of independent N(mean, sd^2) arm effects.

    Gauss-Hermite over each arm's own effect of the product of the others' distribution
    functions. Absent arms get 0 and are never the best.
    """
    tests, arms = mean.shape
    mean = np.where(present, mean, ABSENT)
    step = max(1, CHUNK_CELLS // (arms * arms * NODES))
    chance, value = np.zeros((tests, arms)), np.zeros((tests, arms))
    for start in range(0, tests, step):
        part = slice(start, start + step)
        chance[part], value[part] = _quadrature(mean[part], sd[part])
    total = np.where(present, chance, 0.0).sum(axis=1, keepdims=True)
    chance = ratio(np.where(present, chance, 0.0), total)
    best = ratio(np.where(present, value, 0.0).sum(axis=1, keepdims=True), total)
    return chance, np.where(present, np.maximum(best - mean, 0.0), 0.0)


def _quadrature(mean: FloatArray, sd: FloatArray) -> tuple[FloatArray, FloatArray]:
    arms = mean.shape[1]
    effect = mean[:, :, None] + sd[:, :, None] * _points
    product = np.ones_like(effect)
    for other in range(arms):
        below = ndtr((effect - mean[:, other, None, None]) / sd[:, other, None, None])
        below[:, other] = 1.0
        product *= below
    weighted = product * _weights
    return weighted.sum(axis=2), (weighted * effect).sum(axis=2)
