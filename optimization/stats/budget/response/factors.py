"""Day factors shared by a platform's campaigns: reporting lag, weekday, shocks and outages.

Each compares the sum over a platform's campaigns with its expected value, and is shrunk to a prior
whose weight is a number of conversions.
"""

from dataclasses import dataclass

import numpy as np

from optimization.stats.budget.history import Panel
from optimization.stats.budget.results import Completeness
from optimization.stats.common.metrics import BoolArray, FloatArray, ratio

AGES = 14
USUAL_COMPLETENESS = np.array(
    [0.56, 0.72, 0.80, 0.86, 0.90, 0.93, 0.95, 0.965, 0.975, 0.983, 0.989, 0.994, 0.998, 1.0]
)
MIN_COMPLETENESS = 0.2
LAG_PRIOR, WEEKDAY_PRIOR, SHOCK_PRIOR = 150.0, 100.0, 200.0  # conversions
CAMPAIGN_PRIOR = 3.0  # weight of the platform's rate, in conversions
SHOCK_RANGE = (0.6, 1.6)
NEAR = 0.8  # weight of the next day
OUTAGE_EXPECTED, OUTAGE_SHARE = 12.0, 0.45
OUTAGE_LONGEST = 7  # days in a row; after that it is the new state, not an outage


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Per platform: completeness (platforms, 14 ages), weekday (platforms, 7), shock and masked
    (platforms, days). `common` (campaigns, days) is the product of the factors on each row,
    `usable` marks the rows that count."""

    completeness: FloatArray
    weekday: FloatArray
    shock: FloatArray
    masked: BoolArray
    common: FloatArray
    usable: BoolArray


def estimate_factors(
    panel: Panel, effort: FloatArray, measured: Completeness | None = None
) -> Factors:
    """Factors of a pool. `effort` (campaigns, days) is spend after saturation; conversions are
    proportional to it. `measured` is a completeness table by platform (up to 14 ages, 0 to 1),
    which replaces the estimate. Raises ValueError for an invalid table."""
    known = _parse_completeness(panel, measured or {})
    lag = np.where(np.isnan(known), USUAL_COMPLETENESS, known)
    no_mask = np.zeros((len(panel.platforms), len(panel.age)), dtype=np.bool_)
    first = _expected_conversions(panel, effort, _by_age(lag, panel), no_mask)
    masked = _find_outages(panel, first)
    lag = np.where(np.isnan(known), _estimate_completeness(panel, effort, masked), known)
    complete = _by_age(lag, panel)
    weekday = _estimate_weekday(
        panel, _expected_conversions(panel, effort, complete, masked), masked
    )
    usual = complete * weekday[:, panel.weekday]
    shock = _estimate_shock(panel, _expected_conversions(panel, effort, usual, masked), masked)
    return Factors(
        completeness=lag,
        weekday=weekday,
        shock=shock,
        masked=masked,
        common=(usual * shock)[panel.platform],
        usable=panel.seen & ~masked[panel.platform],
    )


def by_platform(panel: Panel, values: FloatArray) -> FloatArray:
    """Sums (platforms, days) of values (campaigns, days)."""
    member = panel.platform[None, :] == np.arange(len(panel.platforms))[:, None]
    sums: FloatArray = member.astype(np.float64) @ values
    return sums


def _by_age(completeness: FloatArray, panel: Panel) -> FloatArray:
    """Completeness (platforms, days)."""
    return completeness[:, np.minimum(panel.age, AGES - 1)]


def _parse_completeness(panel: Panel, measured: Completeness) -> FloatArray:
    """The given tables as (platforms, 14), NaN where none was given. Raises ValueError."""
    out = np.full((len(panel.platforms), AGES), np.nan)
    for i, name in enumerate(panel.platforms):
        if name not in measured:
            continue
        table = np.asarray(measured[name], dtype=np.float64)
        is_valid = 0 < len(table) <= AGES and bool(((table > 0) & (table <= 1)).all())
        if not is_valid:
            raise ValueError(
                f"completeness of {name!r}: give up to {AGES} parts above 0 and up to 1, by age "
                "in days from the newest"
            )
        out[i] = 1.0
        out[i, : len(table)] = np.maximum(table, MIN_COMPLETENESS)
    return out


def _expected_conversions(
    panel: Panel, effort: FloatArray, multiplier: FloatArray, masked: BoolArray
) -> FloatArray:
    """Expected conversions (platforms, days) at each campaign's own usual rate."""
    rows = np.where(panel.seen, effort * multiplier[panel.platform], 0.0)
    counted = ~masked[panel.platform]
    conversions = (panel.conversions * counted).sum(axis=1)
    total_effort = (rows * counted).sum(axis=1)
    base = _platform_rate(panel, conversions, total_effort)
    rate = (conversions + CAMPAIGN_PRIOR) / (total_effort + CAMPAIGN_PRIOR / base)
    return by_platform(panel, rows * rate[:, None])


