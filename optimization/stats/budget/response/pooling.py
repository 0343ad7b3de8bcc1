"""How much the campaigns of a pool differ: the empirical Bayes prior of their levels.

Where the campaigns are alike, differences between them are noise, and no budget should follow them.
"""

import numpy as np
from scipy.special import gammaln

from optimization.stats.common.metrics import FloatArray

CV_GRID = np.array([0.03, 0.06, 0.12, 0.25, 0.5, 0.8])
CV_PRIOR = np.array([1.0, 1.0, 1.0, 1.0, 2.0, 4.0])  # most pools are mixed


def level_spread(count: FloatArray, expected: FloatArray) -> tuple[float, float]:
    """Coefficient of variation of the campaigns' levels, and their centre relative to the level
    behind `expected`.

    `count` and `expected` are weighted conversions, (campaigns,). A count is negative binomial: a
    Poisson count of a Gamma level. The centre weights campaigns, not their money, as far as they
    differ; otherwise the largest would set the prior of all others.
    """
    y, x = count[:, None], np.maximum(expected[:, None], 1e-12)
    centre = _centre(y, x, CV_GRID)
    shape, mean = 1 / CV_GRID**2, x * centre
    fit = gammaln(shape + y) - gammaln(shape) + shape * np.log(shape / (shape + mean))
    fit = (fit + y * np.log(mean / (shape + mean))).sum(axis=0) + np.log(CV_PRIOR)
    chance = np.exp(fit - fit.max())
    cv = float(np.exp(chance @ np.log(CV_GRID) / chance.sum()))
    return cv, float(_centre(y, x, np.array([cv]))[0])


def _centre(count: FloatArray, expected: FloatArray, cv: FloatArray) -> FloatArray:
    """Mean of count / expected (campaigns, 1), each weighted by its precision, for each `cv`."""
    weight = 1 / (1 + expected * cv**2)
    mean = (weight * count).sum(axis=0) / (weight * expected).sum(axis=0)
    positive: FloatArray = np.maximum(mean, 1e-6)
    return positive
