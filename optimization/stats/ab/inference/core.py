"""Computes the statistics of many tests of one shape at once; arrays are (tests, arms, days)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from optimization.stats.ab.inference.best_arm import arm_posteriors, prob_best
from optimization.stats.ab.inference.dispersion import Fit, fit_daily, fit_totals
from optimization.stats.ab.inference.noise_prior import NoisePrior
from optimization.stats.ab.inference.score import Comparison, compare_with_leader, rate_interval
from optimization.stats.ab.inference.sequential import (
    SequentialBoundary,
    boundary_of,
    p_sequential,
)
from optimization.stats.ab.inference.target_guard import (
    TargetVerdict,
    cpa_guard,
    roas_guard,
    spent_without_conversion,
)
from optimization.stats.ab.input import ParsedTest
from optimization.stats.ab.options import ASSUMED_SIGMA, Options
from optimization.stats.common.metrics import (
    BoolArray,
    FloatArray,
    IntArray,
    RatioMetric,
    count_scale,
    field,
    metric_named,
    ratio,
)

BEYOND_NOISE = float(ndtri(0.9))  # an estimate outside the 80 % interval


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Parsed tests with the same number of arms and days, all daily or all totals."""

    values: FloatArray
    totals_only: bool
    elapsed: FloatArray  # (tests,) complete days
    arm_days: FloatArray  # (tests, arms) days with exposure
    fraction: FloatArray  # (tests,) of the plan


@dataclass(frozen=True, slots=True, eq=False)
class TestStatistics:
    """All statistics that the verdict needs; first axis is the test.

    exposed: the arm has any exposure; has_unexposed_results: it has results on a day without
    exposure; has_enough_data: enough days and events to be compared. guards are pairs of label and
    whether the leader is proven worse on that metric. is_protected (tests, arms): better than the
    leader on the metric of a target, beyond noise.
    """

    batch: Batch
    fit: Fit
    rate: FloatArray
    low: FloatArray
    high: FloatArray
    events: FloatArray
    exposed: BoolArray
    has_unexposed_results: BoolArray
    has_enough_data: BoolArray
    leader: IntArray
    comparison: Comparison
    prob_best: FloatArray
    expected_loss: FloatArray
    guards: tuple[tuple[str, BoolArray], ...]
    is_protected: BoolArray
    roas: TargetVerdict | None
    cpa: TargetVerdict | None
    spent_without_conversion: BoolArray


def make_batch(tests: Sequence[ParsedTest], options: Options) -> Batch:
    """Stack parsed tests of one shape. Totals without days are assumed to cover the plan."""
    values = np.stack([test.values for test in tests])
    if not tests[0].totals_only:
        return daily_batch(values, options)
    exposure = field(values, options.primary.exposure)
    usual = options.planned_days if options.days is None else options.days
    covered = [[usual if d is None else d for d in test.arm_days] for test in tests]
    arm_days = np.where(exposure.sum(axis=2) > 0, np.array(covered, dtype=np.float64), 0.0)
    elapsed = arm_days.max(axis=1)
    return Batch(values, True, elapsed, arm_days, elapsed / options.planned_days)


def daily_batch(values: FloatArray, options: Options) -> Batch:
    """The batch of tests with daily rows, from values (tests, fields, arms, days)."""
    delivered = field(values, options.primary.exposure) > 0
    arm_days = delivered.sum(axis=2).astype(np.float64)
    elapsed = delivered.any(axis=1).sum(axis=1).astype(np.float64)
    return Batch(values, False, elapsed, arm_days, elapsed / options.planned_days)


def test_statistics(batch: Batch, options: Options) -> TestStatistics:
    """Fit, compare and rate every test of the batch."""
    metric = options.primary
    x, n, unexposed = _numerator_and_exposure(metric, batch.values)
    scale = count_scale(metric, batch.values)
    fit = _fit(x, n, scale, batch, options, _prior(options))
    events = np.where(n > 0, field(batch.values, metric.events), 0.0).sum(axis=2)
    exposed = n.sum(axis=2) > 0
    long_enough = batch.arm_days >= options.min_days
    enough = exposed & long_enough & (events >= max(options.events_needed, 1e-9))
    leader = _find_leader(fit.rate, exposed, enough)
    comparison = _compare(x, n, scale, fit, leader, batch, options)
    low, high = rate_interval(
        x,
        n,
        scale,
        fit,
        batch.fraction,
        alpha=options.alpha,
        tau=options.tau,
        boundary=sequential_boundary(options),
    )
    mean, sd = arm_posteriors(x, n, scale, fit, options.tau)
    chance, loss = prob_best(mean, sd, exposed)
    mature = _without_young_days(batch, options)
    guards = tuple(
        (metric_named(name).label, _leader_is_worse(metric_named(name), leader, mature, options))
        for name in options.guard_metrics
    )
    return TestStatistics(
        batch=batch,
        fit=fit,
        rate=ratio(x.sum(axis=2), n.sum(axis=2)),
        low=low,
        high=high,
        events=events,
        exposed=exposed,
        has_unexposed_results=unexposed,
        has_enough_data=enough,
        leader=leader,
        comparison=comparison,
        prob_best=chance,
        expected_loss=loss,
        guards=guards,
        is_protected=_better_on_target(leader, mature, options),
        roas=_roas_verdict(mature, options),
        cpa=_cpa_verdict(mature, options),
        spent_without_conversion=_spent_without_conversion(mature, options),
    )


