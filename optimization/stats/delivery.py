"""How evenly the platform delivered the arms."""

import numpy as np
from scipy.special import chdtrc

from optimization.stats.metrics import FloatArray
from optimization.stats.results import SampleRatio

MISMATCH_P = 0.001


def sample_ratio(impressions: FloatArray) -> SampleRatio | None:
    """Chi-square of impressions (arms,) against an even split; flagged below p = 0.001.

    Only meaningful where the platform randomised the audience (Fabijan et al. 2019). None with
    fewer than two arms or nothing delivered.
    """
    total = float(impressions.sum())
    if len(impressions) < 2 or total <= 0:
        return None
    even = total / len(impressions)
    chi_square = float(((impressions - even) ** 2).sum() / even)
    p_value = float(chdtrc(len(impressions) - 1, chi_square))
    return SampleRatio(chi_square, p_value, p_value < MISMATCH_P)


def delivery_skew(impressions: FloatArray) -> float | None:
    """Share of impressions (0 to 1) that would have to move to make delivery even."""
    total = float(impressions.sum())
    if total <= 0:
        return None
    return float(0.5 * np.abs(impressions / total - 1 / len(impressions)).sum())