def _platform_rate(panel: Panel, conversions: FloatArray, effort: FloatArray) -> FloatArray:
    """Conversions per effort of each campaign's platform, (campaigns,), always positive."""
    count = len(panel.platforms)
    platform_conversions = np.bincount(panel.platform, weights=conversions, minlength=count).astype(
        np.float64
    )
    platform_effort = np.bincount(panel.platform, weights=effort, minlength=count).astype(
        np.float64
    )
    rate = ratio(platform_conversions, platform_effort)
    overall = ratio(conversions.sum()[None], effort.sum()[None])[0]
    rate = np.where(rate > 0, rate, overall if overall > 0 else 1.0)
    return np.maximum(rate, 1e-12)[panel.platform]


def _find_outages(panel: Panel, expected: FloatArray) -> BoolArray:
    """Platform-days with so few conversions that the tracking must have failed."""
    actual = by_platform(panel, panel.conversions)
    out = (expected >= OUTAGE_EXPECTED) & (actual < OUTAGE_SHARE * expected)
    for platform in out:
        run = 0
        for day in range(len(platform)):
            run = run + 1 if platform[day] else 0
            if run > OUTAGE_LONGEST:
                platform[day - run + 1 : day + 1] = False
    return out


def _estimate_completeness(panel: Panel, effort: FloatArray, masked: BoolArray) -> FloatArray:
    """Part of a click day's conversions that is reported at each age, (platforms, 14)."""
    counted = panel.seen & ~masked[panel.platform]
    effort, conversions = effort * counted, panel.conversions * counted
    # The latest two mature weeks: on older days budgets were different.
    mature = (panel.age >= AGES) & (panel.age < 2 * AGES)
    mature_conversions, mature_effort = (
        conversions[:, mature].sum(axis=1),
        effort[:, mature].sum(axis=1),
    )
    known = mature_effort > 0
    base = _platform_rate(panel, mature_conversions, mature_effort)
    rate = (mature_conversions + CAMPAIGN_PRIOR) / (mature_effort + CAMPAIGN_PRIOR / base)
    expected = by_platform(panel, np.where(known, rate, 0.0)[:, None] * effort)
    reported = by_platform(panel, conversions * known[:, None])
    young = np.flatnonzero(panel.age < AGES)[::-1]
    prior = LAG_PRIOR * USUAL_COMPLETENESS
    part = (reported[:, young] + prior) / (expected[:, young] + LAG_PRIOR)
    rising = np.minimum.accumulate(part[:, ::-1], axis=1)[:, ::-1]
    falling = np.maximum.accumulate(part, axis=1)
    return np.clip(0.5 * (rising + falling), MIN_COMPLETENESS, 1.0)


def _estimate_weekday(panel: Panel, expected: FloatArray, masked: BoolArray) -> FloatArray:
    """Factor of each weekday, (platforms, 7), with mean 1."""
    member = (panel.weekday[:, None] == np.arange(7)[None, :]).astype(np.float64)
    actual = (by_platform(panel, panel.conversions) * ~masked) @ member
    usual = (expected * ~masked) @ member
    factor = (actual + WEEKDAY_PRIOR) / (usual + WEEKDAY_PRIOR)
    scaled: FloatArray = factor / factor.mean(axis=1, keepdims=True)
    return scaled


def _estimate_shock(panel: Panel, expected: FloatArray, masked: BoolArray) -> FloatArray:
    """The factor common to all campaigns of a platform on a day, (platforms, days).

    Scaled to mean 1 over the days around it: a lasting rise or fall of a platform, or of its
    largest campaign, belongs to its level, which is used to compare campaigns, not to the shock.
    """
    actual = by_platform(panel, panel.conversions)
    raw = np.clip((actual + SHOCK_PRIOR) / (expected + SHOCK_PRIOR), *SHOCK_RANGE)
    raw = np.where(masked, 1.0, raw)
    counted = (~masked & (expected > 0)).astype(np.float64)
    near = NEAR ** np.abs(panel.age[:, None] - panel.age[None, :]).astype(np.float64)
    usual = ratio((raw * counted) @ near, counted @ near, empty=1.0)
    scaled: FloatArray = np.where(counted > 0, raw / usual, 1.0)
    return scaled
