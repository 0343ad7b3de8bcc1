"""Measures how evenly the platform delivered the arms."""

import numpy as np
from scipy.special import chdtrc, gammaln

from optimization.stats.ab.results import SampleRatio
from optimization.stats.common.metrics import FloatArray

MISMATCH_P = 0.001
PRIOR_COUNT = 100.0  # the alternative's shares scatter by about 10 % around an even half
MAX_EXPONENT = 700.0
OVERSHARE = 0.30


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


def sample_ratio_daily(impressions: FloatArray) -> SampleRatio | None:
    """The same for impressions (arms, days), with an e-value over all days.

    A mismatch is flagged by the chi-square of this analysis, or once the e-value exceeded 1000 on
    any complete day; that second flag stays in all later analyses.
    """
    found = sample_ratio(impressions.sum(axis=1))
    if found is None:
        return None
    log_e = float(multinomial_log_e(np.cumsum(impressions, axis=1)).max(initial=0.0))
    proven = log_e >= -np.log(MISMATCH_P)
    return SampleRatio(
        found.chi_square,
        found.p_value,
        found.mismatch or bool(proven),
        float(np.exp(min(log_e, MAX_EXPONENT))),
        bool(proven),
    )


def multinomial_log_e(counts: FloatArray) -> FloatArray:
    """ln E of cumulative counts (arms, days) against an even multinomial split.

    Ratio of the Dirichlet-multinomial mixture to the null; the probability that it ever exceeds
    1/p is at most p when impressions are assigned evenly (Lindon and Malek 2022).
    """
    arms = counts.shape[0]
    prior = PRIOR_COUNT / arms
    total = counts.sum(axis=0)
    mixture = gammaln(PRIOR_COUNT) - gammaln(PRIOR_COUNT + total)
    mixture = mixture + (gammaln(prior + counts) - gammaln(prior)).sum(axis=0)
    return np.asarray(mixture + total * np.log(arms), dtype=np.float64)


def delivery_shares(impressions: FloatArray) -> FloatArray:
    """Each arm's part of impressions (arms,), zero where nothing was delivered."""
    total = float(impressions.sum())
    return impressions / total if total > 0 else np.zeros_like(impressions)


def delivery_skew(impressions: FloatArray) -> float | None:
    """Share of impressions (0 to 1) that would have to move to make delivery even."""
    if float(impressions.sum()) <= 0:
        return None
    return float(0.5 * np.abs(delivery_shares(impressions) - 1 / len(impressions)).sum())


def favoured_arm(impressions: FloatArray) -> int | None:
    """The arm that took at least 30 points more than an even share (80 % of two arms), if any."""
    share = delivery_shares(impressions)
    top = int(np.argmax(share))
    over = len(share) > 1 and share[top] - 1 / len(share) >= OVERSHARE - 1e-9
    return top if over else None
