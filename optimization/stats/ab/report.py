"""Converts one test's arrays to the result dataclasses that a page or an API reads."""

import math

import numpy as np

from optimization.stats.ab.inference.core import TestStatistics, sequential_boundary
from optimization.stats.ab.inference.delivery import delivery_shares
from optimization.stats.ab.inference.score import UNBOUNDED_LOG_RATIO
from optimization.stats.ab.inference.sequential import EARLIEST_FRACTION, SHAPE, boundary_constant
from optimization.stats.ab.input import ParsedTest
from optimization.stats.ab.options import Options
from optimization.stats.ab.results import (
    ArmFigures,
    ArmId,
    Boundary,
    Dispersion,
    Lead,
    PairFigures,
)
from optimization.stats.ab.verdicts.rules import Verdict
from optimization.stats.common.metrics import FIELDS

UNBOUNDED_RATE = 1000.0


def build_arms(
    stats: TestStatistics, t: int, parsed: ParsedTest, verdict: Verdict, options: Options
) -> tuple[ArmFigures, ...]:
    totals = stats.batch.values[t].sum(axis=2)
    shares = delivery_shares(totals[FIELDS.index("impressions")]).tolist()
    return tuple(
        _build_arm(stats, t, k, parsed, verdict, sums, shares[k], options)
        for k, sums in enumerate(totals.T.tolist())
    )


def _build_arm(
    stats: TestStatistics,
    t: int,
    k: int,
    parsed: ParsedTest,
    verdict: Verdict,
    totals: list[float],
    share: float,
    options: Options,
) -> ArmFigures:
    exposed = bool(stats.exposed[t, k])
    rate, low, high = _rate_in_metric_unit(stats, t, k, options) if exposed else (None, None, None)
    return ArmFigures(
        id=parsed.ids[k],
        status=verdict.arm_status[k],
        rate=rate,
        ci_low=low,
        ci_high=high,
        prob_best=float(stats.prob_best[t, k]) if exposed else None,
        expected_loss=float(stats.expected_loss[t, k]) if exposed else None,
        events=float(stats.events[t, k]),
        days=int(stats.batch.arm_days[t, k]),
        delivery_share=share,
        **dict(zip(FIELDS, totals, strict=True)),
    )


def _rate_in_metric_unit(
    stats: TestStatistics, t: int, k: int, options: Options
) -> tuple[float | None, float | None, float | None]:
    """Rate, low and high in the metric's own unit; CPA is the inverse of conversions per spend."""
    rate, low = float(stats.rate[t, k]), float(stats.low[t, k])
    high: float | None = float(stats.high[t, k])
    if high is None or not math.isfinite(high) or (rate > 0 and high > UNBOUNDED_RATE * rate):
        high = None
    metric = options.primary
    if metric.inverted:
        return (
            1 / rate if rate > 0 else None,
            1 / high if high else None,
            1 / low if low > 0 else None,
        )
    if metric.name == "ctr":
        high = 1.0 if high is None else min(high, 1.0)
    return rate, low, high


def build_pairs(
    stats: TestStatistics, t: int, parsed: ParsedTest, verdict: Verdict
) -> tuple[PairFigures, ...]:
    lead = int(stats.leader[t])
    if not stats.exposed[t, lead]:
        return ()
    rivals = [k for k in np.flatnonzero(stats.exposed[t]).tolist() if k != lead]
    return tuple(_build_pair(stats, t, lead, k, parsed) for k in rivals)


def build_lead(pairs: tuple[PairFigures, ...], over: ArmId | None) -> Lead | None:
    """The pair with the runner-up, as the one figure for how far the leader is ahead."""
    return next((lead_in(pair) for pair in pairs if pair.other_id == over), None)


def lead_in(pair: PairFigures) -> Lead:
    low, high = pair.ci or (None, None)
    return Lead(pair.leader_id, pair.other_id, pair.lift, low, high)


def _build_pair(
    stats: TestStatistics, t: int, lead: int, k: int, parsed: ParsedTest
) -> PairFigures:
    comparison = stats.comparison
    overlap = bool(comparison.information[t, k] > 0)
    estimate, half = float(comparison.log_ratio[t, k]), float(comparison.half_width[t, k])
    bounded = abs(estimate) + half <= UNBOUNDED_LOG_RATIO
    return PairFigures(
        leader_id=parsed.ids[lead],
        other_id=parsed.ids[k],
        log_ratio=estimate if overlap else None,
        lift=math.expm1(estimate) if overlap else None,
        ci=(math.expm1(estimate - half), math.expm1(estimate + half)) if bounded else None,
        z=float(comparison.z[t, k]),
        df=None if stats.fit.assumed[t] else float(stats.fit.df[t]),
        e_value=to_e_value(float(comparison.log_e[t, k])),
        p_sequential=float(comparison.p[t, k]),
    )


def build_dispersion(stats: TestStatistics, t: int) -> Dispersion:
    phi = float(stats.fit.phi[t])
    sigma2 = float(stats.fit.sigma2[t])
    if stats.batch.totals_only:
        days = stats.batch.arm_days[t]
        sigma2 *= float(days[days > 0].min(initial=np.inf)) if (days > 0).any() else 1.0
    return Dispersion(
        sigma_armday=math.sqrt(sigma2),
        df=None if stats.fit.assumed[t] else float(stats.fit.df[t]),
        phi=phi if math.isfinite(phi) else None,
        autocorrelation=float(stats.fit.autocorrelation[t]),
    )


def build_boundary(stats: TestStatistics, t: int, options: Options) -> Boundary:
    fraction = float(stats.batch.fraction[t])
    constant = boundary_constant(options.alpha, sequential_boundary(options))
    is_open = EARLIEST_FRACTION - 1e-9 <= fraction <= 1 + 1e-9
    return Boundary(
        fraction=fraction,
        constant=constant,
        planned_days=options.planned_days,
        elapsed_days=int(stats.batch.elapsed[t]),
        z_required=constant * fraction**-SHAPE if is_open else None,
    )


def to_e_value(log_e: float) -> float:
    return math.exp(min(log_e, 700.0))