def _without_young_days(batch: Batch, options: Options) -> Batch:
    """The batch without the newest days, whose conversions and revenue are still incomplete."""
    days = batch.values.shape[-1]
    if batch.totals_only or not options.young_days or not days:
        return batch
    return replace(batch, values=batch.values[..., : max(days - options.young_days, 0)])


def _numerator_and_exposure(
    metric: RatioMetric, values: FloatArray
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """x, n and which arms (tests, arms) have results on a day without exposure (left out)."""
    x, n = field(values, metric.numerator), field(values, metric.exposure)
    unexposed = (x > 0) & (n <= 0)
    return np.where(n > 0, x, 0.0), n, np.asarray(unexposed.any(axis=2), dtype=np.bool_)


def sequential_boundary(options: Options) -> SequentialBoundary:
    return boundary_of(options.boundary, options.planned_days)


def _prior(options: Options) -> NoisePrior | None:
    if options.s0 is None or options.v0 <= 0:
        return None
    return NoisePrior(options.s0**2, options.v0, options.lag0, options.lag_weight)


def _fit(
    x: FloatArray,
    n: FloatArray,
    scale: FloatArray,
    batch: Batch,
    options: Options,
    prior: NoisePrior | None,
) -> Fit:
    sigma = ASSUMED_SIGMA if options.s0 is None else options.s0
    if batch.totals_only:
        days = np.where(batch.arm_days > 0, batch.arm_days, np.inf).min(axis=1)
        return fit_totals(x, n, np.where(np.isfinite(days), sigma**2 / days, sigma**2))
    return fit_daily(
        x,
        n,
        scale,
        assumed_sigma2=sigma**2,
        prior=prior,
        autocorrelated=options.dispersion_autocorr,
    )


def _find_leader(rate: FloatArray, exposed: BoolArray, enough: BoolArray) -> IntArray:
    """Arm with the best fitted rate among those with enough data, else among those exposed."""
    allowed = np.where(enough.any(axis=1, keepdims=True), enough, exposed)
    return np.asarray(np.argmax(np.where(allowed, rate, -1.0), axis=1), dtype=np.intp)


def _compare(
    x: FloatArray,
    n: FloatArray,
    scale: FloatArray,
    fit: Fit,
    leader: IntArray,
    batch: Batch,
    options: Options,
) -> Comparison:
    return compare_with_leader(
        x,
        n,
        scale,
        fit,
        leader,
        batch.fraction,
        alpha=options.alpha,
        tau=options.tau,
        boundary=sequential_boundary(options),
    )


def _compare_on(
    metric: RatioMetric, leader: IntArray, batch: Batch, options: Options
) -> Comparison:
    """The leader against all arms on a metric other than the one it leads on, by that metric's own
    noise: what is known of the noise of one metric says nothing about another."""
    x, n, _ = _numerator_and_exposure(metric, batch.values)
    scale = count_scale(metric, batch.values)
    fit = _fit(x, n, scale, batch, options, None)
    return _compare(x, n, scale, fit, leader, batch, options)


def _leader_is_worse(
    metric: RatioMetric, leader: IntArray, batch: Batch, options: Options
) -> BoolArray:
    """Tests (tests,) whose leader is proven worse than some arm on a guard metric."""
    # The score test is antisymmetric, so the mirrored z asks whether the leader lost.
    mirrored = _p_leader_worse(_compare_on(metric, leader, batch, options), batch, options)
    return np.asarray((mirrored <= options.alpha).any(axis=1), dtype=np.bool_)


def _better_on_target(leader: IntArray, batch: Batch, options: Options) -> BoolArray:
    """Arms (tests, arms) that are better than the leader on the metric of a target, beyond noise:
    outside the 80 % interval."""
    tests, _, arms, _ = batch.values.shape
    better = np.zeros((tests, arms), dtype=np.bool_)
    for name in options.target_metrics:
        comparison = _compare_on(metric_named(name), leader, batch, options)
        better |= (comparison.z <= -BEYOND_NOISE) & (comparison.information > 0)
    better[np.arange(tests), leader] = False
    return better


def _p_leader_worse(comparison: Comparison, batch: Batch, options: Options) -> FloatArray:
    part = np.broadcast_to(batch.fraction[:, None], comparison.z.shape)
    boundary = sequential_boundary(options)
    return p_sequential(-comparison.z, comparison.information, part, options.tau, boundary)


def _roas_verdict(batch: Batch, options: Options) -> TargetVerdict | None:
    least = options.least_roas
    if least is None or batch.totals_only:
        return None
    found = roas_guard(
        batch.values,
        least,
        batch.fraction,
        alpha=options.alpha,
        tau=options.tau,
        value_dispersion=options.order_value_dispersion,
    )
    return replace(found, below=found.below & ~_lacks_values(batch.values))


def _lacks_values(values: FloatArray) -> BoolArray:
    """Arms (tests, arms) with conversions of which none carried a value: no return is known."""
    made, earned = (field(values, name).sum(axis=2) for name in ("conversions", "revenue"))
    return np.asarray((made > 0) & (earned <= 0), dtype=np.bool_)


def _cpa_verdict(batch: Batch, options: Options) -> TargetVerdict | None:
    if options.target_cpa is None or batch.totals_only:
        return None
    return cpa_guard(
        batch.values, options.target_cpa, batch.fraction, alpha=options.alpha, tau=options.tau
    )


def _spent_without_conversion(batch: Batch, options: Options) -> BoolArray:
    tests, _, arms, _ = batch.values.shape
    if options.target_cpa is None or batch.totals_only:
        return np.zeros((tests, arms), dtype=np.bool_)
    return spent_without_conversion(batch.values, options.target_cpa)
