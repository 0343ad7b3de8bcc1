"""A/A tests dealt out of real rows: arms without a true difference, with the real noise."""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from optimization.stats.ab.history import as_values
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

MOST_GROUPS = 200
BLOCK_DAYS = 7  # long enough to keep most of a drift, short enough to be dealt several times


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One campaign: values (fields, ads, days) with the ads' fitted differences taken out.

    delivered (ads, days); groups are the sets of ads that ran side by side long enough;
    autocorrelation is the lag-1 correlation of the ads' residuals over days.
    """

    values: FloatArray
    delivered: BoolArray
    groups: tuple[tuple[int, ...], ...]
    autocorrelation: float


def source(
    rng: np.random.Generator, rows: FloatArray, metric: RatioMetric, arms: int, days: int
) -> Source:
    """Read one campaign's rows (ads, days, fields). Raises ValueError for a bad array.

    The difference is taken out of the exposure, not of the counts, so that counts keep their own
    scatter: an ad with half the rate is read as if shown half as often. An ad without a single
    event has no rate and is left out.
    """
    values = as_values(rows).copy()
    exposure = FIELDS.index(metric.exposure)
    n = values[exposure][None]
    x = np.where(n > 0, field(values[None], metric.numerator), 0.0)
    rate, mean = stratified_fit(x, n)
    best = float(rate.max(initial=0.0))
    values[exposure] *= (rate[0] / best if best > 0 else np.zeros(len(rate[0])))[:, None]
    delivered = values[exposure] > 0
    groups = _groups(rng, delivered, arms, days)
    return Source(values, delivered, groups, _drift(x, mean, count_scale(metric, values[None])))


def _drift(x: FloatArray, mean: FloatArray, scale: FloatArray) -> float:
    sigma2 = moment_sigma2(x, mean, scale, degrees_of_freedom(mean))
    return float(lag_correlation(x, mean, scale, sigma2)[0])


def _groups(
    rng: np.random.Generator, delivered: BoolArray, arms: int, days: int
) -> tuple[tuple[int, ...], ...]:
    """Sets of ads with enough shared days: all of them, or a random 200 where there are more."""
    ads = np.flatnonzero(delivered.sum(axis=1) >= days).tolist()
    if len(ads) < arms:
        return ()
    if comb(len(ads), arms) <= MOST_GROUPS:
        drawn = set(combinations(ads, arms))
    else:
        drawn = {
            tuple(sorted(rng.choice(ads, arms, replace=False).tolist())) for _ in range(MOST_GROUPS)
        }
    long_enough = [g for g in sorted(drawn) if delivered[list(g)].all(axis=0).sum() >= days]
    return tuple(long_enough)


def stretches(found: Source, arms: int, days: int) -> int:
    """How many separate tests the campaign would fill, side by side and one after another."""
    side_by_side = found.delivered.sum(axis=0) // arms
    return int(side_by_side.sum() // days) if found.groups else 0


def simulate_aa(
    rng: np.random.Generator, sources: list[Source], arms: int, days: int, tests: int
) -> FloatArray:
    """A/A tests (tests, fields, arms, days): a random campaign, its ads, a stretch, rows dealt."""
    weight = np.array([stretches(one, arms, days) for one in sources], dtype=np.float64)
    chosen = rng.choice(len(sources), size=tests, p=weight / weight.sum())
    return np.stack([_one(rng, sources[int(at)], days) for at in chosen])


def _one(rng: np.random.Generator, found: Source, days: int) -> FloatArray:
    """Rows of one group of ads, dealt to the arms anew in every block of days."""
    group = np.array(found.groups[int(rng.integers(len(found.groups)))])
    shared = np.flatnonzero(found.delivered[group].all(axis=0))
    start = int(rng.integers(len(shared) - days + 1))
    stretch = shared[start : start + days]
    block = (np.arange(days) + rng.integers(BLOCK_DAYS)) // BLOCK_DAYS
    order = np.argsort(rng.random((len(group), int(block[-1]) + 1)), axis=0)[:, block]
    dealt: FloatArray = found.values[:, group[order], stretch]
    return dealt
