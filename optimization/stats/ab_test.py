"""A/B/n tests of creatives with verdicts that stay true however often someone looks."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

import numpy as np

from optimization.stats.ab_core import Figures, figures, make_batch
from optimization.stats.ab_input import InvalidArms, ParsedTest, parse_test
from optimization.stats.ab_options import FineOptions, OptionFields, Options
from optimization.stats.ab_outlook import outlook
from optimization.stats.delivery import (
    delivery_share,
    delivery_skew,
    sample_ratio,
    sample_ratio_daily,
)
from optimization.stats.metrics import FIELDS
from optimization.stats.results import (
    ABResult,
    ArmFigures,
    Boundary,
    ConfidenceBasis,
    Dispersion,
    PairFigures,
    Rule,
    SampleRatio,
)
from optimization.stats.score import UNBOUNDED_LOG_RATIO
from optimization.stats.sequential import EARLIEST_FRACTION, SHAPE, boundary_constant
from optimization.stats.verdict import Verdict, Verdicts, decide, verdict_of
from optimization.stats.wording import summary, warnings

__all__ = ["InvalidArms", "analyze", "analyze_many"]

Arms = Sequence[Mapping[str, Any]]
UNBOUNDED_RATE = 1000.0


def analyze(
    arms: Arms, *, metric: str = "ctr", planned_days: int = 14, **options: Unpack[FineOptions]
) -> ABResult:
    """The state of one test; `Options` lists all settings and their defaults.

    Each arm is a mapping with `id` and either `daily` (rows of date, impressions, clicks,
    conversions, spend, revenue and optionally complete) or the same measures as totals, with
    `days` if known; measures that no arm has count as 0. Raises InvalidArms for data that cannot
    be meant, ValueError for a setting.
    Awkward but possible data (no delivery, one arm, no events) is answered, never raised.
    """
    return analyze_many([arms], metric=metric, planned_days=planned_days, **options)[0]


def analyze_many(tests: Iterable[Arms], **options: Unpack[OptionFields]) -> list[ABResult]:
    """Analyse many tests with the same settings; results in the order given.

    Tests of one shape (arms, days) share one pass over arrays (tests, arms, days).
    """
    settings = Options(**options)
    parsed = [_parse(position, arms) for position, arms in enumerate(tests)]
    groups: dict[tuple[bool, tuple[int, ...]], list[int]] = {}
    for position, test in enumerate(parsed):
        groups.setdefault((test.totals_only, test.values.shape), []).append(position)
    results: dict[int, ABResult] = {}
    for positions in groups.values():
        members = [parsed[position] for position in positions]
        fig = figures(make_batch(members, settings), settings)
        found = decide(fig, settings)
        for t, position in enumerate(positions):
            results[position] = _result(fig, found, t, parsed[position], settings)
    return [results[position] for position in range(len(parsed))]


def _parse(position: int, arms: Arms) -> ParsedTest:
    try:
        return parse_test(arms)
    except InvalidArms as error:
        if position == 0:
            raise
        raise InvalidArms(f"{error} (test number {position + 1})") from error


def _result(
    fig: Figures, found: Verdicts, t: int, parsed: ParsedTest, options: Options
) -> ABResult:
    verdict = verdict_of(fig, found, t)
    totals = fig.batch.values[t].sum(axis=2)
    impressions = totals[FIELDS.index("impressions")]
    ahead = outlook(fig, t, parsed, verdict, options)
    srm = _sample_ratio(fig, t, options)
    ids = parsed.ids
    won = verdict.status == "winner" and verdict.leader is not None
    return ABResult(
        status=verdict.status,
        winner_ids=(ids[int(fig.leader[t])],) if won else (),
        losing_ids=tuple(ids[k] for k in verdict.losers),
        pause_ids=tuple(ids[k] for k in verdict.pause),
        scale_ids=tuple(ids[k] for k in verdict.scale),
        confidence=1.0 - verdict.p_winner if won else None,
        summary=summary(fig, t, parsed, verdict, ahead, options),
        warnings=warnings(fig, t, parsed, verdict, srm, options),
        arms=tuple(_arm(fig, t, k, parsed, verdict, totals, options) for k in range(len(ids))),
        pairs=_pairs(fig, t, parsed, verdict),
        dispersion=_dispersion(fig, t),
        boundary=_boundary(fig, t, options),
        srm=srm,
        delivery_skew=delivery_skew(impressions),
        days_to_decision_estimate=verdict.days_left,
        confidence_basis=_basis(fig, t),
        metric=options.primary.name,
        alpha=options.alpha,
        applies=_applies(verdict),
        p_sequential=verdict.p_winner if verdict.leader is not None else None,
        e_value=_e_value(verdict.log_e) if verdict.leader is not None else None,
        lead_to_decide=ahead.lead_to_decide,
        excluded_lift=ahead.excluded_lift,
        what_would_change=ahead.text,
    )


def _applies(verdict: Verdict) -> tuple[Rule, ...]:
    rules: dict[Rule, tuple[int, ...]] = {
        "loser": verdict.losers,
        "pause": verdict.pause,
        "scale": verdict.scale,
    }
    return (verdict.status, *(rule for rule, arms in rules.items() if arms))


def _e_value(log_e: float) -> float:
    return math.exp(min(log_e, 700.0))


def _sample_ratio(fig: Figures, t: int, options: Options) -> SampleRatio | None:
    if options.design != "randomised_split":
        return None
    daily = fig.batch.values[t, FIELDS.index("impressions")]
    return sample_ratio(daily.sum(axis=1)) if fig.batch.totals_only else sample_ratio_daily(daily)


def _arm(
    fig: Figures,
    t: int,
    k: int,
    parsed: ParsedTest,
    verdict: Verdict,
    totals: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    options: Options,
) -> ArmFigures:
    exposed = bool(fig.exposed[t, k])
    rate, low, high = _shown_rate(fig, t, k, options) if exposed else (None, None, None)
    measures = {name: float(value) for name, value in zip(FIELDS, totals[:, k])}
    return ArmFigures(
        id=parsed.ids[k],
        status=verdict.arm_status[k],
        rate=rate,
        ci_low=low,
        ci_high=high,
        prob_best=float(fig.chance[t, k]) if exposed else None,
        expected_loss=float(fig.loss[t, k]) if exposed else None,
        events=float(fig.events[t, k]),
        days=int(fig.batch.arm_days[t, k]),
        delivery_share=float(delivery_share(totals[FIELDS.index("impressions")])[k]),
        **measures,
    )


def _shown_rate(
    fig: Figures, t: int, k: int, options: Options
) -> tuple[float | None, float | None, float | None]:
    """Rate and bounds in the metric's own unit; CPA is the inverse of conversions per spend."""
    rate, low = float(fig.rate[t, k]), float(fig.low[t, k])
    high: float | None = float(fig.high[t, k])
    if high is None or not math.isfinite(high) or (rate > 0 and high > UNBOUNDED_RATE * rate):
        high = None
    if options.primary.inverted:
        return (
            1 / rate if rate > 0 else None,
            1 / high if high else None,
            1 / low if low > 0 else None,
        )
    if options.primary.name == "ctr":
        high = 1.0 if high is None else min(high, 1.0)
    return rate, low, high


