"""Simulates A/A tests from real rows: arms without a true difference, with the real noise."""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from optimization.stats.ab.history import to_values
from optimization.stats.ab.inference.dispersion import (
    degrees_of_freedom,
    lag_correlation,
    moment_sigma2,
    stratified_fit,
)
from optimization.stats.common.metrics import (
    FIELDS,
    BoolArray,
    FloatArray,
    RatioMetric,
    count_scale,
    field,
)

MAX_GROUPS = 200
BLOCK_DAYS = 7  # long enough to keep most of a drift, short enough for several random assignments


@dataclass(frozen=True, slots=True, eq=False)
class CampaignRows:
    """One campaign: values (fields, ads, days) without the fitted differences between ads.

    delivered (ads, days); groups are the sets of ads that ran at the same time long enough;
    autocorrelation is the lag-1 correlation of the ads' residuals over days.
    """

    values: FloatArray
    delivered: BoolArray
    groups: tuple[tuple[int, ...], ...]
    autocorrelation: float


def prepare_campaign(
    rng: np.random.Generator, rows: FloatArray, metric: RatioMetric, arms: int, days: int
) -> CampaignRows:
    """Read one campaign's rows (ads, days, fields). Raises ValueError for an invalid array.

    The difference is removed from the exposure, not from the counts, so that counts keep their own
    variance: an ad with half the rate is read as if shown half as often. An ad without any event
    has no rate and is left out.
    """
    values = to_values(rows).copy()
    exposure = FIELDS.index(metric.exposure)
    n = values[exposure][None]
    x = np.where(n > 0, field(values[None], metric.numerator), 0.0)
    rate, mean = stratified_fit(x, n)
    best = float(rate.max(initial=0.0))
    values[exposure] *= (rate[0] / best if best > 0 else np.zeros(len(rate[0])))[:, None]
    delivered = values[exposure] > 0
    groups = _draw_groups(rng, delivered, arms, days)
    return CampaignRows(
        values, delivered, groups, _autocorrelation(x, mean, count_scale(metric, values[None]))
    )


def _autocorrelation(x: FloatArray, mean: FloatArray, scale: FloatArray) -> float:
    sigma2 = moment_sigma2(x, mean, scale, degrees_of_freedom(mean))
    return float(lag_correlation(x, mean, scale, sigma2)[0])


def _draw_groups(
    rng: np.random.Generator, delivered: BoolArray, arms: int, days: int
) -> tuple[tuple[int, ...], ...]:
    """Sets of ads with enough shared days: all of them, or a random 200 where there are more."""
    ads = np.flatnonzero(delivered.sum(axis=1) >= days).tolist()
    if len(ads) < arms:
        return ()
    if comb(len(ads), arms) <= MAX_GROUPS:
        groups = set(combinations(ads, arms))
    else:
        groups = {
            tuple(sorted(rng.choice(ads, arms, replace=False).tolist())) for _ in range(MAX_GROUPS)
        }
    long_enough = [g for g in sorted(groups) if delivered[list(g)].all(axis=0).sum() >= days]
    return tuple(long_enough)


def count_stretches(campaign: CampaignRows, arms: int, days: int) -> int:
    """How many separate tests the campaign's rows are enough for, in parallel and in sequence."""
    parallel = campaign.delivered.sum(axis=0) // arms
    return int(parallel.sum() // days) if campaign.groups else 0


def simulate_aa(
    rng: np.random.Generator, sources: list[CampaignRows], arms: int, days: int, tests: int
) -> FloatArray:
    """A/A tests (tests, fields, arms, days): each takes a random campaign, a random group of its
    ads and a random period, and assigns the rows to the arms at random."""
    weight = np.array([count_stretches(one, arms, days) for one in sources], dtype=np.float64)
    chosen = rng.choice(len(sources), size=tests, p=weight / weight.sum())
    return np.stack([_simulate_one(rng, sources[int(at)], days) for at in chosen])


def _simulate_one(rng: np.random.Generator, campaign: CampaignRows, days: int) -> FloatArray:
    """Rows of one group of ads, assigned to the arms again in every block of days."""
    group = np.array(campaign.groups[int(rng.integers(len(campaign.groups)))])
    shared = np.flatnonzero(campaign.delivered[group].all(axis=0))
    start = int(rng.integers(len(shared) - days + 1))
    period = shared[start : start + days]
    block = (np.arange(days) + rng.integers(BLOCK_DAYS)) // BLOCK_DAYS
    order = np.argsort(rng.random((len(group), int(block[-1]) + 1)), axis=0)[:, block]
    assigned: FloatArray = campaign.values[:, group[order], period]
    return assigned