def _pairs(fig: Figures, t: int, parsed: ParsedTest, verdict: Verdict) -> tuple[PairFigures, ...]:
    lead = int(fig.leader[t])
    if not fig.exposed[t, lead]:
        return ()
    rivals = [k for k in np.flatnonzero(fig.exposed[t]).tolist() if k != lead]
    return tuple(_pair(fig, t, lead, k, parsed) for k in rivals)


def _pair(fig: Figures, t: int, lead: int, k: int, parsed: ParsedTest) -> PairFigures:
    versus = fig.versus
    overlap = bool(versus.information[t, k] > 0)
    estimate, half = float(versus.log_ratio[t, k]), float(versus.half_width[t, k])
    bounded = abs(estimate) + half <= UNBOUNDED_LOG_RATIO
    return PairFigures(
        leader_id=parsed.ids[lead],
        other_id=parsed.ids[k],
        log_ratio=estimate if overlap else None,
        lift=math.expm1(estimate) if overlap else None,
        ci=(math.expm1(estimate - half), math.expm1(estimate + half)) if bounded else None,
        z=float(versus.z[t, k]),
        df=None if fig.fit.assumed[t] else float(fig.fit.df[t]),
        e_value=_e_value(float(versus.log_e[t, k])),
        p_sequential=float(versus.p[t, k]),
    )


def _dispersion(fig: Figures, t: int) -> Dispersion:
    phi = float(fig.fit.phi[t])
    sigma2 = float(fig.fit.sigma2[t])
    if fig.batch.totals_only:
        days = fig.batch.arm_days[t]
        sigma2 *= float(days[days > 0].min(initial=np.inf)) if (days > 0).any() else 1.0
    return Dispersion(
        sigma_armday=math.sqrt(sigma2),
        df=None if fig.fit.assumed[t] else float(fig.fit.df[t]),
        phi=phi if math.isfinite(phi) else None,
        autocorrelation=float(fig.fit.autocorrelation[t]),
    )


def _boundary(fig: Figures, t: int, options: Options) -> Boundary:
    fraction = float(fig.batch.fraction[t])
    constant = boundary_constant(options.alpha)
    is_open = EARLIEST_FRACTION - 1e-9 <= fraction <= 1 + 1e-9
    return Boundary(
        fraction=fraction,
        constant=constant,
        planned_days=options.planned_days,
        elapsed_days=int(fig.batch.elapsed[t]),
        z_required=constant * fraction**-SHAPE if is_open else None,
    )


def _basis(fig: Figures, t: int) -> ConfidenceBasis:
    return "assumed_dispersion" if fig.fit.assumed[t] else "estimated_dispersion"
